#include "neighbors/amx_kernel.h"

#include <algorithm>
#include <array>
#include <bit>

#if defined(__x86_64__) && defined(__linux__)
#include <immintrin.h>
#endif

namespace equinfo {

TileShape::TileShape(std::int64_t cols) : deep(cols / kDepth), flat(0) {
  constexpr std::int64_t kNorms = 6;
  flat = (3 * (cols - deep * kDepth) + kNorms + kDepth - 1) / kDepth;
}

#if defined(__x86_64__) && defined(__linux__)
namespace {

#define EQUINFO_WITH_TILES gnu::target("amx-tile,amx-bf16,avx512f,avx512bw")

constexpr std::int64_t kHalf = kTilePanel / 2;
constexpr std::int64_t kVectors = 2 * kTilePanel;  // of 16 columns each, in a panel's square

/// What is known of a square of pairs.
struct Square {
  alignas(64) std::array<float, kTilePanel * kTilePanel> low;
  alignas(64) std::array<std::uint16_t, kVectors> within;  ///< bits of each vector
};

[[EQUINFO_WITH_TILES, gnu::always_inline]] inline void load_rows(const BFloat16* upper, const BFloat16* lower) {
  _tile_loadd(4, upper, 64);
  _tile_loadd(5, lower, 64);
}

[[EQUINFO_WITH_TILES, gnu::always_inline]] inline void load_cols(const BFloat16* left, const BFloat16* right) {
  _tile_loadd(6, left, 64);
  _tile_loadd(7, right, 64);
}

[[EQUINFO_WITH_TILES, gnu::always_inline]] inline void add_products() {
  _tile_dpbf16ps(0, 4, 6);
  _tile_dpbf16ps(1, 4, 7);
  _tile_dpbf16ps(2, 5, 6);
  _tile_dpbf16ps(3, 5, 7);
}

/// The square of a panel of rows and one of columns, into `low`.
[[EQUINFO_WITH_TILES, gnu::always_inline]] inline void multiply(const BFloat16* rows, const BFloat16* cols,
                                                                const TileShape& shape, float* low) {
  const std::int64_t other = shape.tiles() * TileShape::kNumbers;
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (std::int64_t part = 0; part < shape.deep; ++part) {
    constexpr std::int64_t kSmaller = TileShape::kNumbers;
    load_rows(rows, rows + other);
    load_cols(cols + kSmaller, cols + kSmaller + other);
    add_products();
    load_cols(cols, cols + other);
    add_products();
    load_rows(rows + kSmaller, rows + kSmaller + other);
    add_products();
    rows += 2 * TileShape::kNumbers;
    cols += 2 * TileShape::kNumbers;
  }
  for (std::int64_t tile = 0; tile < shape.flat; ++tile) {
    load_rows(rows, rows + other);
    load_cols(cols, cols + other);
    add_products();
    rows += TileShape::kNumbers;
    cols += TileShape::kNumbers;
  }
  constexpr std::int64_t kStride = kTilePanel * sizeof(float);
  _tile_stored(0, low, kStride);
  _tile_stored(1, low + kHalf, kStride);
  _tile_stored(2, low + kHalf * kTilePanel, kStride);
  _tile_stored(3, low + kHalf * kTilePanel + kHalf, kStride);
}

/// The plain intrinsic draws a false warning about uninitialised values from GCC 12; with a full mask it is the same.
[[EQUINFO_WITH_TILES, gnu::always_inline]] inline __m512 larger_of(__m512 a, __m512 b) {
  return _mm512_maskz_max_ps(0xFFFF, a, b);
}

/// Some rows of a square against the larger of their limits and those of its columns.
[[EQUINFO_WITH_TILES, gnu::always_inline]] inline void compare(const float* row_limit, const float* col_limit,
                                                               std::int64_t first, std::int64_t rows, Square& square) {
  const __m512 left = _mm512_loadu_ps(col_limit), right = _mm512_loadu_ps(col_limit + kHalf);
#pragma GCC unroll 8
  for (std::int64_t r = first; r < first + rows; ++r) {
    const float* low = square.low.data() + r * kTilePanel;
    const __m512 own = _mm512_set1_ps(row_limit[r]);
    const std::size_t v = static_cast<std::size_t>(2 * r);
    square.within[v] = _mm512_cmp_ps_mask(_mm512_load_ps(low), larger_of(own, left), _CMP_LE_OQ);
    square.within[v + 1] = _mm512_cmp_ps_mask(_mm512_load_ps(low + kHalf), larger_of(own, right), _CMP_LE_OQ);
  }
}

/// Bits of the vectors of 16 rows, two a row.
std::uint32_t vectors_of(std::uint32_t rows) {
  std::uint32_t vectors = 0;
  for (int r = 0; r < kHalf; ++r) vectors |= (rows >> r & 1U) * 3U << (2 * r);
  return vectors;
}

/// Appends what lies within the limits, of the rows and columns that are asked for.
[[EQUINFO_WITH_TILES, gnu::always_inline]] inline void append(const TileStrip& s, std::int32_t panel,
                                                              const Square& square, CandidateList& out) {
  out.make_room(kTilePanel * kTilePanel);
  std::uint32_t valid = panel == 0 ? s.first_valid : ~std::uint32_t{0};
  if (panel == s.panels - 1) valid &= s.last_valid;
  const __m512i halves = _mm512_set1_epi32(static_cast<int>(valid));
  const __m512i lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  const __m512i col = _mm512_add_epi32(lanes, _mm512_set1_epi32(s.first_col + panel * static_cast<int>(kTilePanel)));
  std::int32_t *const out_i = out.i.data(), *const out_j = out.j.data();
  float* const out_low = out.low.data();
  std::size_t size = out.size;
  for (int half = 0; half < 2; ++half) {
    const std::uint16_t* within = square.within.data() + half * kTilePanel;
    std::uint32_t found = _mm512_test_epi16_mask(_mm512_load_si512(within), halves);
    if (s.rows_asked != ~std::uint32_t{0}) found &= vectors_of(s.rows_asked >> (half * kHalf));
    for (; found != 0; found &= found - 1) {
      const int v = std::countr_zero(found), side = (v & 1) * static_cast<int>(kHalf);
      const auto mask = static_cast<__mmask16>(within[v] & (valid >> side));
      const int row = half * static_cast<int>(kHalf) + v / 2;
      const __m512 low = _mm512_load_ps(square.low.data() + row * kTilePanel + side);
      _mm512_storeu_si512(out_i + size, _mm512_set1_epi32(s.first_row + row));
      _mm512_storeu_si512(out_j + size,
                          _mm512_maskz_compress_epi32(mask, _mm512_add_epi32(col, _mm512_set1_epi32(side))));
      _mm512_storeu_ps(out_low + size, _mm512_maskz_compress_ps(mask, low));
      size += static_cast<std::size_t>(std::popcount(mask));
    }
  }
  out.size = size;
}

/// Three squares at a time: while one is multiplied, the one before is compared, and what the one before that holds is
/// appended. None of them waits for another.
using Squares = std::array<Square, 3>;

Square& square_of(Squares& squares, std::int32_t panel) { return squares[static_cast<std::size_t>((panel + 3) % 3)]; }

[[EQUINFO_WITH_TILES]] void scan(const TileStrip& s, CandidateList& out) {
  Squares squares;
  const std::int64_t panel_numbers = 2 * s.shape.tiles() * TileShape::kNumbers;
  for (std::int32_t panel = 0; panel < s.panels + 2; ++panel) {
    if (panel < s.panels) {
      multiply(s.rows, s.cols + panel * panel_numbers, s.shape, square_of(squares, panel).low.data());
    }
    if (panel >= 1 && panel <= s.panels) {
      const float* limits = s.col_limit + (panel - 1) * kTilePanel;
      compare(s.row_limit, limits, 0, kTilePanel, square_of(squares, panel - 1));
    }
    if (panel >= 2) append(s, panel - 2, square_of(squares, panel - 2), out);
  }
}

constexpr std::int64_t kNarrowTiles = 2;

/// One square where the coordinates fill two tiles, and those of the rows are in registers 4 to 7. Between the
/// products, for which the processor has a unit of its own, the square before is compared, a quarter of 16 rows at a
/// time.
template <bool kMultiply>
[[EQUINFO_WITH_TILES, gnu::always_inline]] inline void narrow_step(const BFloat16* cols, float* low,
                                                                   const float* row_limit, const float* col_limit,
                                                                   Square& before) {
  constexpr std::int64_t kQuarter = kHalf / 4, kStride = kTilePanel * sizeof(float);
#pragma GCC unroll 2
  for (std::int64_t half = 0; half < kTilePanel; half += kHalf) {
    if constexpr (kMultiply) {
      _tile_loadd(2, cols, 64);
      _tile_loadd(3, cols + TileShape::kNumbers, 64);
      _tile_zero(0);
      _tile_zero(1);
      _tile_dpbf16ps(0, 4, 2);
    }
    compare(row_limit, col_limit, half, kQuarter, before);
    if constexpr (kMultiply) _tile_dpbf16ps(1, 6, 2);
    compare(row_limit, col_limit, half + kQuarter, kQuarter, before);
    if constexpr (kMultiply) _tile_dpbf16ps(0, 5, 3);
    compare(row_limit, col_limit, half + 2 * kQuarter, kQuarter, before);
    if constexpr (kMultiply) _tile_dpbf16ps(1, 7, 3);
    compare(row_limit, col_limit, half + 3 * kQuarter, kQuarter, before);
    if constexpr (kMultiply) {
      _tile_stored(0, low + half, kStride);
      _tile_stored(1, low + half + kHalf * kTilePanel, kStride);
      cols += kNarrowTiles * TileShape::kNumbers;
    }
  }
}

[[EQUINFO_WITH_TILES]] void scan_narrow(const TileStrip& s, CandidateList& out) {
  Squares squares;
  square_of(squares, -1).low.fill(0.0F);  // compared in vain
  const BFloat16* others = s.rows + kNarrowTiles * TileShape::kNumbers;
  _tile_loadd(4, s.rows, 64);
  _tile_loadd(5, s.rows + TileShape::kNumbers, 64);
  _tile_loadd(6, others, 64);
  _tile_loadd(7, others + TileShape::kNumbers, 64);
  for (std::int32_t panel = 0; panel < s.panels + 2; ++panel) {
    Square& before = square_of(squares, panel - 1);
    const float* limits = s.col_limit + std::clamp(panel - 1, 0, s.panels - 1) * kTilePanel;
    if (panel < s.panels) {
      const BFloat16* cols = s.cols + panel * (2 * kNarrowTiles * TileShape::kNumbers);
      narrow_step<true>(cols, square_of(squares, panel).low.data(), s.row_limit, limits, before);
    } else if (panel == s.panels) {
      narrow_step<false>(nullptr, nullptr, s.row_limit, limits, before);
    }
    if (panel >= 2) append(s, panel - 2, square_of(squares, panel - 2), out);
  }
}

}  // namespace

void scan_tiles(const TileStrip& strip, CandidateList& out) {
  const bool narrow = strip.shape.deep == 0 && strip.shape.flat == kNarrowTiles;
  narrow ? scan_narrow(strip, out) : scan(strip, out);
}

#else

void scan_tiles(const TileStrip&, CandidateList&) {}

#endif

}  // namespace equinfo
