#pragma once

#include <cstdint>
#include <memory>

#include "core/matrix.h"

namespace equinfo {

/// The power spectrum of planes of one size, by products with small matrices of sines.
class Spectrum {
 public:
  /// With a Hann window, or none, before the transform.
  Spectrum(std::int64_t height, std::int64_t width, bool window);
  ~Spectrum();
  Spectrum(Spectrum&&) noexcept;

  /// |F(u, v)|² / (height · width) of a plane less its mean, [height, width / 2 + 1]; column v is v / width cycles a
  /// pixel, row u is u / height (u above height / 2 stands for u − height). 4·h·w·(h + w) operations.
  Matrix<float> power(const Matrix<float>& plane) const;

 private:
  struct Tables;
  std::unique_ptr<const Tables> tables_;
};

/// Cycles a pixel of row u of a spectrum, in −½ … ½.
double row_frequency(std::int64_t u, std::int64_t height);

}  // namespace equinfo
