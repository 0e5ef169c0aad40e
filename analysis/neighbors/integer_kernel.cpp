#include "neighbors/integer_kernel.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include <bit>
#include <cstring>

#define EQUINFO_INTEGERS [[gnu::target("avx512f,avx512bw,avx512vnni,bmi,popcnt")]]
#define EQUINFO_INTEGERS_INLINE [[gnu::target("avx512f,avx512bw,avx512vnni,bmi,popcnt"), gnu::always_inline]] inline
#endif

namespace equinfo {

#if defined(__x86_64__)
namespace {

constexpr std::int64_t kLanes = 16;
constexpr int kStrip = kIntegerStripRows;

EQUINFO_INTEGERS_INLINE __mmask16 first_lanes(std::int64_t count) {
  return static_cast<__mmask16>(count >= kLanes ? 0xFFFFU : (1U << static_cast<unsigned>(count)) - 1U);
}

EQUINFO_INTEGERS_INLINE __m512i repeated(const std::int8_t* group) {
  std::int32_t four;
  std::memcpy(&four, group, sizeof(four));
  return _mm512_set1_epi32(four);
}

/// Plain intrinsics of GCC 12 draw a false warning about uninitialised values; with a full mask they are the same.
EQUINFO_INTEGERS_INLINE __m512i larger_of(__m512i a, __m512i b) { return _mm512_maskz_max_epi32(0xFFFF, a, b); }

/// Lanes of 128 bits side by side added: a's two pairs, then b's.
EQUINFO_INTEGERS_INLINE __m512 folded(__m512 a, __m512 b) {
  constexpr int kEven = 0x88, kOdd = 0xDD;
  return _mm512_add_ps(_mm512_maskz_shuffle_f32x4(0xFFFF, a, b, kEven), _mm512_maskz_shuffle_f32x4(0xFFFF, a, b, kOdd));
}

/// Σ over the four lanes of 128 bits and the numbers in them of 16 registers: [16].
EQUINFO_INTEGERS_INLINE __m512 sums_of(const __m512 (&of)[kLanes]) {
  constexpr __mmask16 kAll = 0xFFFF;
  __m512 quads[4];
#pragma GCC unroll 4
  for (int q = 0; q < 4; ++q) {
    const __m512 *v = of + 4 * q, a = v[0], b = v[1], c = v[2], d = v[3];
    const __m512 ab = _mm512_add_ps(_mm512_maskz_unpacklo_ps(kAll, a, b), _mm512_maskz_unpackhi_ps(kAll, a, b));
    const __m512 cd = _mm512_add_ps(_mm512_maskz_unpacklo_ps(kAll, c, d), _mm512_maskz_unpackhi_ps(kAll, c, d));
    const __m512d abd = _mm512_castps_pd(ab), cdd = _mm512_castps_pd(cd);
    quads[q] = _mm512_add_ps(_mm512_castpd_ps(_mm512_maskz_unpacklo_pd(0xFF, abd, cdd)),
                             _mm512_castpd_ps(_mm512_maskz_unpackhi_pd(0xFF, abd, cdd)));
  }
  return folded(folded(quads[0], quads[1]), folded(quads[2], quads[3]));
}

/// Of the rows whose bits are not all zero, their numbers; returns how many.
EQUINFO_INTEGERS std::int64_t rows_with_bits(const PanelPairs& pairs, std::int32_t* rows) {
  const __m512i valid = _mm512_set1_epi32(static_cast<int>(pairs.valid));
  __m512i index = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  std::int64_t found = 0;
  for (std::int64_t row = 0; row < pairs.row_count; row += kLanes) {
    const __mmask16 there = first_lanes(pairs.row_count - row);
    const __mmask16 any = _mm512_mask_test_epi32_mask(there, _mm512_maskz_loadu_epi32(there, pairs.bits + row), valid);
    _mm512_storeu_si512(rows + found, _mm512_maskz_compress_epi32(any, index));
    found += std::popcount(static_cast<unsigned>(any));
    index = _mm512_add_epi32(index, _mm512_set1_epi32(kLanes));
  }
  return found;
}

/// Writes the pairs that the bits name behind the list's; returns how many.
EQUINFO_INTEGERS std::int64_t list_pairs(const PanelPairs& pairs, CandidateList& out) {
  std::int32_t rows[kIntegerMostRows + kLanes];
  const std::int64_t hit = rows_with_bits(pairs, rows);
  std::int32_t *i = out.i.data() + out.size, *j = out.j.data() + out.size;
  std::int64_t count = 0;
  for (std::int64_t h = 0; h < hit; ++h) {
    const std::uint32_t bits = pairs.bits[rows[h]] & pairs.valid;
    const std::int64_t end = count + _mm_popcnt_u32(bits);
    // Two at once without asking whether there is a second: what is foreseen wrongly costs more than to write it.
    std::uint32_t others = _blsr_u32(bits);
    i[count] = i[count + 1] = rows[h];
    j[count] = static_cast<std::int32_t>(_tzcnt_u32(bits));
    j[count + 1] = static_cast<std::int32_t>(_tzcnt_u32(others));
    for (count += 2; count < end; ++count) {
      others = _blsr_u32(others);
      i[count] = rows[h];
      j[count] = static_cast<std::int32_t>(_tzcnt_u32(others));
    }
    count = end;
  }
  return count;
}

/// c_i · c_j of 16 listed pairs.
template <bool kShort>
EQUINFO_INTEGERS_INLINE __m512 products_of(const PanelPairs& pairs, const std::int32_t* i, const std::int32_t* j) {
  const std::int64_t cols = pairs.cols;
  const float *rows = pairs.coordinates + pairs.first_row * cols, *columns = pairs.coordinates + pairs.first_col * cols;
  __m512 sums[kLanes];
#pragma GCC unroll 16
  for (std::int64_t p = 0; p < kLanes; ++p) {
    const float *a = rows + i[p] * cols, *b = columns + j[p] * cols;
    const __mmask16 there = first_lanes(cols);
    sums[p] = _mm512_mul_ps(_mm512_maskz_loadu_ps(there, a), _mm512_maskz_loadu_ps(there, b));
    if constexpr (kShort) continue;
    for (std::int64_t c = kLanes; c < cols; c += kLanes) {
      const __mmask16 left = first_lanes(cols - c);
      sums[p] = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(left, a + c), _mm512_maskz_loadu_ps(left, b + c), sums[p]);
    }
  }
  return sums_of(sums);
}

}  // namespace

EQUINFO_INTEGERS void compare_integers(const IntegerPanel& panel, std::uint32_t* bits) {
  const __m512i start0 = _mm512_loadu_si512(panel.col_start), start1 = _mm512_loadu_si512(panel.col_start + kLanes);
  const __m512i reach0 = _mm512_loadu_si512(panel.col_reach), reach1 = _mm512_loadu_si512(panel.col_reach + kLanes);
  const std::int64_t stride = panel.groups * kIntegerGroup;
  for (std::int64_t row = 0; row < panel.row_count; row += kStrip) {
    __m512i sums[kStrip][2];
#pragma GCC unroll 8
    for (int r = 0; r < kStrip; ++r) {
      sums[r][0] = start0;
      sums[r][1] = start1;
    }
    const std::int8_t* own = panel.rows + row * stride;
    const std::uint8_t* columns = panel.columns;
    for (std::int64_t g = 0; g < panel.groups; ++g, own += kIntegerGroup, columns += 128) {
      const __m512i z0 = _mm512_load_si512(columns), z1 = _mm512_load_si512(columns + 64);
#pragma GCC unroll 8
      for (int r = 0; r < kStrip; ++r) {
        const __m512i q = repeated(own + r * stride);
        sums[r][0] = _mm512_dpbusd_epi32(sums[r][0], z0, q);
        sums[r][1] = _mm512_dpbusd_epi32(sums[r][1], z1, q);
      }
    }
#pragma GCC unroll 8
    for (int r = 0; r < kStrip; ++r) {
      const __m512i reach = _mm512_set1_epi32(panel.row_reach[row + r]);
      const __m512i need = _mm512_set1_epi32(panel.row_need[row + r]);
      const __m512i s0 = _mm512_add_epi32(sums[r][0], larger_of(reach, reach0));
      const __m512i s1 = _mm512_add_epi32(sums[r][1], larger_of(reach, reach1));
      const std::uint32_t low = _mm512_cmpge_epi32_mask(s0, need), high = _mm512_cmpge_epi32_mask(s1, need);
      bits[row + r] = low | high << 16;
    }
  }
}

EQUINFO_INTEGERS void append_pairs(const PanelPairs& pairs, CandidateList& out) {
  const std::int64_t count = list_pairs(pairs, out);
  std::int32_t *i = out.i.data() + out.size, *j = out.j.data() + out.size;
  for (std::int64_t p = count; p < count + kLanes; ++p) i[p] = j[p] = 0;
  const float *row_norm = pairs.low_norm + pairs.first_row, *col_norm = pairs.low_norm + pairs.first_col;
  const __m512 norm0 = _mm512_loadu_ps(col_norm), norm1 = _mm512_loadu_ps(col_norm + kLanes);
  const __m512 limit0 = _mm512_loadu_ps(pairs.col_limit), limit1 = _mm512_loadu_ps(pairs.col_limit + kLanes);
  const __m512i first_row = _mm512_set1_epi32(pairs.first_row), first_col = _mm512_set1_epi32(pairs.first_col);
  const __m512 zero = _mm512_setzero_ps();
  for (std::int64_t p = 0; p < count; p += kLanes) {
    const __mmask16 there = first_lanes(count - p);
    const __m512i row = _mm512_loadu_si512(i + p), col = _mm512_loadu_si512(j + p);
    const __m512 products =
        pairs.cols <= kLanes ? products_of<true>(pairs, i + p, j + p) : products_of<false>(pairs, i + p, j + p);
    const __m512 norms = _mm512_add_ps(_mm512_mask_i32gather_ps(zero, 0xFFFF, row, row_norm, sizeof(float)),
                                       _mm512_permutex2var_ps(norm0, col, norm1));
    const __m512 low = _mm512_fnmadd_ps(_mm512_set1_ps(2.0F), products, norms);
    const __m512 limit =
        _mm512_maskz_max_ps(0xFFFF, _mm512_mask_i32gather_ps(zero, there, row, pairs.row_limit, sizeof(float)),
                            _mm512_permutex2var_ps(limit0, col, limit1));
    const __mmask16 near = _mm512_mask_cmp_ps_mask(there, low, limit, _CMP_LE_OQ);
    _mm512_storeu_si512(out.i.data() + out.size, _mm512_maskz_compress_epi32(near, _mm512_add_epi32(row, first_row)));
    _mm512_storeu_si512(out.j.data() + out.size, _mm512_maskz_compress_epi32(near, _mm512_add_epi32(col, first_col)));
    _mm512_storeu_ps(out.low.data() + out.size, _mm512_maskz_compress_ps(near, low));
    out.size += static_cast<std::size_t>(std::popcount(static_cast<unsigned>(near)));
  }
}

EQUINFO_INTEGERS void reaches_of(const float* limits, const float* errors, std::int64_t count, float steps,
                                 std::int32_t* reaches) {
  constexpr float kUp = 1.0F + 0x1p-20F;
  for (std::int64_t r = 0; r < count; r += kLanes) {
    const __mmask16 there = first_lanes(count - r);
    const __m512 limit = _mm512_maskz_loadu_ps(there, limits + r);
    const __mmask16 asked = _mm512_cmp_ps_mask(limit, _mm512_setzero_ps(), _CMP_GE_OQ);
    const __m512 root = _mm512_fmadd_ps(_mm512_maskz_sqrt_ps(asked, limit), _mm512_set1_ps(steps),
                                        _mm512_maskz_loadu_ps(there, errors + r));
    const __m512 half = _mm512_fmadd_ps(_mm512_mul_ps(root, root), _mm512_set1_ps(0.5F * kUp), _mm512_set1_ps(1.0F));
    const __m512 most = _mm512_set1_ps(static_cast<float>(kReachAlways));
    const __m512i reach = _mm512_maskz_cvttps_epi32(0xFFFF, _mm512_maskz_min_ps(0xFFFF, half, most));
    _mm512_mask_storeu_epi32(reaches + r, there, _mm512_mask_mov_epi32(_mm512_set1_epi32(kReachNever), asked, reach));
  }
}

bool integers_available() { return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vnni"); }

#else

void compare_integers(const IntegerPanel&, std::uint32_t*) {}
void append_pairs(const PanelPairs&, CandidateList&) {}
void reaches_of(const float*, const float*, std::int64_t, float, std::int32_t*) {}
bool integers_available() { return false; }

#endif

}  // namespace equinfo
