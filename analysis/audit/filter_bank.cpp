#include "audit/filter_bank.h"

#include <algorithm>
#include <cmath>

#include "compute/blas.h"
#include "core/error.h"
#include "core/random.h"

namespace equinfo {
namespace {

constexpr std::int64_t kSide = 5, kPatches = 8192;
constexpr double kContrastFloor = 10.0;  // added to a patch's variance, in squared grey levels
constexpr double kWhiteningFloor = 0.1;  // added to the variances of normalised patches
constexpr double kFiringQuantile = 0.8;

/// The patch at (top, left) less its mean, over its contrast.
void copy_patch(const std::vector<Matrix<float>>& channels, std::int64_t top, std::int64_t left,
                std::span<float> patch) {
  std::size_t next = 0;
  float sum = 0.0F;
  for (const auto& plane : channels) {
    for (std::int64_t i = 0; i < kSide; ++i) {
      const float* from = &plane(top + i, left);
      for (std::int64_t j = 0; j < kSide; ++j) sum += patch[next++] = from[j];
    }
  }
  const auto size = static_cast<float>(patch.size());
  const float mean = sum / size;
  float squares = 0.0F;
  for (float& value : patch) {
    value -= mean;
    squares += value * value;
  }
  const float scale = 1.0F / std::sqrt(squares / size + static_cast<float>(kContrastFloor));
  for (float& value : patch) value *= scale;
}

/// Patches at random places of random images, [kPatches, patch].
Matrix<float> draw_patches(const ImageRows& images, RandomStream& stream) {
  require(images.height >= kSide && images.width >= kSide, "filters: images of {} x {} pixels; at least {} x {} needed",
          images.height, images.width, kSide, kSide);
  Matrix<float> patches(kPatches, images.channels * kSide * kSide);
  for (std::int64_t k = 0; k < kPatches; ++k) {
    const ImagePlanes image(images, stream.below(images.count));
    const auto top = stream.below(images.height - kSide + 1), left = stream.below(images.width - kSide + 1);
    copy_patch(image.channels(), top, left, patches.row(k));
  }
  return patches;
}

struct Whitener {
  std::vector<double> mean;
  Matrix<double> matrix;  // symmetric
};

Whitener whitener_of(const Matrix<float>& patches) {
  const std::int64_t d = patches.cols(), n = patches.rows();
  Whitener whitener{std::vector<double>(static_cast<std::size_t>(d)), Matrix<double>(d, d)};
  for (std::int64_t k = 0; k < n * d; ++k) whitener.mean[static_cast<std::size_t>(k % d)] += patches.data()[k];
  for (double& value : whitener.mean) value /= static_cast<double>(n);
  Matrix<double> centred(n, d), covariance(d, d);
  for (std::int64_t k = 0; k < n * d; ++k) {
    centred.data()[k] = (patches.data()[k] - whitener.mean[static_cast<std::size_t>(k % d)]) / std::sqrt(n);
  }
  gram(centred, 0.0, covariance.view());
  const SymmetricEigen eigen = symmetric_eigen(covariance);
  Matrix<double> scaled(d, d);
  for (std::int64_t k = 0; k < d; ++k) {
    const double factor = std::pow(std::max(0.0, eigen.values[static_cast<std::size_t>(k)]) + kWhiteningFloor, -0.25);
    for (std::int64_t j = 0; j < d; ++j) scaled(k, j) = factor * eigen.vectors(k, j);
  }
  gram(scaled, 0.0, whitener.matrix.view());
  return whitener;
}

/// Scales a direction to length one; a flat patch gives no direction and stays zero.
void normalise(std::span<double> direction) {
  double squares = 0.0;
  for (const double value : direction) squares += value * value;
  if (squares < 1e-12) return;
  for (double& value : direction) value /= std::sqrt(squares);
}

/// Whitened patches as rows of unit length, [filters, patch].
Matrix<double> picked_directions(const Matrix<float>& patches, const Whitener& whitener, std::int64_t filters,
                                 RandomStream& stream) {
  Matrix<double> picked(filters, patches.cols()), directions(filters, patches.cols());
  for (std::int64_t k = 0; k < filters; ++k) {
    const auto from = patches.row(stream.below(patches.rows()));
    for (std::size_t j = 0; j < from.size(); ++j) picked.row(k)[j] = from[j] - whitener.mean[j];
  }
  multiply(1.0, picked, Transpose::kNo, whitener.matrix, Transpose::kNo, 0.0, directions.view());
  for (std::int64_t k = 0; k < filters; ++k) normalise(directions.row(k));
  return directions;
}

Matrix<double> random_directions(std::int64_t filters, std::int64_t patch, RandomStream& stream) {
  Matrix<double> directions(filters, patch);
  for (std::int64_t k = 0; k < filters * patch; ++k) directions.data()[k] = stream.normal();
  for (std::int64_t k = 0; k < filters; ++k) normalise(directions.row(k));
  return directions;
}

/// The columns are filters, whitening included. [patch, filters]
Matrix<float> filters_of(const Matrix<double>& directions, const Whitener& whitener) {
  Matrix<double> product(whitener.matrix.rows(), directions.rows());
  multiply(1.0, whitener.matrix, Transpose::kNo, directions, Transpose::kYes, 0.0, product.view());
  Matrix<float> filters(product.rows(), product.cols());
  std::transform(product.data(), product.data() + product.rows() * product.cols(), filters.data(),
                 [](double value) { return static_cast<float>(value); });
  return filters;
}

std::vector<float> offsets_of(const Matrix<float>& filters, const std::vector<double>& mean) {
  std::vector<float> offsets(static_cast<std::size_t>(filters.cols()), 0.0F);
  for (std::int64_t j = 0; j < filters.rows(); ++j) {
    for (std::size_t k = 0; k < offsets.size(); ++k) {
      offsets[k] += filters(j, static_cast<std::int64_t>(k)) * static_cast<float>(mean[static_cast<std::size_t>(j)]);
    }
  }
  return offsets;
}

}  // namespace

void FilterBank::learn_thresholds(const Matrix<float>& patches) {
  Matrix<float> responses(patches.rows(), filters_.cols());
  multiply(1.0F, patches, Transpose::kNo, filters_, Transpose::kNo, 0.0F, responses.view());
  std::vector<float> magnitudes(static_cast<std::size_t>(patches.rows()));
  const auto place = static_cast<std::ptrdiff_t>(kFiringQuantile * static_cast<double>(patches.rows()));
  for (std::int64_t k = 0; k < filters_.cols(); ++k) {
    for (std::int64_t i = 0; i < patches.rows(); ++i) {
      magnitudes[static_cast<std::size_t>(i)] = std::abs(responses(i, k) - offset_[static_cast<std::size_t>(k)]);
    }
    std::nth_element(magnitudes.begin(), magnitudes.begin() + place, magnitudes.end());
    threshold_.push_back(magnitudes[static_cast<std::size_t>(place)]);
  }
}

FilterBank FilterBank::from_images(const ImageRows& images, std::int64_t filters, std::uint64_t seed) {
  RandomStream stream(seed, "audit filters");
  const auto patches = draw_patches(images, stream);
  const Whitener whitener = whitener_of(patches);
  FilterBank bank;
  bank.filters_ = filters_of(picked_directions(patches, whitener, filters, stream), whitener);
  bank.offset_ = offsets_of(bank.filters_, whitener.mean);
  bank.learn_thresholds(patches);
  return bank;
}

FilterBank FilterBank::random(const ImageRows& images, std::int64_t filters, std::uint64_t seed) {
  RandomStream stream(seed, "audit random filters");
  const auto patches = draw_patches(images, stream);
  const Whitener whitener = whitener_of(patches);
  FilterBank bank;
  bank.filters_ = filters_of(random_directions(filters, patches.cols(), stream), whitener);
  bank.offset_ = offsets_of(bank.filters_, whitener.mean);
  bank.learn_thresholds(patches);
  return bank;
}

void FilterBank::read(const ImagePlanes& image, std::int64_t grid, std::span<float> features) const {
  const auto& channels = image.channels();
  const std::int64_t rows = channels[0].rows() - kSide + 1, columns = channels[0].cols() - kSide + 1;
  const std::int64_t count = filters_.cols();
  Matrix<float> patches(columns, filters_.rows()), responses(columns, count);
  std::fill(features.begin(), features.end(), 0.0F);
  std::vector<float> places(static_cast<std::size_t>(grid * grid), 0.0F);
  for (std::int64_t top = 0; top < rows; ++top) {
    for (std::int64_t left = 0; left < columns; ++left) copy_patch(channels, top, left, patches.row(left));
    multiply(1.0F, patches, Transpose::kNo, filters_, Transpose::kNo, 0.0F, responses.view());
    for (std::int64_t left = 0; left < columns; ++left) {
      const std::int64_t part = top * grid / rows * grid + left * grid / columns;
      float* positive = features.data() + part * 2 * count;
      const float* response = &responses(left, 0);
      for (std::int64_t k = 0; k < count; ++k) {
        const float value = response[k] - offset_[static_cast<std::size_t>(k)];
        positive[k] += std::max(0.0F, value - threshold_[static_cast<std::size_t>(k)]);
        positive[count + k] += std::max(0.0F, -value - threshold_[static_cast<std::size_t>(k)]);
      }
      ++places[static_cast<std::size_t>(part)];
    }
  }
  for (std::size_t k = 0; k < features.size(); ++k) {
    features[k] = std::sqrt(features[k] / places[k / static_cast<std::size_t>(2 * count)]);
  }
}

}  // namespace equinfo
