#include "synergy/knn_panel.h"

#include <fmt/format.h>

#include "estimators/knn.h"
#include "estimators/whitened_pca.h"
#include "synergy/measure.h"

namespace equinfo {
namespace {

/// The options of a search in coordinates as they are.
KnnOptions search_options(const MeasureOptions& options) {
  return {options.knn_k, 0, options.threads, NeighborEngine::kAuto, options.show_progress};
}

}  // namespace

std::string knn_refusal_of(const DirectInput& input) { return knn_refusal(input.labels, input.options.knn_k); }

DirectReading knn_reading(const DirectInput& input) {
  const MeasureOptions& options = input.options;
  const auto panel_of = [&](const RowInformation& rows) {
    return point_panel("knn", rows, input.labels, input.design, options.ci_level);
  };
  if (options.knn_dims == 0) {
    RowInformation rows = knn_information(input.z, input.labels, search_options(options));
    return {panel_of(rows), std::move(rows)};
  }
  const WhitenedPca pca = fit_whitened_pca(input.z, {options.knn_dims, options.threads});
  RowInformation rows = knn_information(apply(pca, input.z, options.threads), input.labels, search_options(options));
  Panel panel = panel_of(rows);
  panel.details.emplace_back("space", fmt::format("{} whitened principal components, {:.1f} % of the variance",
                                                  pca.kept(), 100.0 * pca.explained));
  if (input.z.cols() > options.knn_dims) {
    for (Estimate& estimate : panel.estimates) estimate.flags.emplace_back("pca_reduced");
  }
  return {std::move(panel), std::move(rows)};
}

}  // namespace equinfo
