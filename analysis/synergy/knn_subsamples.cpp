#include "synergy/knn_subsamples.h"

#include <algorithm>

#include "core/error.h"
#include "estimators/knn.h"
#include "resampling/source_subsamples.h"
#include "synergy/measure.h"

namespace equinfo {
namespace {

/// kNN's reading of every estimate of the panel on some of the rows.
std::vector<double> readings_of(const Panel& panel, MatrixView<const float> z, const std::vector<std::int64_t>& rows,
                                const DirectInput& input) {
  const Labels labels = select_rows(input.labels, rows);
  const std::string refusal = knn_refusal(labels, input.options.knn_k);
  require(refusal.empty(), "knn on half of the sources: {}", refusal);
  Matrix<float> some(static_cast<std::int64_t>(rows.size()), z.cols());
  for (std::int64_t i = 0; i < some.rows(); ++i) {
    std::ranges::copy(z.row(rows[static_cast<std::size_t>(i)]), some.row(i).data());
  }
  const KnnOptions search{input.options.knn_k, 0, input.options.threads};
  const RowInformation information = knn_information(some, labels, search);
  const Design design = describe_design(labels);
  const PanelMeans means = panel_means(information, labels, design);
  std::vector<double> readings;
  for (const Estimate& estimate : panel.estimates) {
    if (is_row_mean(estimate.quantity)) {
      readings.push_back(means[static_cast<std::size_t>(estimate.quantity)].mean);
    } else {
      const auto share = synergy_share(information, labels, design);
      readings.push_back(share ? share->mean : estimate.nats);
    }
  }
  return readings;
}

}  // namespace

void use_subsampled_errors(Panel& panel, MatrixView<const float> z, const DirectInput& input) {
  const MeasureOptions& options = input.options;
  require(options.knn_subsamples >= 2, "knn: {} subsample is too few, at least 2 are needed", options.knn_subsamples);
  const std::int64_t sources = input.labels.sources, half = sources / 2;
  std::vector<std::vector<double>> readings(panel.estimates.size());
  for (int r = 0; r < options.knn_subsamples; ++r) {
    RandomStream stream(options.seed, "knn subsamples", static_cast<std::uint64_t>(r));
    const auto rows = subsample_rows(input.labels.source, sources, half, stream);
    const auto values = readings_of(panel, z, rows, input);
    for (std::size_t e = 0; e < values.size(); ++e) readings[e].push_back(values[e]);
  }
  const double factor = interval_factor(options.ci_level, options.knn_subsamples);
  for (std::size_t e = 0; e < panel.estimates.size(); ++e) {
    Estimate& estimate = panel.estimates[e];
    estimate.std_error = subsampled_error(readings[e], half, sources);
    estimate.ci_low = estimate.nats - factor * *estimate.std_error;
    estimate.ci_high = estimate.nats + factor * *estimate.std_error;
  }
  panel.details.emplace_back(
      "errors", fmt::format("from {} subsamples of {} of {} sources", options.knn_subsamples, half, sources));
}

}  // namespace equinfo
