#include "synergy/design.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "estimators/independence.h"

namespace equinfo {
namespace {

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

std::int64_t count_mixed_sources(const Labels& labels) {
  std::vector<std::int32_t> first(static_cast<std::size_t>(labels.sources), -1);
  std::vector<bool> mixed(first.size(), false);
  for (std::size_t i = 0; i < labels.y.size(); ++i) {
    const auto source = static_cast<std::size_t>(labels.source[i]);
    if (first[source] < 0) first[source] = labels.y[i];
    if (first[source] != labels.y[i]) mixed[source] = true;
  }
  return std::ranges::count(mixed, true);
}

}  // namespace

Design describe_design(const Labels& labels) {
  std::vector<double> cells(static_cast<std::size_t>(labels.cells()), 0.0);
  for (std::int64_t i = 0; i < labels.rows(); ++i) cells[static_cast<std::size_t>(labels.cell(i))] += 1.0;
  const Entropies h = label_entropies(cells, labels.classes, labels.transforms);
  Design design{h.y, h.t, h.yt, h.y_t(), independence_p_value(labels)};
  design.continuous_t = labels.continuous_t.has_value();
  design.independent = is_independent(design.dependence_p_value);
  design.balanced = std::ranges::all_of(cells, [&](double n) { return n == cells.front(); });
  if (design.independent) design.h_yt = h.y + h.t, design.y_t = 0.0;
  design.mixed_sources = count_mixed_sources(labels);
  design.row_y_t.resize(static_cast<std::size_t>(labels.rows()));
  if (design.independent) return design;  // ln p(y) p(t) − ln p(y) − ln p(t) is 0, not what rounding makes of it
  const LogPriors priors = log_priors(labels);
  for (std::size_t i = 0; i < design.row_y_t.size(); ++i) {
    design.row_y_t[i] = priors.cell[static_cast<std::size_t>(labels.cell(static_cast<std::int64_t>(i)))] -
                        priors.y[static_cast<std::size_t>(labels.y[i])] -
                        priors.t[static_cast<std::size_t>(labels.t[i])];
  }
  return design;
}

Design select_rows(const Design& design, std::span<const std::int64_t> rows) {
  Design selected = design;
  selected.row_y_t.clear();
  for (const std::int64_t row : rows) selected.row_y_t.push_back(design.row_y_t[static_cast<std::size_t>(row)]);
  return selected;
}

}  // namespace equinfo
