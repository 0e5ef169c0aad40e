#pragma once

#include <cstdint>

/// The inner loops of batch norm: over n values whose channel repeats after `lanes` values. Few channels would leave
/// most of a processor's vector unused, so `lanes` is a multiple of their number. Numbers of channels come [lanes]
/// each; sums are added to.
namespace equinfo::norm_loops {

/// Σ x.
void add(const float* x, std::int64_t n, std::int64_t lanes, float* sums);
/// Σ (x − centre)².
void add_squares(const float* x, std::int64_t n, std::int64_t lanes, const float* centre, float* sums);
/// Σ g and Σ g (x − mean) of a gradient g.
void add_products(const float* gradient, const float* x, std::int64_t n, std::int64_t lanes, const float* mean,
                  float* sums, float* products);
/// The same of a gradient that is 0 where factor · x + offset is not positive.
void add_masked_products(const float* gradient, const float* x, std::int64_t n, std::int64_t lanes, const float* factor,
                         const float* offset, const float* mean, float* sums, float* products);

/// factor · x + offset.
void map(const float* x, std::int64_t n, std::int64_t lanes, const float* factor, const float* offset, float* y);
/// The same, 0 where that is negative.
void map_and_rectify(const float* x, std::int64_t n, std::int64_t lanes, const float* factor, const float* offset,
                     float* y);
/// factor · x + offset + added, 0 where that is negative.
void map_add_and_rectify(const float* x, const float* added, std::int64_t n, std::int64_t lanes, const float* factor,
                         const float* offset, float* y);

/// The gradient, 0 where y is.
void mask(const float* gradient, const float* y, std::int64_t n, float* masked);
/// by_gradient · g + by_x · x + constant.
void combine(const float* gradient, const float* x, std::int64_t n, std::int64_t lanes, const float* by_gradient,
             const float* by_x, const float* constant, float* result);
/// The same of a gradient that is 0 where factor · x + offset is not positive.
void combine_masked(const float* gradient, const float* x, std::int64_t n, std::int64_t lanes, const float* factor,
                    const float* offset, const float* by_gradient, const float* by_x, const float* constant,
                    float* result);

}  // namespace equinfo::norm_loops
