#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "estimators/knn.h"
#include "estimators/probe_posteriors.h"
#include "synergy/knn_panel.h"
#include "synergy/measure.h"

namespace equinfo {
namespace {

CrossFitOptions fold_options(const MeasureOptions& options) {
  return {options.folds, options.seed, 0, options.threads, options.show_progress, options.device};
}

std::vector<std::vector<std::int64_t>> rows_of_folds(const Labels& labels, const MeasureOptions& options) {
  const SourceFolds folds = cross_fit_folds(labels, fold_options(options));
  std::vector<std::vector<std::int64_t>> rows(static_cast<std::size_t>(folds.folds));
  for (std::int64_t i = 0; i < labels.rows(); ++i) rows[static_cast<std::size_t>(folds.fold(i))].push_back(i);
  return rows;
}

/// ln q less its mean over the cells that have rows: linear in Z for a linear probe. Cells without rows read 0.
Matrix<float> centred_logits(Matrix<float> posterior, const LogPriors& priors) {
  constexpr float kSmallest = 1e-30F;
  for (std::int64_t i = 0; i < posterior.rows(); ++i) {
    double sum = 0.0, cells = 0.0;
    for (std::int64_t c = 0; c < posterior.cols(); ++c) {
      float& value = posterior(i, c);
      const bool occurs = std::isfinite(priors.cell[static_cast<std::size_t>(c)]);
      value = occurs ? std::log(std::max(value, kSmallest)) : 0.0F;
      sum += value, cells += occurs ? 1.0 : 0.0;
    }
    for (std::int64_t c = 0; c < posterior.cols(); ++c) {
      if (std::isfinite(priors.cell[static_cast<std::size_t>(c)])) posterior(i, c) -= static_cast<float>(sum / cells);
    }
  }
  return posterior;
}

/// What the rows of one fold say, from neighbours among them alone.
void read_fold(const Matrix<float>& logits, const std::vector<std::int64_t>& rows, const DirectInput& input,
               RowInformation& information) {
  Matrix<float> of_fold(static_cast<std::int64_t>(rows.size()), logits.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::ranges::copy(logits.row(rows[i]), of_fold.row(static_cast<std::int64_t>(i)).begin());
  }
  const RowInformation found =
      knn_information(of_fold, select_rows(input.labels, rows), {input.options.knn_k, 0, input.options.threads});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = static_cast<std::size_t>(rows[i]);
    information.z_y[row] = found.z_y[i];
    information.z_t[row] = found.z_t[i];
    information.z_yt[row] = found.z_yt[i];
  }
}

}  // namespace

std::string knn_logits_refusal_of(const DirectInput& input) {
  for (const auto& rows : rows_of_folds(input.labels, input.options)) {
    const std::string refusal = knn_refusal(select_rows(input.labels, rows), input.options.knn_k);
    if (!refusal.empty())
      return fmt::format("knn_logits searches inside a fold, and in one of {}, {}", input.options.folds, refusal);
  }
  return {};
}

DirectReading knn_logits_reading(const DirectInput& input) {
  if (const std::string refusal = knn_logits_refusal_of(input); !refusal.empty()) throw std::invalid_argument(refusal);
  const std::vector<std::string> lda(static_cast<std::size_t>(input.options.folds), "lda");
  const auto& probes = input.chosen.empty() ? lda : input.chosen;
  const Matrix<float> logits = centred_logits(
      probe_posteriors(probes, input.z, input.labels, fold_options(input.options)), log_priors(input.labels));
  const std::vector<double> zeros(static_cast<std::size_t>(input.labels.rows()), 0.0);
  RowInformation rows{zeros, zeros, zeros};
  for (const auto& of_fold : rows_of_folds(input.labels, input.options)) read_fold(logits, of_fold, input, rows);
  Panel panel = point_panel("knn_logits", rows, input.labels, input.design, input.options.ci_level);
  panel.details.emplace_back("space", fmt::format("{} logits of {}, fold by fold", logits.cols(),
                                                  input.chosen.empty() ? "lda" : "the chosen probes"));
  return {std::move(panel), std::move(rows)};
}

}  // namespace equinfo
