#pragma once

#include <mutex>

#include "compute/accelerator.h"
#include "estimators/row_loss.h"

namespace equinfo {

/// RowLoss on a device with the kernels of product_kernels.h, where the rows stay: weights go there, losses and the
/// gradient come back. Throws AcceleratorError.
class DeviceRowLoss : public RowLoss {
 public:
  DeviceRowLoss(Accelerator& device, std::unique_lock<std::mutex> reserved, const TrainingRows& rows,
                std::int64_t cells);
  double operator()(std::span<const float> weights, std::span<double> gradient) override;

 private:
  void write_rows(MatrixView<const float> x);
  void compute_errors();
  void compute_gradient();

  std::unique_lock<std::mutex> reserved_;
  Accelerator& device_;
  int rows_, inputs_, cells_;  // inputs: d + 1
  DeviceArray<float> x_;       // [n, d + 1], a one at the end of each row
  DeviceArray<std::int32_t> cell_;
  DeviceArray<float> weights_;    // [d + 1, cells]
  DeviceArray<float> scores_;     // [n, cells]
  DeviceArray<double> losses_;    // of the softmax's blocks
  DeviceArray<float> parts_;      // [parts, d + 1, cells]
  DeviceArray<double> gradient_;  // [d + 1, cells]
};

}  // namespace equinfo
