#include "audit/spectrum.h"

#include <cmath>
#include <numbers>
#include <vector>

#include "compute/blas.h"

namespace equinfo {
namespace {

/// Column k of [n, count]: cos(2π k j / n), then sin in the columns after them.
Matrix<float> waves(std::int64_t n, std::int64_t count) {
  Matrix<float> table(n, 2 * count);
  for (std::int64_t j = 0; j < n; ++j) {
    for (std::int64_t k = 0; k < count; ++k) {
      const double angle = 2.0 * std::numbers::pi * static_cast<double>(j * k % n) / static_cast<double>(n);
      table(j, k) = static_cast<float>(std::cos(angle));
      table(j, count + k) = static_cast<float>(std::sin(angle));
    }
  }
  return table;
}

std::vector<double> hann(std::int64_t n, bool window) {
  std::vector<double> weights(static_cast<std::size_t>(n), 1.0);
  for (std::int64_t j = 0; window && j < n; ++j) {
    const double at = (static_cast<double>(j) + 0.5) / static_cast<double>(n);
    weights[static_cast<std::size_t>(j)] = 0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * at);
  }
  return weights;
}

}  // namespace

struct Spectrum::Tables {
  std::int64_t height, width;
  std::vector<double> row_weight, column_weight;
  Matrix<float> columns, rows;  // waves
};

Spectrum::Spectrum(std::int64_t height, std::int64_t width, bool window)
    : tables_(std::make_unique<const Tables>(Tables{height, width, hann(height, window), hann(width, window),
                                                    waves(width, width / 2 + 1), waves(height, height)})) {}
Spectrum::~Spectrum() = default;
Spectrum::Spectrum(Spectrum&&) noexcept = default;

Matrix<float> Spectrum::power(const Matrix<float>& plane) const {
  const auto& t = *tables_;
  const std::int64_t h = t.height, columns = t.width / 2 + 1;
  double mean = 0.0;
  for (std::int64_t k = 0; k < h * t.width; ++k) mean += plane.data()[k];
  mean /= static_cast<double>(h * t.width);
  Matrix<float> windowed(h, t.width), along(h, 2 * columns), both(2 * h, 2 * columns), result(h, columns);
  for (std::int64_t i = 0; i < h; ++i) {
    for (std::int64_t j = 0; j < t.width; ++j) {
      const double weight = t.row_weight[static_cast<std::size_t>(i)] * t.column_weight[static_cast<std::size_t>(j)];
      windowed(i, j) = static_cast<float>((plane(i, j) - mean) * weight);
    }
  }
  multiply(1.0F, windowed, Transpose::kNo, t.columns, Transpose::kNo, 0.0F, along.view());
  // Rows u of `both` are the cosine sums, rows h + u the sine sums, of the columns' cosine and sine parts.
  multiply(1.0F, t.rows, Transpose::kYes, along, Transpose::kNo, 0.0F, both.view());
  const auto scale = 1.0F / static_cast<float>(h * t.width);
  for (std::int64_t u = 0; u < h; ++u) {
    for (std::int64_t v = 0; v < columns; ++v) {
      const float real = both(u, v) - both(h + u, columns + v), imaginary = both(u, columns + v) + both(h + u, v);
      result(u, v) = scale * (real * real + imaginary * imaginary);
    }
  }
  return result;
}

double row_frequency(std::int64_t u, std::int64_t height) {
  return static_cast<double>(2 * u > height ? u - height : u) / static_cast<double>(height);
}

}  // namespace equinfo
