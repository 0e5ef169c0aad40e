#include "audit/audit.h"

#include <algorithm>
#include <cmath>

#include "audit/drawn_rows.h"
#include "audit/evidence.h"
#include "audit/rules.h"
#include "audit/surrogate.h"
#include "audit/view.h"
#include "audit/whole_readings.h"
#include "core/error.h"
#include "core/random.h"
#include "resampling/clustered.h"

namespace equinfo {
namespace {

constexpr std::int64_t kSmallestSide = 8;

ReadingDesign design_of(const Labels& labels, const AuditOptions& options) {
  return {labels.source, labels.sources, options.ci_level};
}

ViewOptions view_options(const AuditOptions& options) { return {options.filters, options.seed, options.threads}; }

/// A view's features, scaled, with its nonlinear rung.
Matrix<float> view_features(const ViewKind& kind, const ImageRows& images, const AuditOptions& options) {
  const Matrix<float> x = standardised(read_view(kind.bind(images, view_options(options)), images, options.threads));
  return kind.needs_nonlinear_rung ? with_random_rectifiers(x, options.rectifiers, options.seed, options.threads) : x;
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
  TransformEvidence known;
  std::optional<TransformEvidence> unseen;
};

std::vector<ViewEvidence> deciding_evidence(const TransformedRows& data, const AuditOptions& options) {
  std::vector<ViewEvidence> all;
  for (const ViewKind& kind : view_kinds()) {
    if (!kind.decides) continue;
    const Matrix<float> x = view_features(kind, data.images, options);
    ViewEvidence evidence{&kind, known_class_evidence(x, data.rows), std::nullopt};
    if (data.rows.unseen) evidence.unseen = unseen_class_evidence(x, data.rows);
    all.push_back(std::move(evidence));
  }
  return all;
}

WholeImage look_at_whole(const TransformedRows& data, const std::vector<ViewEvidence>& views,
                         const AuditOptions& options) {
  WholeImage whole;
  whole.view = whole_image().bind(data.images, view_options(options));
  whole.x = standardised(read_view(whole.view, data.images, options.threads));
  std::vector<const TransformEvidence*> evidence;
  for (const ViewEvidence& view : views) evidence.push_back(&view.known);
  whole.reading = read_whole(whole.x, evidence, data.rows);
  return whole;
}

ViewAudit audit_view(const ViewEvidence& evidence, const WholeImage& whole, const TransformedRows& data,
                     const AuditOptions& options) {
  const Labels& labels = data.rows.labels;
  const ReadingDesign design = design_of(labels, options);
  const auto known = information_of(evidence.known, labels);
  ViewAudit view{evidence.kind->name, true, mean_reading(known, design)};
  view.n = labels.rows();
  view.sources = labels.sources;
  view.gain = mean_reading(row_difference(whole.reading.information, known), design);
  if (evidence.unseen) {
    const auto unseen = information_of(*evidence.unseen, labels);
    view.t_view_out = mean_reading(unseen, design);
    view.share = ratio_reading(unseen, whole.reading.information, design);
  } else {
    view.flags.emplace_back("no_transfer_test");
  }
  return view;
}

/// What T leaves behind in images without content, as the whole-image view reads it.
ViewAudit audit_surrogates(const ImageRows& images, std::span<const std::int64_t> y, const AuditedTransform& transform,
                           const View& whole, const Reading& t_x, const AuditOptions& options) {
  const auto chosen = spaced_images(images.count, options.most_surrogates);
  std::vector<std::int64_t> classes;
  for (const std::int64_t i : chosen) classes.push_back(y[static_cast<std::size_t>(i)]);
  const ImageRows fields = surrogate_images(select_images(images, chosen), options.seed, options.threads);
  const TransformedRows data = transform_rows(fields, classes, transform, options);
  const Matrix<float> x = standardised(read_view(whole, data.images, options.threads));
  const auto information = information_of(known_class_evidence(x, data.rows), data.rows.labels);
  ViewAudit view{"surrogate", true, mean_reading(information, design_of(data.rows.labels, options))};
  view.n = data.rows.labels.rows();
  view.sources = data.rows.labels.sources;
  view.share = independent_ratio(view.t_view, t_x, interval_factor(options.ci_level, view.sources));
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
    const auto information =
        information_of(known_class_evidence(view_features(kind, chosen, options), cut), cut.labels);
    ViewAudit view{kind.name, false, mean_reading(information, design_of(cut.labels, options))};
    view.n = cut.labels.rows();
    view.sources = cut.labels.sources;
    shown.push_back(std::move(view));
  }
  return shown;
}

/// The synergy with classes dealt to the images anew: what the estimator finds where there is none.
Reading permuted_synergy(const TransformedRows& data, const WholeImage& whole, std::span<const std::int64_t> y,
                         const AuditOptions& options) {
  const auto order =
      RandomStream(options.seed, "audit permuted classes").permutation(static_cast<std::int64_t>(y.size()));
  std::vector<std::int64_t> classes;
  for (const std::int64_t i : data.drawn.image) {
    classes.push_back(y[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])]);
  }
  const AuditRows rows =
      cut_rows(code_labels(classes, data.drawn.t, data.drawn.image), options.folds, options.seed, options.threads);
  return mean_reading(synergy_rows(joint_reading(whole.x, rows)), design_of(rows.labels, options));
}

std::vector<AmbiguousRow> most_ambiguous(const TransformedRows& data, const WholeImage& whole,
                                         const AuditOptions& options) {
  const auto& prior = data.rows.t_priors.t;
  std::vector<std::pair<double, std::int64_t>> by_entropy;  // of each image's least readable row
  std::vector<double> best(static_cast<std::size_t>(data.rows.labels.sources), -1.0);
  std::vector<std::int64_t> row_of(best.size(), 0);
  for (std::int64_t i = 0; i < whole.reading.stack.rows(); ++i) {
    double entropy = 0.0;
    for (std::size_t t = 0; t < prior.size(); ++t) {
      const double log_q = prior[t] + whole.reading.stack.row(i)[t];
      entropy -= std::exp(log_q) * log_q;
    }
    const auto source = static_cast<std::size_t>(data.rows.labels.source[static_cast<std::size_t>(i)]);
    if (entropy <= best[source]) continue;
    best[source] = entropy;
    row_of[source] = i;
  }
  for (std::size_t s = 0; s < best.size(); ++s) by_entropy.emplace_back(-best[s], row_of[s]);
  std::ranges::sort(by_entropy);
  by_entropy.resize(std::min<std::size_t>(by_entropy.size(), static_cast<std::size_t>(options.ambiguous)));
  std::vector<AmbiguousRow> rows;
  for (const auto& [negative, i] : by_entropy) {
    const auto r = static_cast<std::size_t>(i);
    AmbiguousRow row{data.drawn.image[r], data.drawn.t[r], {}};
    for (std::size_t t = 0; t < prior.size(); ++t)
      row.posterior.push_back(std::exp(prior[t] + whole.reading.stack.row(i)[t]));
    rows.push_back(std::move(row));
  }
  return rows;
}

void check(const ImageRows& images, std::span<const std::int64_t> y, const AuditedTransform& transform) {
  require(images.height >= kSmallestSide && images.width >= kSmallestSide,
          "audit: images of {} x {} pixels are too small; {} x {} at least", images.height, images.width, kSmallestSide,
          kSmallestSide);
  require(images.count == static_cast<std::int64_t>(y.size()), "audit: {} images but {} classes", images.count,
          y.size());
  require(std::ranges::adjacent_find(y, std::not_equal_to<>()) != y.end(), "audit: a single class, {}; two are needed",
          y.empty() ? 0 : y.front());
  require(transform.values.size() >= 2, "audit: {} has {} values; at least two are needed", transform.name,
          transform.values.size());
}

}  // namespace

TransformAudit audit_transform(const ImageRows& images, std::span<const std::int64_t> y,
                               const AuditedTransform& transform, const BaseAugmentation& augmentation,
                               const AuditOptions& options) {
  check(images, y, transform);
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
  const auto views = deciding_evidence(data, options);
  const WholeImage whole = look_at_whole(data, views, options);
  measure_whole(whole.reading, data.rows, design_of(data.rows.labels, options), audit);
  for (const ViewEvidence& view : views) audit.views.push_back(audit_view(view, whole, data, options));
  if (options.most_surrogates > 0) {
    audit.views.push_back(audit_surrogates(
        images, y,
        {transform.name, transform.values,
         [&](const ImageRows& raw, auto number, auto t) { return transform.apply(augmented(raw), number, t); }},
        whole.view, audit.t_x, options));
  }
  if (options.most_shown_images > 0) {
    for (ViewAudit& view : audit_shown(data, options)) audit.views.push_back(std::move(view));
  }
  if (options.permuted_null) audit.synergy_null = permuted_synergy(data, whole, y, options);
  audit.ambiguous = most_ambiguous(data, whole, options);
  return audit;
}

}  // namespace equinfo
