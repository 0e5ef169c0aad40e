#include "neighbors/prepared_rows.h"

namespace equinfo {

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
