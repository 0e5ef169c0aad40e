#include "audit/surrogate.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "audit/spectrum.h"
#include "compute/blas.h"
#include "compute/parallel.h"
#include "core/random.h"

namespace equinfo {
namespace {

constexpr int kRadii = 24;
constexpr double kLargestRadius = 0.72;  // cycles a pixel; the corner of the spectrum is at .707
constexpr std::int64_t kMostImages = 512;

/// Mean power of luma by radius, linear between the centres of the bins.
class RadialSpectrum {
 public:
  explicit RadialSpectrum(const ImageRows& images) : sum_(kRadii), count_(kRadii) {
    const Spectrum spectrum(images.height, images.width, true);
    for (std::int64_t i = 0; i < std::min(images.count, kMostImages); ++i) {
      add(spectrum.power(ImagePlanes(images, i).luma_and_chroma()[0]), images.height, images.width);
    }
  }

  double at(double radius) const {
    const double place = std::clamp(radius / kLargestRadius * kRadii - 0.5, 0.0, kRadii - 1.0);
    const auto low = static_cast<std::size_t>(place), high = std::min<std::size_t>(low + 1, kRadii - 1);
    return mean(low) + (place - static_cast<double>(low)) * (mean(high) - mean(low));
  }

 private:
  void add(const Matrix<float>& power, std::int64_t height, std::int64_t width) {
    for (std::int64_t u = 0; u < power.rows(); ++u) {
      for (std::int64_t v = u == 0 ? 1 : 0; v < power.cols(); ++v) {
        const double radius = std::hypot(row_frequency(u, height), static_cast<double>(v) / static_cast<double>(width));
        const auto bin = std::min<std::size_t>(kRadii - 1, static_cast<std::size_t>(radius / kLargestRadius * kRadii));
        sum_[bin] += power(u, v);
        ++count_[bin];
      }
    }
  }

  /// Of a bin that small images leave empty: the next one's above that has any.
  double mean(std::size_t bin) const {
    while (count_[bin] == 0.0 && bin + 1 < kRadii) ++bin;
    return count_[bin] > 0.0 ? sum_[bin] / count_[bin] : 0.0;
  }

  std::vector<double> sum_, count_;
};

/// R [channels, channels] with R Rᵀ the mean covariance of the channels within an image; it may be singular.
Matrix<double> channel_root(const ImageRows& images) {
  const std::int64_t channels = images.channels, area = images.height * images.width;
  Matrix<double> covariance(channels, channels);
  for (std::int64_t i = 0; i < std::min(images.count, kMostImages); ++i) {
    const auto bytes = images.image(i);
    Matrix<double> centred(area, channels), own(channels, channels);
    for (std::int64_t c = 0; c < channels; ++c) {
      double mean = 0.0;
      for (std::int64_t k = 0; k < area; ++k) mean += bytes[static_cast<std::size_t>(c * area + k)];
      mean /= static_cast<double>(area);
      for (std::int64_t k = 0; k < area; ++k) centred(k, c) = bytes[static_cast<std::size_t>(c * area + k)] - mean;
    }
    gram(centred, 0.0, own.view());
    for (std::int64_t k = 0; k < channels * channels; ++k) covariance.data()[k] += own.data()[k];
  }
  const SymmetricEigen eigen = symmetric_eigen(covariance);
  Matrix<double> root(channels, channels);
  for (std::int64_t c = 0; c < channels; ++c) {
    for (std::int64_t k = 0; k < channels; ++k) {
      root(c, k) = eigen.vectors(k, c) * std::sqrt(std::max(0.0, eigen.values[static_cast<std::size_t>(k)]));
    }
  }
  return root;
}

/// Draws fields on a torus of twice the size, of which a corner is used: opposite borders know nothing of each other.
class FieldMaker {
 public:
  FieldMaker(std::int64_t height, std::int64_t width, const RadialSpectrum& spectrum)
      : amplitude_(2 * height, width + 1), down_(2 * height, 2 * height), along_(width + 1, 2 * width) {
    fill_waves(down_, height);
    fill_waves(along_, width);
    for (std::int64_t u = 0; u < amplitude_.rows(); ++u) {
      for (std::int64_t v = 0; v < amplitude_.cols(); ++v) {
        const double radius =
            std::hypot(row_frequency(u, 2 * height), static_cast<double>(v) / static_cast<double>(2 * width));
        // On these two columns a frequency and its mirror image are both drawn, elsewhere one of them.
        const double share = v == 0 || v == width ? 0.5 : 1.0;
        if (u > 0 || v > 0) amplitude_(u, v) = static_cast<float>(std::sqrt(share * spectrum.at(radius)));
      }
    }
  }

  Matrix<float> draw(RandomStream& stream) const {
    const std::int64_t height = down_.cols() / 2, width = along_.cols() / 2;
    Matrix<float> a = amplitude_, b = amplitude_, of_a(a.rows(), 2 * width), of_b(a.rows(), 2 * width);
    for (std::int64_t k = 0; k < a.rows() * a.cols(); ++k) {
      a.data()[k] *= static_cast<float>(stream.normal());
      b.data()[k] *= static_cast<float>(stream.normal());
    }
    multiply(1.0F, a, Transpose::kNo, along_, Transpose::kNo, 0.0F, of_a.view());
    multiply(1.0F, b, Transpose::kNo, along_, Transpose::kNo, 0.0F, of_b.view());
    // Σ a cos(θ + φ) + b sin(θ + φ), with θ down and φ along.
    Matrix<float> with_cos(a.rows(), width), with_sin(a.rows(), width), field(height, width);
    for (std::int64_t u = 0; u < a.rows(); ++u) {
      for (std::int64_t x = 0; x < width; ++x) {
        with_cos(u, x) = of_a(u, x) + of_b(u, width + x);
        with_sin(u, x) = of_b(u, x) - of_a(u, width + x);
      }
    }
    const std::int64_t stride = down_.cols();
    const MatrixView<const float> cosines(down_.data(), down_.rows(), height, stride);
    const MatrixView<const float> sines(down_.data() + height, down_.rows(), height, stride);
    multiply(1.0F, cosines, Transpose::kYes, with_cos, Transpose::kNo, 0.0F, field.view());
    multiply(1.0F, sines, Transpose::kYes, with_sin, Transpose::kNo, 1.0F, field.view());
    return field;
  }

 private:
  /// Row k: cos(π k j / size) for j = 0 … size − 1, then the sines.
  static void fill_waves(Matrix<float>& table, std::int64_t size) {
    for (std::int64_t k = 0; k < table.rows(); ++k) {
      for (std::int64_t j = 0; j < size; ++j) {
        const double angle = std::numbers::pi * static_cast<double>(k * j % (2 * size)) / static_cast<double>(size);
        table(k, j) = static_cast<float>(std::cos(angle));
        table(k, size + j) = static_cast<float>(std::sin(angle));
      }
    }
  }

  Matrix<float> amplitude_, down_, along_;
};

struct Moments {
  double mean = 0.0, deviation = 0.0;
};

template <class Value>
Moments moments_of(std::span<const Value> values) {
  double sum = 0.0, squares = 0.0;
  for (const Value value : values) sum += value;
  const double mean = sum / static_cast<double>(values.size());
  for (const Value value : values) squares += (value - mean) * (value - mean);
  return {mean, std::sqrt(squares / static_cast<double>(values.size()))};
}

/// Writes one surrogate with the image's own mean and deviation in every channel.
void write_surrogate(std::span<const std::uint8_t> image, const std::vector<Matrix<float>>& fields,
                     const Matrix<double>& root, std::span<std::uint8_t> to) {
  const auto area = image.size() / fields.size();
  for (std::size_t c = 0; c < fields.size(); ++c) {
    std::vector<double> mixed(area, 0.0);
    for (std::size_t k = 0; k < fields.size(); ++k) {
      const double weight = root(static_cast<std::int64_t>(c), static_cast<std::int64_t>(k));
      for (std::size_t p = 0; p < area; ++p) mixed[p] += weight * fields[k].data()[p];
    }
    const Moments wanted = moments_of(image.subspan(c * area, area)), own = moments_of(std::span<const double>(mixed));
    const double scale = own.deviation > 0.0 ? wanted.deviation / own.deviation : 0.0;
    for (std::size_t p = 0; p < area; ++p) {
      const double value = std::nearbyint(wanted.mean + scale * (mixed[p] - own.mean));
      to[c * area + p] = static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0));
    }
  }
}

}  // namespace

ImageRows surrogate_images(const ImageRows& images, std::uint64_t seed, int threads) {
  const FieldMaker maker(images.height, images.width, RadialSpectrum(images));
  const Matrix<double> root = channel_root(images);
  ImageRows surrogates = blank_images(images, images.count);
  parallel_for(images.count, threads, [&](std::int64_t i) {
    RandomStream stream(seed, "audit surrogates", static_cast<std::uint64_t>(i));
    std::vector<Matrix<float>> fields;
    for (std::int64_t c = 0; c < images.channels; ++c) fields.push_back(maker.draw(stream));
    write_surrogate(images.image(i), fields, root, surrogates.image(i));
  });
  return surrogates;
}

}  // namespace equinfo
