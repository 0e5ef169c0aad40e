#pragma once

#include <cstdint>
#include <vector>

namespace equinfo {

enum class Decay { kCosine, kStep };

/// The learning rate as a function of the step.
struct Schedule {
  Decay decay = Decay::kCosine;
  double lr = 0.1;                       ///< at step 0; > 0
  double final_lr = 0.0;                 ///< the cosine's last value; ≥ 0
  double gamma = 0.2;                    ///< factor at each milestone; in (0, 1]
  std::vector<std::int64_t> milestones;  ///< finished epochs, ascending
  std::int64_t epochs = 1, steps_per_epoch = 1;

  /// Rate of step s of {0, …, epochs · steps_per_epoch − 1}. Cosine: final + (lr − final)(1 + cos(π s / total)) / 2, so
  /// final_lr itself would be that of the step after the last. Step: lr · gamma^(milestones that lie behind).
  double rate(std::int64_t step) const;
};

}  // namespace equinfo
