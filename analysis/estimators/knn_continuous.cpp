#include "estimators/knn_continuous.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <boost/math/distributions/normal.hpp>

#include "core/error.h"
#include "estimators/digamma_table.h"
#include "neighbors/max_norm.h"
#include "neighbors/shared_radius.h"

namespace equinfo {
namespace {

/// Normal quantiles of mid-ranks, times `spread`: equal values get equal scores.
std::vector<double> normal_scores(const std::vector<double>& values, double spread) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  std::vector<double> scores(values.size());
  const boost::math::normal normal;
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first;
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    const double share = 0.5 * static_cast<double>(first + end) / static_cast<double>(order.size());
    const double score = spread * boost::math::quantile(normal, share);
    for (; first < end; ++first) scores[order[first]] = score;
  }
  return scores;
}

std::vector<double> turns(std::vector<double> angles, double period, double circumference) {
  for (double& angle : angles) {
    const double turn = angle / period;
    angle = circumference * (turn - std::floor(turn));
  }
  return angles;
}

/// Square root of the sum of the columns' variances; 1 if nothing varies.
double total_deviation(MatrixView<const float> z) {
  const auto rows = static_cast<double>(z.rows());
  double total = 0.0;
  for (std::int64_t j = 0; j < z.cols(); ++j) {
    double sum = 0.0, squares = 0.0;
    for (std::int64_t i = 0; i < z.rows(); ++i) sum += z(i, j);
    for (std::int64_t i = 0; i < z.rows(); ++i) squares += (z(i, j) - sum / rows) * (z(i, j) - sum / rows);
    total += squares / rows;
  }
  return total > 0.0 ? std::sqrt(total) : 1.0;
}

/// The labels as if T had one value: what is eligible inside a class.
std::vector<LabelCounts> eligible_in_class(const Labels& labels) {
  const std::vector<std::int32_t> one_value(labels.y.size());
  return eligible_rows({{}, labels.y, one_value, labels.classes, 1, labels.source});
}

RowInformation information_of(const std::vector<MaxNormCounts>& near, const std::vector<LabelCounts>& eligible,
                              const DigammaTable& psi) {
  RowInformation rows;
  for (std::size_t i = 0; i < near.size(); ++i) {
    const MaxNormCounts& n = near[i];
    const double all = psi(eligible[i].all + 1) - psi(n.z);
    rows.z_y.push_back(psi(n.zy) - psi(eligible[i].y + 1) + all);
    rows.z_t.push_back(psi(n.zt) - psi(n.t) + all);
    rows.z_yt.push_back(psi(n.zty) - psi(n.ty) + all);
  }
  return rows;
}

}  // namespace

TransformCoordinates transform_coordinates(const ContinuousTransform& t, double spread) {
  const double circumference = std::sqrt(12.0) * spread;
  TransformCoordinates coordinates{Matrix<double>(t.values.rows(), t.values.cols()), t.period};
  for (std::size_t j = 0; j < t.period.size(); ++j) {
    const auto column = static_cast<std::int64_t>(j);
    std::vector<double> values(static_cast<std::size_t>(t.values.rows()));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = t.values(static_cast<std::int64_t>(i), column);
    values = t.period[j] > 0.0 ? turns(std::move(values), t.period[j], circumference) : normal_scores(values, spread);
    for (std::size_t i = 0; i < values.size(); ++i)
      coordinates.values(static_cast<std::int64_t>(i), column) = values[i];
    if (t.period[j] > 0.0) coordinates.period[j] = circumference;
  }
  return coordinates;
}

RowInformation continuous_knn_information(MatrixView<const float> z, const Labels& labels, const KnnOptions& options) {
  return std::move(continuous_knn_curve(z, labels, std::span(&options.k, 1), options).front());
}

std::vector<RowInformation> continuous_knn_curve(MatrixView<const float> z, const Labels& labels,
                                                 std::span<const int> ks, const KnnOptions& options) {
  require(labels.continuous_t.has_value(), "knn: t is discrete, not a continuous parameter");
  require(z.rows() == labels.rows(), "knn: z has {} rows but the labels have {}", z.rows(), labels.rows());
  require(!ks.empty(), "knn: no k is given");
  const std::string refusal = continuous_knn_refusal(labels, ks.back());
  require(refusal.empty(), "{}", refusal);
  const TransformCoordinates t = transform_coordinates(*labels.continuous_t, total_deviation(z));
  const auto near = max_norm_counts({z, t.values, t.period, labels.y, labels.source}, ks,
                                    {.threads = options.threads, .show_progress = options.show_progress});
  const std::vector<LabelCounts> eligible = eligible_in_class(labels);
  const DigammaTable psi(z.rows() + 1);
  std::vector<RowInformation> curve;
  for (const auto& of_k : near) curve.push_back(information_of(of_k, eligible, psi));
  return curve;
}

int largest_continuous_knn_k(const Labels& labels) {
  return std::ranges::min(eligible_in_class(labels), {}, &LabelCounts::y).y;
}

std::string continuous_knn_refusal(const Labels& labels, int k) {
  const std::vector<LabelCounts> eligible = eligible_in_class(labels);
  for (std::size_t i = 0; i < eligible.size(); ++i) {
    if (eligible[i].y >= k) continue;
    return fmt::format("knn: k = {} but class {} has only {} eligible rows", k,
                       labels.y_values[static_cast<std::size_t>(labels.y[i])], eligible[i].y);
  }
  return {};
}

}  // namespace equinfo
