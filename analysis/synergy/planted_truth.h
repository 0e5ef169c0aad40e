#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "estimators/labels.h"
#include "estimators/quantity.h"

namespace equinfo {

/// One quantity of one planted signal.
struct PlantedQuantity {
  Quantity quantity = Quantity::kZY;
  double truth = 0.0, mean = 0.0;  ///< planted; mean estimate; nats
  int detected = 0;                ///< plants whose interval lies above zero
  int covered = 0;                 ///< plants whose interval holds the truth
};

/// How many directions a signal is planted along, at most.
inline constexpr std::int64_t kMostDirections = 3;

/// 0 or 1: the lower or upper half of the codes {0, …, count − 1}; of a continuous T's bins, the small and large
/// values.
std::size_t planted_half(std::int32_t code, std::int32_t count);

/// ±1 of two halves along each direction: product (an XOR), class, transformation.
std::array<double, kMostDirections> planted_code(std::size_t half_of_y, std::size_t half_of_t);

/// I(Z;Y), I(Z;T), I(Z;Y|T), I(Z;T|Y), I(Z;Y,T) and S of the planted code with labels as frequent as these, by the
/// trapezoid rule over the one to three directions (error below 1e-9 for shifts up to 1), in nats.
std::vector<PlantedQuantity> planted_truth(const Labels& labels, std::int64_t directions, double shift);

}  // namespace equinfo
