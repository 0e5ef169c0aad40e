#pragma once

#include <array>
#include <string>
#include <string_view>

#include "estimators/quantity.h"
#include "support/ground_truth.h"
#include "synergy/panel.h"

/// What the benchmarks judge: the quantities whose truths are known.
namespace equinfo::bench {

inline constexpr std::array kJudged{Quantity::kZY,       Quantity::kZT,  Quantity::kZYGivenT,
                                    Quantity::kZTGivenY, Quantity::kZYT, Quantity::kSynergy};

/// Truths are tabled to four digits: an interval that ends this close to one holds it.
inline constexpr double kTruthDigits = 1e-4;

/// The truth of one of the judged quantities, in nats.
inline double truth_of(const testing::GroundTruth& truth, Quantity quantity) {
  switch (quantity) {
    case Quantity::kZY:
      return truth.z_y;
    case Quantity::kZT:
      return truth.z_t;
    case Quantity::kZYGivenT:
      return truth.z_y_given_t;
    case Quantity::kZTGivenY:
      return truth.z_t_given_y;
    case Quantity::kZYT:
      return truth.z_yt;
    default:
      return truth.synergy;
  }
}

inline bool covers(const Estimate& estimate, double truth) {
  return truth >= estimate.ci_low.value() - kTruthDigits && truth <= estimate.ci_high.value() + kTruthDigits;
}

/// One of a panel's details for people, such as "chosen"; empty if it has none.
inline std::string detail_of(const Panel& panel, std::string_view name) {
  for (const auto& [key, text] : panel.details) {
    if (key == name) return text;
  }
  return {};
}

}  // namespace equinfo::bench
