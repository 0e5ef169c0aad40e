#include "train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace equinfo {

double Schedule::rate(std::int64_t step) const {
  if (decay == Decay::kCosine) {
    const double share = static_cast<double>(step) / static_cast<double>(epochs * steps_per_epoch);
    return final_lr + (lr - final_lr) * 0.5 * (1.0 + std::cos(std::numbers::pi * share));
  }
  const std::int64_t finished = step / steps_per_epoch;
  const auto behind = std::upper_bound(milestones.begin(), milestones.end(), finished) - milestones.begin();
  return lr * std::pow(gamma, static_cast<double>(behind));
}

}  // namespace equinfo
