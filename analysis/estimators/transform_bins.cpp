#include "estimators/transform_bins.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include "core/error.h"

namespace equinfo {
namespace {

constexpr int kLargestBins = 1024;
constexpr int kFewestBins = 4;
constexpr std::int64_t kRowsPerCell = 8;

void check(const Matrix<double>& t, std::span<const double> period, std::size_t rows, int bins) {
  require(static_cast<std::size_t>(t.rows()) == rows, "labels: y has {} rows but t has {}", rows, t.rows());
  require(static_cast<std::size_t>(t.cols()) == period.size(), "labels: t has {} components but {} periods", t.cols(),
          period.size());
  for (const double p : period) require(p >= 0.0 && std::isfinite(p), "labels: {} is no period", p);
  for (std::int64_t i = 0; i < t.rows(); ++i) {
    for (std::int64_t j = 0; j < t.cols(); ++j) {
      require(std::isfinite(t(i, j)), "labels: t[{}, {}] = {} is not finite", i, j, t(i, j));
    }
  }
  require(bins == 0 || (bins >= 2 && bins <= kLargestBins), "labels: {} bins are not between 2 and {}", bins,
          kLargestBins);
}

int bins_for(std::int64_t rows, std::int32_t classes) {
  int bins = kMostBins;
  while (bins > kFewestBins && rows < kRowsPerCell * classes * bins) bins /= 2;
  return bins;
}

/// How many bins each component gets, as equal as can be, with a product of at most `bins`.
std::vector<std::int32_t> cuts_of(std::size_t components, int bins) {
  require(components > 0 && (std::size_t{1} << std::min<std::size_t>(components, 20)) <= static_cast<std::size_t>(bins),
          "labels: {} components of t cannot be told apart by {} bins: at least 2 to the power of {} are needed; give "
          "fewer components, or more bins",
          components, bins, components);
  std::vector<std::int32_t> cuts(components, 1);
  for (std::int64_t product = 1;;) {
    auto& least = *std::ranges::min_element(cuts);
    if (product / least * (least + 1) > bins) return cuts;
    product = product / least * (least + 1);
    ++least;
  }
}

/// Angles in [0, period), counted from the end of the largest gap between them.
std::vector<double> unrolled(std::vector<double> angles, double period) {
  for (double& angle : angles) {
    angle = std::fmod(angle, period);
    if (angle < 0.0) angle += period;
    if (angle >= period) angle = 0.0;
  }
  std::vector<double> sorted = angles;
  std::ranges::sort(sorted);
  double start = sorted.front(), largest = sorted.front() + period - sorted.back();
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i] - sorted[i - 1] > largest) largest = sorted[i] - sorted[i - 1], start = sorted[i];
  }
  for (double& angle : angles) angle = angle >= start ? angle - start : angle - start + period;
  return angles;
}

/// Refines the bins `code` by the quantiles of `value` inside each of them.
void cut_inside(std::vector<std::int64_t>& code, const std::vector<double>& value, std::int32_t cuts) {
  std::map<std::int64_t, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < code.size(); ++i) members[code[i]].push_back(i);
  for (auto& [outer, rows] : members) {
    std::ranges::sort(rows, {}, [&](std::size_t i) { return value[i]; });
    std::size_t first = 0;  // of the rows with the same value
    for (std::size_t rank = 0; rank < rows.size(); ++rank) {
      if (value[rows[rank]] != value[rows[first]]) first = rank;
      code[rows[rank]] =
          outer * cuts + static_cast<std::int64_t>(first) * cuts / static_cast<std::int64_t>(rows.size());
    }
  }
}

std::vector<double> component(const Matrix<double>& t, std::size_t j) {
  std::vector<double> value(static_cast<std::size_t>(t.rows()));
  for (std::size_t i = 0; i < value.size(); ++i) {
    value[i] = t(static_cast<std::int64_t>(i), static_cast<std::int64_t>(j));
  }
  return value;
}

/// In the order that bins are cut in.
std::vector<double> ordered(std::vector<double> value, double period) {
  return period > 0.0 ? unrolled(std::move(value), period) : value;
}

/// The number of each row's bin, all components together: position_1, then position_2, …, in mixed radix.
std::vector<std::int64_t> bin_codes(const Matrix<double>& t, std::span<const double> period,
                                    const std::vector<std::int32_t>& cuts) {
  std::vector<std::int64_t> code(static_cast<std::size_t>(t.rows()), 0);
  for (std::size_t j = 0; j < cuts.size(); ++j) {
    cut_inside(code, ordered(component(t, j), period[j]), cuts[j]);
  }
  return code;
}

Matrix<std::int32_t> positions(const std::vector<std::int64_t>& codes, const std::vector<std::int32_t>& cuts) {
  Matrix<std::int32_t> position(static_cast<std::int64_t>(codes.size()), static_cast<std::int64_t>(cuts.size()));
  for (std::int64_t b = 0; b < position.rows(); ++b) {
    std::int64_t rest = codes[static_cast<std::size_t>(b)];
    for (std::size_t j = cuts.size(); j-- > 0; rest /= cuts[j]) {
      position(b, static_cast<std::int64_t>(j)) = static_cast<std::int32_t>(rest % cuts[j]);
    }
  }
  return position;
}

/// Puts bins in the place of T in labels whose classes and sources are coded.
void set_bins(Labels& labels, ContinuousTransform t, int bins) {
  t.cuts = cuts_of(t.period.size(), bins);
  const std::vector<std::int64_t> codes = bin_codes(t.values, t.period, t.cuts);
  const Labels coded = code_labels(codes, codes, std::nullopt);
  t.position = positions(coded.t_values, t.cuts);
  labels.t = coded.t;
  labels.transforms = coded.transforms;
  labels.t_values.resize(coded.t_values.size());
  std::iota(labels.t_values.begin(), labels.t_values.end(), 0);
  labels.continuous_t = std::move(t);
}

}  // namespace

Labels code_labels(std::span<const std::int64_t> y, const Matrix<double>& t, std::span<const double> period,
                   const std::optional<std::vector<std::int64_t>>& source, int bins) {
  check(t, period, y.size(), bins);
  Labels labels = code_labels(y, std::vector<std::int64_t>(y.size()), source);
  if (bins == 0) bins = bins_for(labels.rows(), labels.classes);
  set_bins(labels, {t, {period.begin(), period.end()}, {}, {}}, bins);
  return labels;
}

Labels rebinned(const Labels& labels, int bins) {
  require(labels.continuous_t.has_value(), "labels: t is discrete and cannot be cut into {} bins", bins);
  Labels result = labels;
  set_bins(result, *labels.continuous_t, bins);
  return result;
}

std::vector<std::vector<BinRange>> bin_ranges(const Labels& labels) {
  require(labels.continuous_t.has_value(), "labels: t is discrete and has no bins");
  const auto& [values, period, position, cuts] = *labels.continuous_t;
  const auto bins = static_cast<std::size_t>(labels.transforms);
  std::vector<std::vector<BinRange>> ranges(bins, std::vector<BinRange>(period.size()));
  for (std::size_t j = 0; j < period.size(); ++j) {
    const std::vector<double> value = component(values, j), place = ordered(value, period[j]);
    std::vector<std::optional<std::pair<std::size_t, std::size_t>>> ends(bins);  // rows of the least and the largest
    for (std::size_t i = 0; i < place.size(); ++i) {
      auto& end = ends[static_cast<std::size_t>(labels.t[i])];
      if (!end) end = {i, i};
      if (place[i] < place[end->first]) end->first = i;
      if (place[i] > place[end->second]) end->second = i;
    }
    for (std::size_t b = 0; b < bins; ++b) {
      if (ends[b]) ranges[b][j] = {value[ends[b]->first], value[ends[b]->second]};
    }
  }
  return ranges;
}

double squared_bin_distance(const ContinuousTransform& t, std::int32_t a, std::int32_t b) {
  double sum = 0.0;
  for (std::size_t j = 0; j < t.cuts.size(); ++j) {
    const auto column = static_cast<std::int64_t>(j);
    double apart = std::abs(t.position(a, column) - t.position(b, column));
    if (t.period[j] > 0.0) apart = std::min(apart, t.cuts[j] - apart);
    sum += apart * apart;
  }
  return sum;
}

}  // namespace equinfo
