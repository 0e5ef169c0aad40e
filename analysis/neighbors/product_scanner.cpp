#include <algorithm>
#include <array>

#include "compute/blas.h"
#include "neighbors/pair_scanner.h"
#include "neighbors/prepared_rows.h"

namespace equinfo {
namespace {

constexpr std::int64_t kGroup = 64;

/// One group of columns against one row: low[j] for each, and whether any is within the larger of the limits.
/// Cloned for wider registers; the values may differ in the last bit, which the rounding bound allows.
[[gnu::target_clones("avx512f", "avx2", "default")]] bool lows_of_group(const float* product, const float* low_norm,
                                                                        float own_low_norm, const float* col_limit,
                                                                        float row_limit, float* low) {
  int within = 0;
  for (std::int64_t j = 0; j < kGroup; ++j) {
    const float value = (own_low_norm + low_norm[j]) - 2.0F * product[j];
    const float limit = col_limit[j] > row_limit ? col_limit[j] : row_limit;
    low[j] = value;
    within |= value <= limit ? 1 : 0;
  }
  return within != 0;
}

class ProductScanner : public PairScanner {
 public:
  explicit ProductScanner(const PreparedRows& rows) : rows_(rows) {}

  void scan(const ScanTile& tile, std::vector<float>& scratch, CandidateList& out) const override {
    const std::int64_t rows = tile.row_end - tile.row_begin, cols = tile.col_end - tile.col_begin;
    // Rounded up, so that the last group may read past the tile; what it reads there is never used.
    const std::int64_t stride = (cols + kGroup - 1) / kGroup * kGroup;
    scratch.resize(static_cast<std::size_t>(rows * stride));
    const MatrixView<const float> z = rows_.centred();
    multiply(1.0F, z.middle_rows(tile.row_begin, rows), Transpose::kNo, z.middle_rows(tile.col_begin, cols),
             Transpose::kYes, 0.0F, MatrixView<float>(scratch.data(), rows, cols, stride));
    for (std::int64_t i = 0; i < rows; ++i) scan_row(tile, i, scratch.data() + i * stride, out);
  }

 private:
  void scan_row(const ScanTile& tile, std::int64_t i, const float* products, CandidateList& out) const {
    const float own = rows_.low_norm()[static_cast<std::size_t>(tile.row_begin + i)], limit = tile.row_limit[i];
    std::array<float, kGroup> low, padded_product, padded_norm, padded_limit;
    for (std::int64_t first = tile.col_begin; first < tile.col_end; first += kGroup) {
      const std::int64_t count = std::min(kGroup, tile.col_end - first);
      const float* product = products + (first - tile.col_begin);
      const float* norm = rows_.low_norm().data() + first;
      const float* col_limit = tile.col_limit + first;
      if (count < kGroup) {
        padded_product.fill(0);
        padded_norm.fill(std::numeric_limits<float>::infinity());
        padded_limit.fill(-std::numeric_limits<float>::infinity());
        product = std::copy_n(product, count, padded_product.begin()) - count;
        norm = std::copy_n(norm, count, padded_norm.begin()) - count;
        col_limit = std::copy_n(col_limit, count, padded_limit.begin()) - count;
      }
      if (lows_of_group(product, norm, own, col_limit, limit, low.data())) {
        append(tile.row_begin + i, first, count, limit, col_limit, low.data(), out);
      }
    }
  }

  static void append(std::int64_t i, std::int64_t first, std::int64_t count, float row_limit, const float* col_limit,
                     const float* low, CandidateList& out) {
    out.make_room(static_cast<std::size_t>(count));
    for (std::int64_t j = 0; j < count; ++j) {
      if (low[j] > std::max(row_limit, col_limit[j])) continue;
      out.add({static_cast<std::int32_t>(i), static_cast<std::int32_t>(first + j), low[j]});
    }
  }

  const PreparedRows& rows_;
};

}  // namespace

std::unique_ptr<PairScanner> make_product_scanner(const PreparedRows& rows) {
  return std::make_unique<ProductScanner>(rows);
}

}  // namespace equinfo
