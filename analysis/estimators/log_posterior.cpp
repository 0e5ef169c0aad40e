#include "estimators/log_posterior.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "compute/vector_exp.h"

namespace equinfo {
namespace {

constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();
constexpr float kImpossible = -1e30F;
constexpr double kTiny = 1e-26;  // far above where the exponential of float32 ends

}  // namespace

LogPosterior::LogPosterior(const LogPriors& priors)
    : of_class(priors.y.size()), of_transform(priors.t.size()), weight_(priors.cell.size()) {
  for (const double log_p : priors.cell) possible_.push_back(std::isfinite(log_p));
}

void LogPosterior::read(std::span<const float> scores) {
  const std::size_t transforms = of_transform.size();
  for (std::size_t c = 0; c < weight_.size(); ++c) weight_[c] = possible_[c] ? scores[c] : kImpossible;
  const float top = largest_of(weight_);
  exp_minus(weight_, top);
  std::ranges::fill(of_transform, 0.0);
  double sum = 0.0;
  for (std::size_t y = 0; y < of_class.size(); ++y) {
    of_class[y] = 0.0;
    for (std::size_t t = 0; t < transforms; ++t) {
      const double weight = weight_[y * transforms + t];
      of_class[y] += weight;
      of_transform[t] += weight;
    }
    sum += of_class[y];
  }
  norm = top + std::log(sum);
  for (std::size_t y = 0; y < of_class.size(); ++y) {
    of_class[y] = log_share(of_class[y], top, scores, y * transforms, 1, transforms);
  }
  for (std::size_t t = 0; t < transforms; ++t) {
    of_transform[t] = log_share(of_transform[t], top, scores, t, transforms, of_class.size());
  }
}

/// ln of the share that `count` cells, `stride` apart, have of the whole; `sum` is that of their weights.
double LogPosterior::log_share(double sum, float top, std::span<const float> scores, std::size_t first,
                               std::size_t stride, std::size_t count) const {
  if (sum > kTiny) return top + std::log(sum) - norm;
  double largest = kMinusInfinity, anew = 0.0;
  for (std::size_t k = 0; k < count; ++k) largest = std::max(largest, possible_score(scores, first + k * stride));
  if (largest == kMinusInfinity) return kMinusInfinity;
  for (std::size_t k = 0; k < count; ++k) anew += std::exp(possible_score(scores, first + k * stride) - largest);
  return largest + std::log(anew) - norm;
}

double LogPosterior::possible_score(std::span<const float> scores, std::size_t cell) const {
  return possible_[cell] ? scores[cell] : kMinusInfinity;
}

}  // namespace equinfo
