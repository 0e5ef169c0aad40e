#include "synergy/knn_panel.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>

#include "core/error.h"
#include "core/random.h"
#include "estimators/knn.h"
#include "estimators/whitened_pca.h"
#include "neighbors/shared_radius.h"
#include "resampling/source_subsamples.h"
#include "synergy/knn_subsamples.h"
#include "synergy/measure.h"

namespace equinfo {
namespace {

/// The readings that are shown beside the one asked for.
constexpr std::array kCurve{3, 5, 10, 20};

/// The options of a search in coordinates as they are.
KnnOptions search_options(const MeasureOptions& options) {
  return {options.knn_k, 0, options.threads, options.knn_engine, options.show_progress};
}

/// Where neighbours are looked for.
struct Space {
  Matrix<float> components;
  LargeMatrix whole;  // Z as it is, where it is not reduced
  std::string text;
  bool drops_dimensions = false;

  MatrixView<const float> coordinates() const { return whole.rows() > 0 ? whole.view() : components.view(); }
};

Space space_of(const DirectInput& input) {
  const MeasureOptions& options = input.options;
  if (options.knn_dims == 0) return {{}, input.z.all(options.threads), {}, false};
  const WhitenedPca pca = fit_whitened_pca(input.z, {options.knn_dims, options.threads});
  return {apply(pca, input.z, options.threads),
          {},
          fmt::format("{} whitened principal components, {:.1f} % of the variance", pca.kept(), 100.0 * pca.explained),
          input.z.cols() > options.knn_dims};
}

Panel panel_in(const Space& space, const std::string& name, const RowInformation& rows, const DirectInput& input) {
  Panel panel = point_panel(name, rows, input.labels, input.design, input.options.ci_level);
  if (!space.text.empty()) panel.details.emplace_back("space", space.text);
  if (space.drops_dimensions) {
    for (Estimate& estimate : panel.estimates) estimate.flags.emplace_back("pca_reduced");
  }
  return panel;
}

/// The k asked for and those of the curve that every row has neighbours for, ascending.
std::vector<int> curve_ks(const DirectInput& input) {
  std::vector<int> ks{input.options.knn_k};
  const int largest = largest_knn_k(input.labels);
  for (const int k : kCurve) {
    if (k <= largest && k != input.options.knn_k) ks.push_back(k);
  }
  std::ranges::sort(ks);
  return ks;
}

/// The rows to read: empty for all.
std::vector<std::int64_t> anchors_of(const DirectInput& input) {
  const Labels& labels = input.labels;
  const std::int64_t asked = input.options.knn_anchors;
  require(asked >= 0, "knn: {} is no number of anchors", asked);
  if (asked == 0 || asked >= labels.rows()) return {};
  require(input.options.knn_subsamples == 0, "knn: {} anchors and {} subsamples exclude each other", asked,
          input.options.knn_subsamples);
  const double share = static_cast<double>(asked) / static_cast<double>(labels.rows());
  const auto sources = static_cast<std::int64_t>(share * static_cast<double>(labels.sources));
  require(sources >= 2, "knn: {} anchors are rows of {} of {} sources; at least 2 are needed", asked, sources,
          labels.sources);
  RandomStream stream(input.options.seed, "knn anchors");
  return subsample_rows(labels.source, labels.sources, sources, stream);
}

void add_numbers(const std::string& item, const RowInformation& rows, const DirectInput& input, Panel& panel) {
  const PanelMeans means = panel_means(rows, input.labels, input.design);
  for (const Quantity quantity : kQuantities) {
    if (!is_row_mean(quantity) || quantity == Quantity::kYT) continue;
    panel.numbers.push_back({item, quantity, means[static_cast<std::size_t>(quantity)].mean});
  }
}

void tell_anchors(Panel& panel, const Labels& read, const Labels& all) {
  panel.details.emplace_back("anchors", fmt::format("{} of {} rows, of {} of {} sources, against all", read.rows(),
                                                    all.rows(), read.sources, all.sources));
  for (Estimate& estimate : panel.estimates) estimate.flags.emplace_back("anchors");
}

}  // namespace

std::string knn_refusal_of(const DirectInput& input) { return knn_refusal(input.labels, input.options.knn_k); }

std::string knn_own_refusal_of(const DirectInput& input) {
  if (input.labels.continuous_t) return "knn_own: T is continuous, and has no values to look inside";
  return knn_refusal_of(input);
}

std::int64_t knn_memory(std::int64_t rows, std::int64_t cols, const MeasureOptions& options) {
  const std::int64_t dims = options.knn_dims == 0 ? cols : std::min<std::int64_t>(cols, options.knn_dims);
  const std::int64_t radii = std::ssize(kCurve) + (std::ranges::count(kCurve, options.knn_k) == 0 ? 1 : 0);
  constexpr std::int64_t kEligible = sizeof(LabelCounts);
  return rows * (dims * static_cast<std::int64_t>(sizeof(float)) + kEligible) +
         shared_radii_memory(rows, dims, radii, {.threads = options.threads, .engine = options.knn_engine});
}

DirectReading knn_reading(const DirectInput& input) {
  const Space space = space_of(input);
  const std::vector<int> ks = curve_ks(input);
  KnnOptions search = search_options(input.options);
  search.anchors = anchors_of(input);
  auto curve = knn_curve(space.coordinates(), input.labels, ks, search);
  const auto asked = static_cast<std::size_t>(std::ranges::find(ks, input.options.knn_k) - ks.begin());
  const bool all = search.anchors.empty();
  const Labels labels = all ? Labels() : select_rows(input.labels, search.anchors);
  const Design design = all ? Design() : select_rows(input.design, search.anchors);
  const DirectInput read =
      all ? input : DirectInput{input.z, labels, design, input.options, input.chosen};  // what was read of it
  Panel panel = panel_in(space, "knn", curve[asked], read);
  for (std::size_t r = 0; r < ks.size(); ++r) add_numbers(fmt::format("knn_k{}", ks[r]), curve[r], read, panel);
  if (!all) tell_anchors(panel, labels, input.labels);
  if (input.options.knn_subsamples != 0) use_subsampled_errors(panel, space.coordinates(), input);
  return {std::move(panel), std::move(curve[asked]), std::move(search.anchors)};
}

DirectReading knn_own_reading(const DirectInput& input) {
  if (input.labels.continuous_t) throw std::invalid_argument(knn_own_refusal_of(input));
  const Space space = space_of(input);
  const MatrixView<const float> z = space.coordinates();
  const KnnOptions search = search_options(input.options);
  RowInformation rows = knn_information(z, input.labels, search);
  const PanelMeans shared = panel_means(rows, input.labels, input.design);
  rows.z_y = ross_information(z, input.labels, LabelChoice::kClass, search);
  rows.z_t = ross_information(z, input.labels, LabelChoice::kTransformation, search);
  Panel panel = panel_in(space, "knn_own", rows, input);
  std::erase_if(panel.estimates, [](const Estimate& e) {
    return e.quantity != Quantity::kZY && e.quantity != Quantity::kZT && e.quantity != Quantity::kZYT;
  });
  for (const Quantity quantity : {Quantity::kZY, Quantity::kZT}) {
    panel.numbers.push_back(
        {"own_minus_shared", quantity, panel.at(quantity).nats - shared[static_cast<std::size_t>(quantity)].mean});
  }
  panel.details.emplace_back("own minus shared radius", fmt::format("I(Z;Y) {:+.4f}, I(Z;T) {:+.4f}",
                                                                    panel.numbers[0].value, panel.numbers[1].value));
  return {std::move(panel), std::move(rows)};
}

}  // namespace equinfo
