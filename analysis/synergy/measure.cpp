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

/// How often each probe was chosen, such as "mlp in 4 of 5 folds, lda in 1".
std::string choice_text(const std::vector<std::string>& names, const std::vector<std::size_t>& choice) {
  std::string text;
  for (std::size_t k = 0; k < names.size(); ++k) {
    const auto times = std::ranges::count(choice, k);
    if (times == 0) continue;
    text += text.empty() ? fmt::format("{} in {} of {} folds", names[k], times, choice.size())
                         : fmt::format(", {} in {}", names[k], times);
  }
  return text;
}

/// Every probe asked for, and the headline chosen among them fold by fold.
struct Ladder {
  std::vector<Panel> panels;
  std::optional<ProbePanels> best;
};

Ladder measure_probes(const Matrix<float>& z, const Labels& labels, const Design& design,
                      const MeasureOptions& options) {
  std::vector<const ProbeKind*> kinds;
  for (const std::string& name : options.estimators) {
    if (const ProbeKind* kind = probe_named(name)) kinds.push_back(kind);
  }
  Ladder ladder;
  if (kinds.empty()) return ladder;
  const CrossFitter fitter(z, labels, {options.folds, options.seed, 0, options.threads, options.show_progress});
  std::vector<CrossFit> fits;
  std::vector<std::string> names, refusals;
  for (const ProbeKind* kind : kinds) {
    if (kinds.size() > 1) {
      if (std::string refusal = fitter.refusal(*kind); !refusal.empty()) {
        refusals.push_back(std::move(refusal));
        continue;
      }
    }
    names.push_back(kind->name);
    fits.push_back(fitter.fit(*kind, kinds.size() > 1));
    ladder.panels.push_back(probe_panels(kind->name, fits.back(), labels, design, options.ci_level).bound);
  }
  std::vector<std::size_t> choice(static_cast<std::size_t>(options.folds), 0);
  const CrossFit chosen = fits.size() > 1 ? choose_by_inner_loss(fits, fitter, choice) : fits.front();
  ladder.best = probe_panels("best", chosen, labels, design, options.ci_level);
  ladder.best->bound.estimator = "best_bound";
  for (Panel* panel : {&ladder.best->extrapolated, &ladder.best->bound}) {
    panel->details.emplace_back("chosen", choice_text(names, choice));
    for (const std::string& refusal : refusals) panel->details.emplace_back("left out", refusal);
  }
  return ladder;
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
  Ladder ladder = measure_probes(z, labels, measurement.design, options);
  if (std::ranges::find(options.estimators, kNearestNeighbours) != options.estimators.end()) {
    ladder.panels.push_back(measure_knn(z, labels, measurement.design, options));
  }
  if (ladder.best) {
    const auto knn = std::ranges::find(ladder.panels, kNearestNeighbours, &Panel::estimator);
    Panel& headline = ladder.best->extrapolated;
    measurement.verdict = judge(headline, knn == ladder.panels.end() ? nullptr : &*knn, labels, measurement.design);
    measurement.panels = {headline, ladder.best->bound};
  }
  measurement.panels.insert(measurement.panels.end(), ladder.panels.begin(), ladder.panels.end());
  return measurement;
}

}  // namespace equinfo
