#include "synergy/design.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <boost/math/distributions/chi_squared.hpp>

namespace equinfo {
namespace {

constexpr double kDependenceLevel = 0.001;

double entropy(const std::vector<double>& weights) {
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  double sum = 0.0;
  for (const double w : weights) {
    if (w > 0.0) sum -= w / total * std::log(w / total);
  }
  return sum;
}

struct Entropies {
  double y, t, yt;
  double y_t() const { return y + t - yt; }
};

Entropies label_entropies(const std::vector<double>& cells, std::int32_t classes, std::int32_t transforms) {
  std::vector<double> y(static_cast<std::size_t>(classes)), t(static_cast<std::size_t>(transforms));
  for (std::size_t c = 0; c < cells.size(); ++c) {
    y[c / t.size()] += cells[c];
    t[c % t.size()] += cells[c];
  }
  return {entropy(y), entropy(t), entropy(cells)};
}

/// Pearson's test of independence on counts that add up to the number of sources: Σ (O − E)²/E against χ² with
/// (classes − 1)(transforms − 1) degrees of freedom. Unlike the G statistic it keeps its level down to about one
/// expected source a cell.
double independence_p_value(const std::vector<double>& counts, std::int32_t classes, std::int32_t transforms) {
  const double freedom = (classes - 1.0) * (transforms - 1.0);
  if (freedom <= 0.0) return 1.0;
  std::vector<double> y(static_cast<std::size_t>(classes)), t(static_cast<std::size_t>(transforms));
  for (std::size_t c = 0; c < counts.size(); ++c) {
    y[c / t.size()] += counts[c];
    t[c % t.size()] += counts[c];
  }
  const double total = std::accumulate(y.begin(), y.end(), 0.0);
  double statistic = 0.0;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    const double expected = y[c / t.size()] * t[c % t.size()] / total;
    statistic += (counts[c] - expected) * (counts[c] - expected) / expected;
  }
  const boost::math::chi_squared chi(freedom);
  return boost::math::cdf(complement(chi, statistic));
}

}  // namespace

Design describe_design(const Labels& labels) {
  std::vector<double> rows_of_source(static_cast<std::size_t>(labels.sources), 0.0);
  for (const std::int32_t s : labels.source) ++rows_of_source[static_cast<std::size_t>(s)];
  std::vector<double> cells(static_cast<std::size_t>(labels.cells()), 0.0), by_source(cells);
  for (std::int64_t i = 0; i < labels.rows(); ++i) {
    const auto cell = static_cast<std::size_t>(labels.cell(i));
    cells[cell] += 1.0;
    by_source[cell] += 1.0 / rows_of_source[static_cast<std::size_t>(labels.source[static_cast<std::size_t>(i)])];
  }
  const Entropies h = label_entropies(cells, labels.classes, labels.transforms);
  Design design{h.y, h.t, h.yt, h.y_t(), independence_p_value(by_source, labels.classes, labels.transforms)};
  design.independent = design.dependence_p_value >= kDependenceLevel;
  design.balanced = std::ranges::all_of(cells, [&](double n) { return n == cells.front(); });
  std::vector<double> y(static_cast<std::size_t>(labels.classes)), t(static_cast<std::size_t>(labels.transforms));
  for (std::size_t c = 0; c < cells.size(); ++c) y[c / t.size()] += cells[c], t[c % t.size()] += cells[c];
  design.row_y_t.resize(static_cast<std::size_t>(labels.rows()));
  for (std::size_t i = 0; i < design.row_y_t.size(); ++i) {
    const double joint = cells[static_cast<std::size_t>(labels.cell(static_cast<std::int64_t>(i)))];
    const double expected = y[static_cast<std::size_t>(labels.y[i])] * t[static_cast<std::size_t>(labels.t[i])];
    design.row_y_t[i] = std::log(joint * static_cast<double>(labels.rows()) / expected);
  }
  return design;
}

}  // namespace equinfo
