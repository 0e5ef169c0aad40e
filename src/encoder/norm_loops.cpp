#include "encoder/norm_loops.h"

#include <algorithm>

#include "compute/vectorised.h"

namespace equinfo::norm_loops {

EQUINFO_VECTORISED void add(const float* __restrict x, std::int64_t n, std::int64_t lanes, float* __restrict sums) {
  for (std::int64_t i = 0; i < n; i += lanes) {
    const auto width = std::min(lanes, n - i);
    for (std::int64_t j = 0; j < width; ++j) sums[j] += x[i + j];
  }
}

EQUINFO_VECTORISED void add_squares(const float* __restrict x, std::int64_t n, std::int64_t lanes,
                                    const float* __restrict centre, float* __restrict sums) {
  for (std::int64_t i = 0; i < n; i += lanes) {
    const auto width = std::min(lanes, n - i);
    for (std::int64_t j = 0; j < width; ++j) {
      const float distance = x[i + j] - centre[j];
      sums[j] += distance * distance;
    }
  }
}

EQUINFO_VECTORISED void map(const float* __restrict x, std::int64_t n, std::int64_t lanes,
                            const float* __restrict factor, const float* __restrict offset, float* __restrict y) {
  for (std::int64_t i = 0; i < n; i += lanes) {
    const auto width = std::min(lanes, n - i);
    for (std::int64_t j = 0; j < width; ++j) y[i + j] = factor[j] * x[i + j] + offset[j];
  }
}

EQUINFO_VECTORISED void map_and_rectify(const float* __restrict x, std::int64_t n, std::int64_t lanes,
                                        const float* __restrict factor, const float* __restrict offset,
                                        float* __restrict y) {
  for (std::int64_t i = 0; i < n; i += lanes) {
    const auto width = std::min(lanes, n - i);
    for (std::int64_t j = 0; j < width; ++j) {
      const float value = factor[j] * x[i + j] + offset[j];
      y[i + j] = value < 0 ? 0 : value;
    }
  }
}

EQUINFO_VECTORISED void map_add_and_rectify(const float* __restrict x, const float* __restrict added, std::int64_t n,
                                            std::int64_t lanes, const float* __restrict factor,
                                            const float* __restrict offset, float* __restrict y) {
  for (std::int64_t i = 0; i < n; i += lanes) {
    const auto width = std::min(lanes, n - i);
    for (std::int64_t j = 0; j < width; ++j) {
      const float value = factor[j] * x[i + j] + offset[j] + added[i + j];
      y[i + j] = value < 0 ? 0 : value;
    }
  }
}

EQUINFO_VECTORISED void add_products(const float* __restrict gradient, const float* __restrict x, std::int64_t n,
                                     std::int64_t lanes, const float* __restrict mean, float* __restrict sums,
                                     float* __restrict products) {
  for (std::int64_t i = 0; i < n; i += lanes) {
    const auto width = std::min(lanes, n - i);
    for (std::int64_t j = 0; j < width; ++j) {
      sums[j] += gradient[i + j];
      products[j] += gradient[i + j] * (x[i + j] - mean[j]);
    }
  }
}

EQUINFO_VECTORISED void add_masked_products(const float* __restrict gradient, const float* __restrict x, std::int64_t n,
                                            std::int64_t lanes, const float* __restrict factor,
                                            const float* __restrict offset, const float* __restrict mean,
                                            float* __restrict sums, float* __restrict products) {
  for (std::int64_t i = 0; i < n; i += lanes) {
    const auto width = std::min(lanes, n - i);
    for (std::int64_t j = 0; j < width; ++j) {
      const float g = factor[j] * x[i + j] + offset[j] <= 0 ? 0 : gradient[i + j];
      sums[j] += g;
      products[j] += g * (x[i + j] - mean[j]);
    }
  }
}

EQUINFO_VECTORISED void mask(const float* __restrict gradient, const float* __restrict y, std::int64_t n,
                             float* __restrict masked) {
  for (std::int64_t i = 0; i < n; ++i) masked[i] = y[i] <= 0 ? 0 : gradient[i];
}

EQUINFO_VECTORISED void combine(const float* __restrict gradient, const float* __restrict x, std::int64_t n,
                                std::int64_t lanes, const float* __restrict by_gradient, const float* __restrict by_x,
                                const float* __restrict constant, float* __restrict result) {
  for (std::int64_t i = 0; i < n; i += lanes) {
    const auto width = std::min(lanes, n - i);
    for (std::int64_t j = 0; j < width; ++j) {
      result[i + j] = by_gradient[j] * gradient[i + j] + (by_x[j] * x[i + j] + constant[j]);
    }
  }
}

EQUINFO_VECTORISED void combine_masked(const float* __restrict gradient, const float* __restrict x, std::int64_t n,
                                       std::int64_t lanes, const float* __restrict factor,
                                       const float* __restrict offset, const float* __restrict by_gradient,
                                       const float* __restrict by_x, const float* __restrict constant,
                                       float* __restrict result) {
  for (std::int64_t i = 0; i < n; i += lanes) {
    const auto width = std::min(lanes, n - i);
    for (std::int64_t j = 0; j < width; ++j) {
      const float g = factor[j] * x[i + j] + offset[j] <= 0 ? 0 : gradient[i + j];
      result[i + j] = by_gradient[j] * g + (by_x[j] * x[i + j] + constant[j]);
    }
  }
}

}  // namespace equinfo::norm_loops
