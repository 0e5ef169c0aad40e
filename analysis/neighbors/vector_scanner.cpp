#include <algorithm>
#include <array>
#include <bit>

#include "neighbors/pair_scanner.h"
#include "neighbors/prepared_rows.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace equinfo {
namespace {

/// Columns are kept in panels of this many: [panel][d][kPanel], so that the inner loop reads one stream.
constexpr std::int64_t kPanel = PreparedRows::kPadding;
constexpr std::int64_t kMaxStripRows = 8;

/// A strip of a few rows against one panel of columns.
struct Strip {
  const float* rows;       ///< −2 c of the first row; rows follow each other at `cols` floats
  const float* row_norm;   ///< ñ of the rows
  const float* row_limit;  ///< limits of the rows; −∞ for those past the tile's end
  const float* panel;      ///< [d][kPanel]
  const float* col_norm;   ///< [kPanel]
  const float* col_limit;  ///< [kPanel]
  std::int64_t cols;       ///< d
};

/// For each row of a strip the bits of the panel's columns within a limit, and the values.
struct StripHits {
  std::array<std::uint32_t, kMaxStripRows> bits;
  alignas(64) float low[kMaxStripRows][kPanel];
};

using StripKernel = bool (*)(const Strip&, StripHits&);

#if defined(__x86_64__)

/// The plain intrinsic draws a false warning about uninitialised values from GCC 12; with a full mask it is the same.
[[gnu::target("avx512f"), gnu::always_inline]] inline __m512 larger_of(__m512 a, __m512 b) {
  return _mm512_maskz_max_ps(0xFFFF, a, b);
}

[[gnu::target("avx512f")]] bool strip_avx512(const Strip& s, StripHits& hits) {
  constexpr int kRows = 8;
  __m512 sum[kRows][2];
  const __m512 norm0 = _mm512_loadu_ps(s.col_norm), norm1 = _mm512_loadu_ps(s.col_norm + 16);
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    const __m512 own = _mm512_set1_ps(s.row_norm[r]);
    sum[r][0] = _mm512_add_ps(own, norm0);
    sum[r][1] = _mm512_add_ps(own, norm1);
  }
  for (std::int64_t c = 0; c < s.cols; ++c) {
    const __m512 z0 = _mm512_loadu_ps(s.panel + c * kPanel), z1 = _mm512_loadu_ps(s.panel + c * kPanel + 16);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      const __m512 own = _mm512_set1_ps(s.rows[r * s.cols + c]);
      sum[r][0] = _mm512_fmadd_ps(own, z0, sum[r][0]);
      sum[r][1] = _mm512_fmadd_ps(own, z1, sum[r][1]);
    }
  }
  const __m512 limit0 = _mm512_loadu_ps(s.col_limit), limit1 = _mm512_loadu_ps(s.col_limit + 16);
  std::uint32_t any = 0;
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    const __m512 own = _mm512_set1_ps(s.row_limit[r]);
    const std::uint32_t low = _mm512_cmp_ps_mask(sum[r][0], larger_of(own, limit0), _CMP_LE_OQ);
    const std::uint32_t high = _mm512_cmp_ps_mask(sum[r][1], larger_of(own, limit1), _CMP_LE_OQ);
    hits.bits[static_cast<std::size_t>(r)] = low | high << 16;
    any |= low | high;
  }
  if (any == 0) return false;
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    _mm512_store_ps(hits.low[r], sum[r][0]);
    _mm512_store_ps(hits.low[r] + 16, sum[r][1]);
  }
  return true;
}

/// Two rows against the four registers of a panel: 8 sums of the 16 registers.
[[gnu::target("avx2,fma")]] std::uint32_t row_pair_avx2(const Strip& s, int first, StripHits& hits) {
  __m256 sum[2][4];
#pragma GCC unroll 4
  for (int v = 0; v < 4; ++v) {
    const __m256 norm = _mm256_loadu_ps(s.col_norm + 8 * v);
    sum[0][v] = _mm256_add_ps(_mm256_set1_ps(s.row_norm[first]), norm);
    sum[1][v] = _mm256_add_ps(_mm256_set1_ps(s.row_norm[first + 1]), norm);
  }
  const float *a = s.rows + first * s.cols, *b = a + s.cols;
  for (std::int64_t c = 0; c < s.cols; ++c) {
    const __m256 own_a = _mm256_broadcast_ss(a + c), own_b = _mm256_broadcast_ss(b + c);
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v) {
      const __m256 z = _mm256_loadu_ps(s.panel + c * kPanel + 8 * v);
      sum[0][v] = _mm256_fmadd_ps(own_a, z, sum[0][v]);
      sum[1][v] = _mm256_fmadd_ps(own_b, z, sum[1][v]);
    }
  }
  std::uint32_t bits[2] = {0, 0};
#pragma GCC unroll 4
  for (int v = 0; v < 4; ++v) {
    const __m256 limit = _mm256_loadu_ps(s.col_limit + 8 * v);
#pragma GCC unroll 2
    for (int r = 0; r < 2; ++r) {
      const __m256 larger = _mm256_max_ps(_mm256_set1_ps(s.row_limit[first + r]), limit);
      const int mask = _mm256_movemask_ps(_mm256_cmp_ps(sum[r][v], larger, _CMP_LE_OQ));
      bits[r] |= static_cast<std::uint32_t>(mask) << (8 * v);
      _mm256_store_ps(hits.low[first + r] + 8 * v, sum[r][v]);
    }
  }
  hits.bits[static_cast<std::size_t>(first)] = bits[0];
  hits.bits[static_cast<std::size_t>(first) + 1] = bits[1];
  return bits[0] | bits[1];
}

[[gnu::target("avx2,fma")]] bool strip_avx2(const Strip& s, StripHits& hits) {
  std::uint32_t any = 0;
  for (int r = 0; r < kMaxStripRows; r += 2) any |= row_pair_avx2(s, r, hits);
  return any != 0;
}

StripKernel kernel_of(NeighborEngine engine) {
  if (engine == NeighborEngine::kAvx512 && __builtin_cpu_supports("avx512f")) return strip_avx512;
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return engine == NeighborEngine::kAvx2 && avx2 ? strip_avx2 : nullptr;
}

#else

StripKernel kernel_of(NeighborEngine) { return nullptr; }

#endif

class VectorScanner : public PairScanner {
 public:
  VectorScanner(StripKernel kernel, const PreparedRows& rows)
      : rows_(rows),
        kernel_(kernel),
        doubled_(rows.padded_rows(), rows.cols()),
        panels_(rows.padded_rows(), rows.cols()) {
    for (std::int64_t i = 0; i < rows.padded_rows(); ++i) {
      float* panel = panels_.data() + (i / kPanel) * kPanel * rows.cols() + i % kPanel;
      for (std::int64_t c = 0; c < rows.cols(); ++c) {
        doubled_(i, c) = -2.0F * rows.centred()(i, c);
        panel[c * kPanel] = rows.centred()(i, c);
      }
    }
  }

  void scan(const ScanTile& tile, std::vector<float>&, CandidateList& out) const override {
    // As many panels at a time as fit in half of a 32 KiB cache beside the strip.
    const std::int64_t panels = std::max<std::int64_t>(1, 4096 / (kPanel * std::max<std::int64_t>(1, rows_.cols())));
    for (std::int64_t col = tile.col_begin / kPanel * kPanel; col < tile.col_end; col += panels * kPanel) {
      const std::int64_t col_end = std::min(tile.col_end, col + panels * kPanel);
      for (std::int64_t row = tile.row_begin; row < tile.row_end; row += kMaxStripRows) {
        scan_strip(tile, row, col, col_end, out);
      }
    }
  }

 private:
  void scan_strip(const ScanTile& tile, std::int64_t row, std::int64_t col, std::int64_t col_end,
                  CandidateList& out) const {
    std::array<float, kMaxStripRows> limits;
    limits.fill(-std::numeric_limits<float>::infinity());
    const std::int64_t rows = std::min(kMaxStripRows, tile.row_end - row);
    std::copy_n(tile.row_limit + (row - tile.row_begin), rows, limits.begin());
    StripHits hits;
    for (; col < col_end; col += kPanel) {
      const Strip strip{doubled_.data() + row * rows_.cols(),
                        rows_.low_norm().data() + row,
                        limits.data(),
                        panels_.data() + col * rows_.cols(),
                        rows_.low_norm().data() + col,
                        tile.col_limit + col,
                        rows_.cols()};
      if (kernel_(strip, hits)) append(tile, row, rows, col, hits, out);
    }
  }

  static void append(const ScanTile& tile, std::int64_t row, std::int64_t rows, std::int64_t col, const StripHits& hits,
                     CandidateList& out) {
    out.make_room(static_cast<std::size_t>(rows * kPanel));
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::uint32_t bits = hits.bits[static_cast<std::size_t>(r)]; bits != 0; bits &= bits - 1) {
        const int lane = std::countr_zero(bits);
        const std::int64_t j = col + lane;
        if (j < tile.col_begin || j >= tile.col_end) continue;
        out.items[out.size++] = {static_cast<std::int32_t>(row + r), static_cast<std::int32_t>(j), hits.low[r][lane]};
      }
    }
  }

  const PreparedRows& rows_;
  StripKernel kernel_;
  Matrix<float> doubled_, panels_;
};

}  // namespace

bool engine_available(NeighborEngine engine) {
  const bool vector = engine == NeighborEngine::kAvx2 || engine == NeighborEngine::kAvx512;
  return !vector || kernel_of(engine) != nullptr;
}

std::unique_ptr<PairScanner> make_vector_scanner(NeighborEngine engine, const PreparedRows& rows) {
  return std::make_unique<VectorScanner>(kernel_of(engine), rows);
}

}  // namespace equinfo
