#include "estimators/row_loss.h"

#include <algorithm>

#include "compute/blas.h"
#include "estimators/device_row_loss.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockRows = 1024;

class RowLossHere : public RowLoss {
 public:
  RowLossHere(const TrainingRows& rows, std::int64_t cells)
      : rows_(rows),
        weights_(rows.x.cols(), cells),
        gradient_(rows.x.cols(), cells),
        scores_(std::min(kBlockRows, rows.x.rows()), cells) {}

  double operator()(std::span<const float> weights, std::span<double> gradient) override {
    const std::int64_t linear = weights_.rows() * weights_.cols();
    std::copy_n(weights.begin(), linear, weights_.data());
    std::ranges::fill(gradient, 0.0);
    double loss = 0.0;
    for (std::int64_t first = 0; first < rows_.x.rows(); first += kBlockRows) {
      loss += add_block(first, weights.subspan(static_cast<std::size_t>(linear)), gradient.data());
    }
    return loss;
  }

 private:
  /// Loss of some rows; their gradient is added.
  double add_block(std::int64_t first, std::span<const float> bias, double* gradient) {
    const std::int64_t size = std::min(kBlockRows, rows_.x.rows() - first), d = weights_.rows();
    const auto x = rows_.x.view().middle_rows(first, size);
    const auto scores = scores_.view().middle_rows(0, size);
    const auto cell = std::span(rows_.cell).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(size));
    for (std::int64_t i = 0; i < size; ++i) std::ranges::copy(bias, scores.row(i).begin());
    multiply(1.0F, x, Transpose::kNo, weights_, Transpose::kNo, 1.0F, scores);
    const double loss = softmax_loss(scores, cell);
    double* of_bias = gradient + d * weights_.cols();
    for (std::int64_t i = 0; i < size; ++i) {
      const auto row = scores.row(i);
      row[static_cast<std::size_t>(cell[static_cast<std::size_t>(i)])] -= 1.0F;
      for (std::size_t c = 0; c < row.size(); ++c) of_bias[c] += row[c];
    }
    multiply(1.0F, x, Transpose::kYes, scores, Transpose::kNo, 0.0F, gradient_.view());
    for (std::int64_t k = 0; k < d * weights_.cols(); ++k) gradient[k] += gradient_.data()[k];
    return loss;
  }

  const TrainingRows& rows_;
  Matrix<float> weights_, gradient_, scores_;
};

}  // namespace

std::unique_ptr<RowLoss> row_loss(const TrainingRows& rows, std::int64_t cells, const ProbeDevice* device) {
  if (device == nullptr) return std::make_unique<RowLossHere>(rows, cells);
  return std::make_unique<DeviceRowLoss>(device->accelerator(), device->reserved(), rows, cells);
}

}  // namespace equinfo
