#pragma once

#include <memory>
#include <span>

#include "estimators/probe_device.h"
#include "estimators/training_rows.h"

namespace equinfo {

/// The cross-entropy of some rows under a linear rule, Σᵢ −ln softmax((xᵢ, 1)·W)[cellᵢ], and its gradient, wherever
/// they are computed: in float32, with float64 sums over every 1,024 rows.
class RowLoss {
 public:
  virtual ~RowLoss() = default;
  /// The loss at W [d + 1, cells], biases last; its gradient is written. 4·n·d·cells operations.
  virtual double operator()(std::span<const float> weights, std::span<double> gradient) = 0;
};

/// Of rows that must outlive it, on a device (null: on the processor). Both agree to float32's rounding of products of
/// d and of sums of 1,024 terms; each gives the same bytes for the same input. A device is reserved as long as the
/// result lives, and holds 4·n·(d + cells + 2) bytes and the gradient's parts.
std::unique_ptr<RowLoss> row_loss(const TrainingRows& rows, std::int64_t cells, const ProbeDevice* device);

}  // namespace equinfo
