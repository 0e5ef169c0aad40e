#include "neighbors/strip_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include <bit>
#endif

namespace equinfo {

#if defined(__x86_64__)
namespace {

constexpr int kRows = kStripRows;

/// The plain intrinsic draws a false warning about uninitialised values from GCC 12; with a full mask it is the same.
[[gnu::target("avx512f"), gnu::always_inline]] inline __m512 larger_of(__m512 a, __m512 b) {
  return _mm512_maskz_max_ps(0xFFFF, a, b);
}

[[gnu::target("avx512f"), gnu::always_inline]] inline void append(const Strip& s, int row, int half, std::uint32_t bits,
                                                                  const float* low, CandidateList& out) {
  const auto mask = static_cast<__mmask16>(bits >> (16 * half));
  const __m512i lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  const __m512i col = _mm512_add_epi32(lanes, _mm512_set1_epi32(s.first_col + 16 * half));
  _mm512_storeu_si512(out.i.data() + out.size, _mm512_set1_epi32(s.first_row + row));
  _mm512_storeu_si512(out.j.data() + out.size, _mm512_maskz_compress_epi32(mask, col));
  _mm512_storeu_ps(out.low.data() + out.size, _mm512_maskz_compress_ps(mask, _mm512_load_ps(low + 16 * half)));
  out.size += static_cast<std::size_t>(std::popcount(mask));
}

/// Of each row the sums of a panel's two halves.
struct Sums {
  __m512 of[kRows][2];
};

/// The norms, or the sums of the coordinates before.
[[gnu::target("avx512f"), gnu::always_inline]] inline void begin(const Strip& s, Sums& sums) {
  if (s.resume != nullptr) {
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      sums.of[r][0] = _mm512_loadu_ps(s.resume + r * kPanel);
      sums.of[r][1] = _mm512_loadu_ps(s.resume + r * kPanel + 16);
    }
    return;
  }
  const __m512 norm0 = _mm512_loadu_ps(s.col_norm), norm1 = _mm512_loadu_ps(s.col_norm + 16);
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    const __m512 own = _mm512_set1_ps(s.row_norm[r]);
    sums.of[r][0] = _mm512_add_ps(own, norm0);
    sums.of[r][1] = _mm512_add_ps(own, norm1);
  }
}

[[gnu::target("avx512f"), gnu::always_inline]] inline void subtract_products(const Strip& s, Sums& sums) {
  for (std::int64_t c = 0; c < s.cols; ++c) {
    const __m512 z0 = _mm512_load_ps(s.panel + c * kPanel), z1 = _mm512_load_ps(s.panel + c * kPanel + 16);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      const __m512 own = _mm512_set1_ps(s.rows[r * s.stride + c]);
      sums.of[r][0] = _mm512_fnmadd_ps(own, z0, sums.of[r][0]);
      sums.of[r][1] = _mm512_fnmadd_ps(own, z1, sums.of[r][1]);
    }
  }
}

[[gnu::target("avx512f"), gnu::always_inline]] inline void store(const Sums& sums, float* to) {
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    _mm512_storeu_ps(to + r * kPanel, sums.of[r][0]);
    _mm512_storeu_ps(to + r * kPanel + 16, sums.of[r][1]);
  }
}

/// Appends the pairs within the larger of their limits.
[[gnu::target("avx512f"), gnu::always_inline]] inline void append_near(const Strip& s, const Sums& sums,
                                                                       CandidateList& out) {
  const __m512 limit0 = _mm512_loadu_ps(s.col_limit), limit1 = _mm512_loadu_ps(s.col_limit + 16);
  alignas(64) std::uint32_t bits[16] = {};
  std::uint32_t any = 0;
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    const __m512 own = _mm512_set1_ps(s.row_limit[r]);
    const std::uint32_t low = _mm512_cmp_ps_mask(sums.of[r][0], larger_of(own, limit0), _CMP_LE_OQ);
    const std::uint32_t high = _mm512_cmp_ps_mask(sums.of[r][1], larger_of(own, limit1), _CMP_LE_OQ);
    bits[r] = low | high << 16;
    any |= bits[r];
  }
  if ((any & s.valid) == 0) return;
  alignas(64) float lows[kRows][kPanel];
  store(sums, lows[0]);
  const __m512i wanted = _mm512_and_epi32(_mm512_load_si512(bits), _mm512_set1_epi32(static_cast<int>(s.valid)));
  std::uint32_t rows = _mm512_test_epi32_mask(wanted, wanted) & ((1U << s.rows_asked) - 1U);
  for (; rows != 0; rows &= rows - 1) {
    const int r = std::countr_zero(rows);
    append(s, r, 0, bits[r] & s.valid, lows[r], out);
    append(s, r, 1, bits[r] & s.valid, lows[r], out);
  }
}

[[gnu::target("avx512f")]] void strip(const Strip& s, CandidateList& out) {
  Sums sums;
  begin(s, sums);
  subtract_products(s, sums);
  if (s.suspend != nullptr) {
    store(sums, s.suspend);
  } else {
    append_near(s, sums, out);
  }
}

}  // namespace

StripKernel strip_kernel_avx512() { return __builtin_cpu_supports("avx512f") ? strip : nullptr; }

#else

StripKernel strip_kernel_avx512() { return nullptr; }

#endif

}  // namespace equinfo
