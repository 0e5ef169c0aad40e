#include "synergy/measure.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/suggest.h"
#include "estimators/cross_fit.h"
#include "estimators/knn.h"
#include "estimators/whitened_pca.h"
#include "synergy/probe_panel.h"

namespace equinfo {
namespace {

constexpr const char* kNearestNeighbours = "knn";

/// Centres the columns and divides everything by the root-mean-square deviation, so that no offset or unit of the
/// caller's eats digits. Data without any deviation become zeros.
void standardise(Matrix<float>& z) {
  const auto columns = static_cast<std::size_t>(z.cols());
  std::vector<double> mean(columns, 0.0);
  for (std::int64_t i = 0; i < z.rows(); ++i) {
    for (std::size_t j = 0; j < columns; ++j) mean[j] += z.row(i)[j];
  }
  for (double& value : mean) value /= static_cast<double>(z.rows());
  double squares = 0.0;
  for (std::int64_t i = 0; i < z.rows(); ++i) {
    for (std::size_t j = 0; j < columns; ++j) squares += (z.row(i)[j] - mean[j]) * (z.row(i)[j] - mean[j]);
  }
  const double deviation = std::sqrt(squares / static_cast<double>(z.rows() * z.cols()));
  const double scale = deviation > 0.0 ? 1.0 / deviation : 0.0;
  for (std::int64_t i = 0; i < z.rows(); ++i) {
    const auto row = z.row(i);
    for (std::size_t j = 0; j < columns; ++j) row[j] = static_cast<float>((row[j] - mean[j]) * scale);
  }
}

const ProbeKind* probe_named(const std::string& name) {
  for (const ProbeKind& kind : probe_kinds()) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

void check(const Matrix<float>& z, const Labels& labels, const MeasureOptions& options) {
  require(z.rows() == labels.rows(), "z has {} rows but the labels {}", z.rows(), labels.rows());
  require(z.cols() > 0, "z has no columns");
  require(labels.classes >= 2, "y has the single value {}: nothing can be measured about a class that never varies",
          labels.y_values.front());
  require(labels.transforms >= 2,
          "t has the single value {}: nothing can be measured about a transformation that never varies",
          labels.t_values.front());
  require(!options.estimators.empty(), "no estimator was asked for");
  const auto known = estimator_names();
  for (const std::string& name : options.estimators) {
    require(std::ranges::find(known, name) != known.end(), "unknown estimator '{}'; did you mean '{}'?", name,
            nearest_name(name, known));
  }
}

ProbePanels measure_probe(const ProbeKind& kind, const Matrix<float>& z, const Labels& labels, const Design& design,
                          const MeasureOptions& options) {
  const CrossFitOptions cross{options.folds, options.seed, 0, options.threads, options.show_progress};
  return probe_panels(kind.name, cross_fit(kind, z, labels, cross), labels, design, options.ci_level);
}

Panel measure_knn(const Matrix<float>& z, const Labels& labels, const Design& design, const MeasureOptions& options) {
  KnnOptions knn{options.knn_k, 0, options.threads, NeighborEngine::kAuto, options.show_progress};
  if (options.knn_dims == 0) {
    return point_panel(kNearestNeighbours, knn_information(z, labels, knn), labels, design, options.ci_level);
  }
  const WhitenedPca pca = fit_whitened_pca(z, {options.knn_dims, options.threads});
  const RowInformation rows = knn_information(apply(pca, z, options.threads), labels, knn);
  Panel panel = point_panel(kNearestNeighbours, rows, labels, design, options.ci_level);
  panel.details.emplace_back("space", fmt::format("{} whitened principal components, {:.1f} % of the variance",
                                                  pca.kept(), 100.0 * pca.explained));
  if (z.cols() > options.knn_dims) {
    for (Estimate& estimate : panel.estimates) estimate.flags.emplace_back("pca_reduced");
  }
  return panel;
}

}  // namespace

std::vector<std::string> estimator_names() {
  std::vector<std::string> names;
  for (const ProbeKind& kind : probe_kinds()) names.push_back(kind.name);
  names.emplace_back(kNearestNeighbours);
  return names;
}

Measurement measure(Matrix<float> z, const Labels& labels, const MeasureOptions& options) {
  check(z, labels, options);
  standardise(z);
  Measurement measurement{describe_design(labels), {}, std::nullopt};
  std::optional<ProbePanels> best;
  for (const std::string& name : options.estimators) {
    const ProbeKind* kind = probe_named(name);
    if (kind == nullptr) {
      measurement.panels.push_back(measure_knn(z, labels, measurement.design, options));
      continue;
    }
    ProbePanels panels = measure_probe(*kind, z, labels, measurement.design, options);
    measurement.panels.push_back(panels.bound);
    if (!best) best = std::move(panels);
  }
  if (!best) return measurement;
  best->extrapolated.estimator = "best";
  best->bound.estimator = "best_bound";
  const auto knn = std::ranges::find(measurement.panels, kNearestNeighbours, &Panel::estimator);
  const Panel* second = knn == measurement.panels.end() ? nullptr : &*knn;
  measurement.verdict = judge(best->extrapolated, second, labels, measurement.design);
  measurement.panels.insert(measurement.panels.begin(), {best->extrapolated, best->bound});
  return measurement;
}

}  // namespace equinfo
