// The outermost lines of an image: seams, marks, interpolation's frame. In luma and both chroma, and raw.

#include <algorithm>
#include <array>
#include <cmath>

#include "audit/feature_writer.h"
#include "audit/view_table.h"

namespace equinfo::view_table {
namespace {

constexpr std::int64_t kLines = 4;

/// Lines of a plane from one of its sides inwards: 0 top, 1 bottom, 2 left, 3 right.
class Side {
 public:
  Side(const Matrix<float>& plane, int side) : plane_(&plane), side_(side) {}
  std::int64_t length() const { return side_ < 2 ? plane_->cols() : plane_->rows(); }
  float operator()(std::int64_t line, std::int64_t along) const {
    if (side_ == 0) return (*plane_)(line, along);
    if (side_ == 1) return (*plane_)(plane_->rows() - 1 - line, along);
    if (side_ == 2) return (*plane_)(along, line);
    return (*plane_)(along, plane_->cols() - 1 - line);
  }

 private:
  const Matrix<float>* plane_;
  int side_;
};

double median(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// How a side's lines step into each other.
void add_steps(const Side& side, FeatureWriter& writer) {
  const auto length = side.length();
  std::vector<float> steps(static_cast<std::size_t>(length));
  for (std::int64_t line = 0; line + 1 < kLines; ++line) {
    double sum = 0.0;
    for (std::int64_t k = 0; k < length; ++k) {
      steps[static_cast<std::size_t>(k)] = std::abs(side(line, k) - side(line + 1, k));
      sum += steps[static_cast<std::size_t>(k)];
    }
    writer.add_log(sum / static_cast<double>(length));
    writer.add_log(median(steps));
  }
  double zeros[2] = {0.0, 0.0}, bend = 0.0, roughness = 0.0;
  for (std::int64_t k = 0; k < length; ++k) {
    for (std::int64_t line = 0; line < 2; ++line) zeros[line] += side(line, k) == 0.0F;
    bend += std::abs(side(0, k) + side(2, k) - 2.0F * side(1, k));
    if (k > 0) roughness += std::abs(side(0, k) - side(0, k - 1));
  }
  writer.add(zeros[0] / static_cast<double>(length));
  writer.add(zeros[1] / static_cast<double>(length));
  writer.add_log(roughness / static_cast<double>(length - 1));
  writer.add(bend / static_cast<double>(length));
}

/// Pixel (i, j) counted from corner 0 … 3 inwards.
float from_corner(const Matrix<float>& plane, int corner, std::int64_t i, std::int64_t j) {
  return plane(corner / 2 == 0 ? i : plane.rows() - 1 - i, corner % 2 == 0 ? j : plane.cols() - 1 - j);
}

/// The 2 × 2 pixels of each corner, less the median of its 3 × 3 if `relative`.
void add_corners(const Matrix<float>& plane, bool relative, FeatureWriter& writer) {
  for (int corner = 0; corner < 4; ++corner) {
    std::vector<float> around;
    for (std::int64_t k = 0; k < 9; ++k) around.push_back(from_corner(plane, corner, k / 3, k % 3));
    const double base = relative ? median(around) : 0.0;
    for (std::int64_t k = 0; k < 4; ++k) writer.add(from_corner(plane, corner, k / 2, k % 2) - base);
  }
}

/// Mean and standard deviation of a side's first `lines` lines.
std::pair<double, double> strip(const Side& side, std::int64_t lines) {
  double sum = 0.0, squares = 0.0;
  for (std::int64_t line = 0; line < lines; ++line) {
    for (std::int64_t k = 0; k < side.length(); ++k) {
      sum += side(line, k);
      squares += static_cast<double>(side(line, k)) * side(line, k);
    }
  }
  const double n = static_cast<double>(lines * side.length()), mean = sum / n;
  return {mean, std::sqrt(std::max(0.0, squares / n - mean * mean))};
}

void write(const ImagePlanes& image, FeatureWriter& writer) {
  for (const auto& plane : image.luma_and_chroma()) {
    for (int side = 0; side < 4; ++side) add_steps({plane, side}, writer);
    add_corners(plane, true, writer);
  }
  for (const auto& plane : image.channels()) {
    add_corners(plane, false, writer);
    for (int side = 0; side < 4; ++side) {
      writer.add(strip({plane, side}, 1).first);
      writer.add(strip({plane, side}, kLines).first);
      writer.add(strip({plane, side}, 2).second);
    }
  }
}

View bind(const ImageRows& images, const ViewOptions&) {
  FeatureWriter counter;
  write(ImagePlanes(blank_images(images, 1), 0), counter);
  return {static_cast<std::int64_t>(counter.count()), [](const ImagePlanes& image, std::span<float> features) {
            FeatureWriter writer(features);
            write(image, writer);
          }};
}

}  // namespace

ViewKind border() { return {"border", "the outermost lines and corners: seams, marks, frames", true, true, bind}; }

}  // namespace equinfo::view_table
