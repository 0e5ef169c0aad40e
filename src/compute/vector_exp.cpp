#include "compute/vector_exp.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "compute/lane_math.h"
#include "compute/vectorised.h"

namespace equinfo {

EQUINFO_VECTORISED float exp_minus(std::span<float> values, float shift) {
  Floats sum{};
  const std::size_t whole = values.size() / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    Floats x;
    std::memcpy(&x, values.data() + i, sizeof(x));
    x -= shift;
    exponentiate(x);
    std::memcpy(values.data() + i, &x, sizeof(x));
    sum += x;
  }
  if (const std::size_t rest = values.size() - whole; rest > 0) {
    Floats x = Floats{} - 1000.0F;  // lanes beyond the end come out as 0
    std::memcpy(&x, values.data() + whole, rest * sizeof(float));
    for (std::size_t i = 0; i < rest; ++i) x[i] -= shift;
    exponentiate(x);
    std::memcpy(values.data() + whole, &x, rest * sizeof(float));
    sum += x;
  }
  std::array<float, kLanes> lanes{};
  std::memcpy(lanes.data(), &sum, sizeof(sum));
  float total = 0.0F;
  for (const float lane : lanes) total += lane;
  return total;
}

EQUINFO_VECTORISED float largest_of(std::span<const float> values) {
  constexpr float kLowest = std::numeric_limits<float>::lowest();
  Floats largest = Floats{} + kLowest;
  const std::size_t whole = values.size() / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    Floats x;
    std::memcpy(&x, values.data() + i, sizeof(x));
    largest = x > largest ? x : largest;
  }
  float top = kLowest;
  for (std::size_t i = whole; i < values.size(); ++i) top = std::max(top, values[i]);
  for (std::size_t i = 0; i < kLanes; ++i) top = std::max(top, largest[i]);
  return top;
}

}  // namespace equinfo
