#include "compute/vectorised.h"
#include "neighbors/prepared_rows.h"

namespace equinfo {
namespace {

EQUINFO_VECTORISED double sum_of_squares(const float* a, const float* b, std::size_t count) {
  constexpr std::size_t kLanes = 16;
  double sums[kLanes] = {};
  std::size_t c = 0;
  for (; c + kLanes <= count; c += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const double difference = static_cast<double>(a[c + lane]) - static_cast<double>(b[c + lane]);
      sums[lane] += difference * difference;
    }
  }
  double sum = 0;
  for (; c < count; ++c) {
    const double difference = static_cast<double>(a[c]) - static_cast<double>(b[c]);
    sum += difference * difference;
  }
  for (const double of_lane : sums) sum += of_lane;
  return sum;
}

}  // namespace

double PreparedRows::close_squared_distance(std::int64_t i, std::int64_t j) const {
  if (is_short()) return exact_squared_distance(i, j);
  const auto a = z_.row(order_[static_cast<std::size_t>(i)]), b = z_.row(order_[static_cast<std::size_t>(j)]);
  return sum_of_squares(a.data(), b.data(), a.size());
}

// Alone in this file, which is compiled without contraction to fused multiply-adds: the value must not depend on the
// processor the compiler had in mind.
double PreparedRows::exact_squared_distance(std::int64_t i, std::int64_t j) const {
  const auto a = z_.row(order_[static_cast<std::size_t>(i)]), b = z_.row(order_[static_cast<std::size_t>(j)]);
  double sum = 0;
  for (std::size_t c = 0; c < a.size(); ++c) {
    const double difference = static_cast<double>(a[c]) - static_cast<double>(b[c]);
    sum += difference * difference;
  }
  return sum;
}

}  // namespace equinfo
