#include "neighbors/strip_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include <bit>
#endif

namespace equinfo {

#if defined(__x86_64__)
namespace {

constexpr int kRegisters = 4;  // of 8 columns each

/// Of two rows, for each the bits of the panel's columns within a limit, and the values.
struct PairHits {
  std::uint32_t bits[2] = {0, 0};
  alignas(32) float low[2][kPanel];
};

/// The larger of the limits, column by column.
[[gnu::target("avx2,fma"), gnu::always_inline]] inline __m256 limit_of(const Strip& s, int row, int v) {
  return _mm256_max_ps(_mm256_set1_ps(s.row_limit[row]), _mm256_loadu_ps(s.col_limit + 8 * v));
}

/// Two rows against the four registers of a panel: 8 sums of the 16 registers. Whether the sums are complete.
[[gnu::target("avx2,fma")]] bool row_pair(const Strip& s, int first, PairHits& hits) {
  __m256 sum[2][kRegisters];
#pragma GCC unroll 4
  for (int v = 0; v < kRegisters; ++v) {
#pragma GCC unroll 2
    for (int r = 0; r < 2; ++r) {
      sum[r][v] = s.resume != nullptr
                      ? _mm256_loadu_ps(s.resume + (first + r) * kPanel + 8 * v)
                      : _mm256_add_ps(_mm256_set1_ps(s.row_norm[first + r]), _mm256_loadu_ps(s.col_norm + 8 * v));
    }
  }
  const float *a = s.rows + first * s.stride, *b = a + s.stride;
  for (std::int64_t c = 0; c < s.cols; ++c) {
    const __m256 own_a = _mm256_broadcast_ss(a + c), own_b = _mm256_broadcast_ss(b + c);
#pragma GCC unroll 4
    for (int v = 0; v < kRegisters; ++v) {
      const __m256 z = _mm256_load_ps(s.panel + c * kPanel + 8 * v);
      sum[0][v] = _mm256_fnmadd_ps(own_a, z, sum[0][v]);
      sum[1][v] = _mm256_fnmadd_ps(own_b, z, sum[1][v]);
    }
  }
#pragma GCC unroll 4
  for (int v = 0; v < kRegisters; ++v) {
#pragma GCC unroll 2
    for (int r = 0; r < 2; ++r) {
      if (s.suspend != nullptr) {
        _mm256_storeu_ps(s.suspend + (first + r) * kPanel + 8 * v, sum[r][v]);
      } else {
        const int mask = _mm256_movemask_ps(_mm256_cmp_ps(sum[r][v], limit_of(s, first + r, v), _CMP_LE_OQ));
        hits.bits[r] |= static_cast<std::uint32_t>(mask) << (8 * v);
        _mm256_store_ps(hits.low[r] + 8 * v, sum[r][v]);
      }
    }
  }
  return s.suspend == nullptr;
}

void strip(const Strip& s, CandidateList& out) {
  for (int first = 0; first < s.rows_asked; first += 2) {
    PairHits hits;
    if (!row_pair(s, first, hits)) continue;
    for (int r = 0; r < 2 && first + r < s.rows_asked; ++r) {
      for (std::uint32_t bits = hits.bits[r] & s.valid; bits != 0; bits &= bits - 1) {
        const int lane = std::countr_zero(bits);
        out.add({s.first_row + first + r, s.first_col + lane, hits.low[r][lane]});
      }
    }
  }
}

}  // namespace

StripKernel strip_kernel_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? strip : nullptr;
}

#else

StripKernel strip_kernel_avx2() { return nullptr; }

#endif

}  // namespace equinfo
