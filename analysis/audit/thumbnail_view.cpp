// An image of 8 × 8 means a channel.

#include "audit/view_table.h"

namespace equinfo::view_table {
namespace {

constexpr std::int64_t kSide = 8;

double cell_mean(const Matrix<float>& plane, std::int64_t row, std::int64_t column) {
  const std::int64_t top = row * plane.rows() / kSide, bottom = (row + 1) * plane.rows() / kSide;
  const std::int64_t left = column * plane.cols() / kSide, right = (column + 1) * plane.cols() / kSide;
  double sum = 0.0;
  for (std::int64_t i = top; i < bottom; ++i) {
    for (std::int64_t j = left; j < right; ++j) sum += plane(i, j);
  }
  return sum / static_cast<double>((bottom - top) * (right - left));
}

void read(const ImagePlanes& image, std::span<float> features) {
  std::size_t next = 0;
  for (const auto& plane : image.channels()) {
    for (std::int64_t cell = 0; cell < kSide * kSide; ++cell) {
      features[next++] = static_cast<float>(cell_mean(plane, cell / kSide, cell % kSide));
    }
  }
}

View bind(const ImageRows& images, const ViewOptions&) { return {images.channels * kSide * kSide, read}; }

}  // namespace

ViewKind thumbnail() { return {"thumbnail", "8 × 8 pixels", false, true, bind}; }

}  // namespace equinfo::view_table
