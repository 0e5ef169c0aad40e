#include <algorithm>
#include <array>
#include <cstdint>

#include "compute/cuda_device.h"
#include "neighbors/integer_kernel.h"
#include "neighbors/pair_scanner.h"
#include "neighbors/prepared_rows.h"
#include "neighbors/strip_kernels.h"
#include "neighbors/tile_registers.h"

namespace equinfo {
namespace {

constexpr std::int64_t kLineBytes = 64;
/// A panel's part of this many coordinates stays in a 48 KiB cache beside a strip's.
constexpr std::int64_t kDepth = 256;
/// Of shallow panels, as many floats at a time as fit in half of a 32 KiB cache beside the strip.
constexpr std::int64_t kPanelsFloats = 4096;

StripKernel kernel_of(NeighborEngine engine) {
  if (engine == NeighborEngine::kAvx512) return strip_kernel_avx512();
  return engine == NeighborEngine::kAvx2 ? strip_kernel_avx2() : nullptr;
}

/// Limits of a strip's rows; those past the tile's end are never asked for.
using StripLimits = std::array<float, kStripRows>;

class VectorScanner : public PairScanner {
 public:
  VectorScanner(StripKernel kernel, const PreparedRows& rows)
      : rows_(rows),
        kernel_(kernel),
        storage_(static_cast<std::size_t>(rows.padded_rows() * rows.cols()) + kLineBytes / sizeof(float)) {
    const auto past = reinterpret_cast<std::uintptr_t>(storage_.data()) % kLineBytes;
    panels_ = storage_.data() + (kLineBytes - past) % kLineBytes / sizeof(float);
    for (std::int64_t i = 0; i < rows.padded_rows(); ++i) {
      float* panel = panels_ + (i / kPanel) * kPanel * rows.cols() + i % kPanel;
      for (std::int64_t c = 0; c < rows.cols(); ++c) panel[c * kPanel] = 2.0F * rows.centred()(i, c);
    }
  }

  void scan(const ScanTile& tile, std::vector<float>& scratch, CandidateList& out) const override {
    if (rows_.cols() > kDepth) return scan_deep(tile, scratch, out);
    const std::int64_t panels =
        std::max<std::int64_t>(1, kPanelsFloats / (kPanel * std::max<std::int64_t>(1, rows_.cols())));
    for (std::int64_t col = tile.col_begin / kPanel * kPanel; col < tile.col_end; col += panels * kPanel) {
      const std::int64_t col_end = std::min(tile.col_end, col + panels * kPanel);
      for (std::int64_t row = tile.row_begin; row < tile.row_end; row += kStripRows) {
        const StripLimits limits = limits_of(tile, row);
        for (std::int64_t c = col; c < col_end; c += kPanel) run(strip_of(tile, row, limits, c), out);
      }
    }
  }

 private:
  /// Panel by panel, a part of the coordinates at a time; the sums wait in `scratch`.
  void scan_deep(const ScanTile& tile, std::vector<float>& scratch, CandidateList& out) const {
    constexpr std::int64_t kStripSums = kStripRows * kPanel;
    const std::int64_t strips = (tile.row_end - tile.row_begin + kStripRows - 1) / kStripRows;
    if (scratch.size() < static_cast<std::size_t>(strips * kStripSums)) {
      scratch.resize(static_cast<std::size_t>(strips * kStripSums));
    }
    for (std::int64_t col = tile.col_begin / kPanel * kPanel; col < tile.col_end; col += kPanel) {
      for (std::int64_t depth = 0; depth < rows_.cols(); depth += kDepth) {
        for (std::int64_t s = 0; s < strips; ++s) {
          const std::int64_t row = tile.row_begin + s * kStripRows;
          const StripLimits limits = limits_of(tile, row);
          Strip strip = strip_of(tile, row, limits, col);
          strip.rows += depth;
          strip.panel += depth * kPanel;
          strip.cols = std::min(kDepth, rows_.cols() - depth);
          if (depth > 0) strip.resume = scratch.data() + s * kStripSums;
          if (depth + kDepth < rows_.cols()) strip.suspend = scratch.data() + s * kStripSums;
          run(strip, out);
        }
      }
    }
  }

  static StripLimits limits_of(const ScanTile& tile, std::int64_t row) {
    StripLimits limits;
    limits.fill(-std::numeric_limits<float>::infinity());
    std::copy_n(tile.row_limit + (row - tile.row_begin), std::min(kStripRows, tile.row_end - row), limits.begin());
    return limits;
  }

  /// All coordinates of the strip from `row` on against the panel that begins at `col`.
  Strip strip_of(const ScanTile& tile, std::int64_t row, const StripLimits& limits, std::int64_t col) const {
    const std::int64_t d = rows_.cols();
    const std::uint32_t from = ~std::uint32_t{0} << std::max<std::int64_t>(0, tile.col_begin - col);
    const std::int64_t past = std::max<std::int64_t>(0, col + kPanel - tile.col_end);
    return {.rows = rows_.centred().data() + row * d,
            .stride = d,
            .panel = panels_ + col * d,
            .cols = d,
            .resume = nullptr,
            .suspend = nullptr,
            .row_norm = rows_.low_norm().data() + row,
            .row_limit = limits.data(),
            .col_norm = rows_.low_norm().data() + col,
            .col_limit = tile.col_limit + col,
            .valid = from & (~std::uint32_t{0} >> past),
            .rows_asked = static_cast<std::int32_t>(std::min(kStripRows, tile.row_end - row)),
            .first_row = static_cast<std::int32_t>(row),
            .first_col = static_cast<std::int32_t>(col)};
  }

  void run(const Strip& strip, CandidateList& out) const {
    out.make_room(kStripRows * kPanel);
    kernel_(strip, out);
  }

  const PreparedRows& rows_;
  StripKernel kernel_;
  std::vector<float> storage_;
  float* panels_;  ///< [padded rows / kPanel][d][kPanel], within the storage
};

}  // namespace

bool engine_available(NeighborEngine engine) {
  if (engine == NeighborEngine::kCuda) return cuda_absence().empty();
  if (engine == NeighborEngine::kVnni) return integers_available();
  if (engine == NeighborEngine::kAmx) return tiles_available();
  const bool vector = engine == NeighborEngine::kAvx2 || engine == NeighborEngine::kAvx512;
  return !vector || kernel_of(engine) != nullptr;
}

std::unique_ptr<PairScanner> make_vector_scanner(NeighborEngine engine, const PreparedRows& rows) {
  return std::make_unique<VectorScanner>(kernel_of(engine), rows);
}

}  // namespace equinfo
