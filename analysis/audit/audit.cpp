#include "audit/audit.h"

#include <algorithm>
#include <cmath>

#include "audit/ambiguous_rows.h"
#include "audit/drawn_rows.h"
#include "audit/halves.h"
#include "audit/rules.h"
#include "audit/surrogate.h"
#include "audit/view.h"
#include "audit/whole_readings.h"
#include "core/error.h"
#include "core/random.h"

namespace equinfo {
namespace {

constexpr std::int64_t kSmallestSide = 8, kFewestImages = 16;

ReadingDesign design_of(const Labels& labels, const AuditOptions& options) {
  return {labels.source, labels.sources, options.ci_level};
}

/// H(T) as the rows were drawn, in nats.
double entropy_of(const AuditRows& rows) {
  double entropy = 0.0;
  for (const double log_p : rows.t_priors.t) entropy -= std::isfinite(log_p) ? std::exp(log_p) * log_p : 0.0;
  return entropy;
}

ViewOptions view_options(const AuditOptions& options) { return {options.filters, options.seed, options.threads}; }

/// A view's features, scaled.
Matrix<float> view_features(const ViewKind& kind, const ImageRows& images, const AuditOptions& options) {
  return standardised(read_view(kind.bind(images, view_options(options)), images, options.threads));
}

/// The same with a draw of the view's nonlinear rung, if it has one.
Matrix<float> with_rung(const ViewKind& kind, const Matrix<float>& x, const AuditOptions& options,
                        std::uint64_t draw = 0) {
  if (!kind.needs_nonlinear_rung) return x;
  return with_random_rectifiers(x, options.rectifiers, options.seed, options.threads, draw);
}

/// The whole image: the view, its features, scaled, and what is read of them.
struct WholeImage {
  View view;
  Matrix<float> x;
  WholeReading reading;
};

/// A deciding view's evidence, kept for the stack and for paired differences.
struct ViewEvidence {
  const ViewKind* kind;
  ViewParts parts;
  TransformEvidence permuted_interaction;  ///< with the classes permuted; empty if that is not asked for
  std::vector<SizedRows> unseen;           ///< I_out by each grouping of the classes
};

TransformEvidence interaction_of(const Matrix<float>& x, const AuditRows& rows) {
  return joint_reading(x, rows).interaction;
}

std::vector<ViewEvidence> deciding_evidence(const TransformedRows& data, const std::vector<AuditHalf>& halves,
                                            const std::optional<AuditRows>& permuted, const AuditOptions& options) {
  std::vector<ViewEvidence> all;
  for (const ViewKind& kind : view_kinds()) {
    if (!kind.decides) continue;
    const Matrix<float> plain = view_features(kind, data.images, options), x = with_rung(kind, plain, options);
    ViewEvidence evidence{
        &kind,
        {at_both_sizes(x, data.rows, halves, known_class_evidence),
         at_both_sizes(x, data.rows, halves, interaction_of)},
        {},
        unseen_information([&](std::size_t draw) { return with_rung(kind, plain, options, draw); }, data.rows, halves)};
    if (permuted) evidence.permuted_interaction = interaction_of(x, *permuted);
    all.push_back(std::move(evidence));
  }
  return all;
}

WholeImage look_at_whole(const TransformedRows& data, const std::vector<ViewEvidence>& views,
                         const std::vector<AuditHalf>& halves, const AuditOptions& options) {
  WholeImage whole;
  whole.view = whole_image().bind(data.images, view_options(options));
  whole.x = standardised(read_view(whole.view, data.images, options.threads));
  std::vector<const ViewParts*> parts;
  for (const ViewEvidence& view : views) parts.push_back(&view.parts);
  whole.reading = read_whole(whole.x, parts, data.rows, halves);
  return whole;
}

ViewAudit audit_view(const ViewEvidence& evidence, const WholeImage& whole, const TransformedRows& data,
                     const AuditOptions& options) {
  const Labels& labels = data.rows.labels;
  const ReadingDesign design = design_of(labels, options);
  const double ceiling = entropy_of(data.rows);
  const SizedRows known = information_of(evidence.parts.known, labels);
  ViewAudit view{evidence.kind->name, true, bound_reading(known, design, ceiling)};
  view.n = labels.rows();
  view.sources = labels.sources;
  view.gain = difference_reading(row_difference(whole.reading.information, known), design);
  if (evidence.unseen.empty()) {
    view.flags.emplace_back("no_transfer_test");
  } else {
    view.t_view_out = bound_reading(evidence.unseen, design, ceiling);
    view.share = ratio_reading(evidence.unseen, whole.reading.information, design);
  }
  return view;
}

/// What T leaves behind in images without content, as the whole-image view reads it.
ViewAudit audit_surrogates(const ImageRows& images, std::span<const std::int64_t> y, const AuditedTransform& transform,
                           const WholeImage& whole, const ReadingDesign& of_whole, const AuditOptions& options) {
  const auto chosen = spaced_images(images.count, options.most_surrogates);
  std::vector<std::int64_t> classes;
  for (const std::int64_t i : chosen) classes.push_back(y[static_cast<std::size_t>(i)]);
  const ImageRows fields = surrogate_images(select_images(images, chosen), options.seed, options.threads);
  const TransformedRows data = transform_rows(fields, classes, transform, options);
  const Matrix<float> x = standardised(read_view(whole.view, data.images, options.threads));
  const Labels& labels = data.rows.labels;
  const SizedRows information =
      information_of(at_both_sizes(x, data.rows, cut_halves(data.rows), known_class_evidence), labels);
  ViewAudit view{"surrogate", true, bound_reading(information, design_of(labels, options), entropy_of(data.rows))};
  view.n = labels.rows();
  view.sources = labels.sources;
  view.share = independent_ratio(information, design_of(labels, options), whole.reading.information, of_whole);
  return view;
}

/// Views that are shown and decide nothing, on some of the images.
std::vector<ViewAudit> audit_shown(const TransformedRows& data, const AuditOptions& options) {
  std::vector<std::int64_t> rows;
  const auto images = spaced_images(data.rows.labels.sources, options.most_shown_images);
  for (std::int64_t i = 0; i < data.images.count; ++i) {
    if (std::ranges::binary_search(images, data.drawn.image[static_cast<std::size_t>(i)])) rows.push_back(i);
  }
  const ImageRows chosen = select_images(data.images, rows);
  const AuditRows cut = cut_rows(select_rows(data.rows.labels, rows), options.folds, options.seed, options.threads);
  std::vector<ViewAudit> shown;
  for (const ViewKind& kind : view_kinds()) {
    if (kind.decides) continue;
    const auto information = information_of(
        known_class_evidence(with_rung(kind, view_features(kind, chosen, options), options), cut), cut.labels);
    ViewAudit view{kind.name, false, mean_reading(information, design_of(cut.labels, options))};
    view.n = cut.labels.rows();
    view.sources = cut.labels.sources;
    shown.push_back(std::move(view));
  }
  return shown;
}

/// The rows with classes dealt to the images anew, in the folds of the others.
AuditRows permuted_rows(const TransformedRows& data, std::span<const std::int64_t> y, const AuditOptions& options) {
  const auto order =
      RandomStream(options.seed, "audit permuted classes").permutation(static_cast<std::int64_t>(y.size()));
  std::vector<std::int64_t> classes;
  for (const std::int64_t i : data.drawn.image) {
    classes.push_back(y[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])]);
  }
  AuditRows rows = data.rows;
  rows.labels = code_labels(classes, data.drawn.t, data.drawn.image);
  rows.priors = log_priors(rows.labels);
  return rows;
}

/// The synergy with such classes: what the estimator finds where there is none.
Reading permuted_synergy(const AuditRows& rows, const WholeImage& whole, const std::vector<ViewEvidence>& views,
                         const AuditOptions& options) {
  std::vector<const TransformEvidence*> others{&whole.reading.alone}, interactions;
  for (const ViewEvidence& view : views) {
    others.push_back(&view.parts.known.full);
    interactions.push_back(&view.permuted_interaction);
  }
  return mean_reading(synergy_rows(whole.x, others, interactions, rows), design_of(rows.labels, options));
}

void check(const ImageRows& images, std::span<const std::int64_t> y, const AuditedTransform& transform,
           const AuditOptions& options) {
  require(images.height >= kSmallestSide && images.width >= kSmallestSide,
          "audit: images of {} x {} pixels are too small; {} x {} at least", images.height, images.width, kSmallestSide,
          kSmallestSide);
  require(images.count == static_cast<std::int64_t>(y.size()), "audit: {} images but {} classes", images.count,
          y.size());
  require(std::ranges::adjacent_find(y, std::not_equal_to<>()) != y.end(), "audit: a single class, {}; two are needed",
          y.empty() ? 0 : y.front());
  const std::int64_t fewest = std::max<std::int64_t>(kFewestImages, 4 * options.folds);
  require(images.count >= fewest, "audit: {} images are too few; {} at least", images.count, fewest);
  require(options.most_surrogates == 0 || options.most_surrogates >= fewest,
          "audit: {} surrogates are too few; {} at least, or 0 for none", options.most_surrogates, fewest);
  require(transform.values.size() >= 2, "audit: {} has {} values; at least two are needed", transform.name,
          transform.values.size());
}

}  // namespace

TransformAudit audit_transform(const ImageRows& images, std::span<const std::int64_t> y,
                               const AuditedTransform& transform, const BaseAugmentation& augmentation,
                               const AuditOptions& options) {
  check(images, y, transform, options);
  TransformAudit audit{transform.name, augmentation.name, transform.values};
  audit.ci_level = options.ci_level;
  audit.seed = options.seed;
  const auto augmented = [&](const ImageRows& raw) { return augmentation.apply ? augmentation.apply(raw) : raw; };
  const TransformedRows data = transform_rows(augmented(images), y, transform, options);
  audit.n = data.rows.labels.rows();
  audit.sources = data.rows.labels.sources;
  audit.classes = data.rows.labels.classes;
  audit.unchanged = unchanged_share(data.images, data.rows.labels);
  if (audit.unchanged >= kUnchangedShare) audit.flags.emplace_back("unchanged");
  const auto halves = cut_halves(data.rows);
  std::optional<AuditRows> permuted;
  if (options.permuted_null) permuted = permuted_rows(data, y, options);
  const auto views = deciding_evidence(data, halves, permuted, options);
  const WholeImage whole = look_at_whole(data, views, halves, options);
  measure_whole(whole.reading, data.rows, design_of(data.rows.labels, options), audit);
  for (const ViewEvidence& view : views) audit.views.push_back(audit_view(view, whole, data, options));
  if (options.most_surrogates > 0) {
    audit.views.push_back(audit_surrogates(
        images, y,
        {transform.name, transform.values,
         [&](const ImageRows& raw, auto number, auto t) { return transform.apply(augmented(raw), number, t); }},
        whole, design_of(data.rows.labels, options), options));
  }
  if (options.most_shown_images > 0) {
    for (ViewAudit& view : audit_shown(data, options)) audit.views.push_back(std::move(view));
  }
  if (permuted) audit.synergy_null = permuted_synergy(*permuted, whole, views, options);
  audit.ambiguous = most_ambiguous(whole.reading.stack, data, options.ambiguous);
  return audit;
}

}  // namespace equinfo
