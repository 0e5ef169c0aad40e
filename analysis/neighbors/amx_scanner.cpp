#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "compute/parallel.h"
#include "neighbors/amx_kernel.h"
#include "neighbors/tile_registers.h"

namespace equinfo {
namespace {

constexpr std::int64_t kLineBytes = 64;
/// Of shallow panels, as many at a time as leave room for a strip's rows and its squares in a 48 KiB cache.
constexpr std::int64_t kPanelsBytes = 24 * 1024;

/// To nearest, ties to even. Finite.
BFloat16 rounded(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return static_cast<BFloat16>((bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16);
}

float widened(BFloat16 x) { return std::bit_cast<float>(static_cast<std::uint32_t>(x) << 16); }

/// x to 2⁻¹⁸ of itself in two pieces, to 2⁻²⁷ in three.
template <std::size_t kPieces>
std::array<BFloat16, kPieces> pieces_of(float x) {
  std::array<BFloat16, kPieces> pieces;
  for (BFloat16& piece : pieces) {
    piece = rounded(x);
    x -= widened(piece);
  }
  return pieces;
}

/// Numbers of one row, tile by tile: [tiles][32].
struct RowNumbers {
  std::vector<BFloat16> as_row, as_col;
};

constexpr BFloat16 kOne = 0x3F80;

/// c and −2 c of one row in pieces, and its norm, in the order of TileShape.
class RowSplitter {
 public:
  RowSplitter(const PreparedRows& rows, const TileShape& shape) : rows_(rows), shape_(shape) {}

  void split(std::int64_t i, RowNumbers& out) const {
    out.as_row.assign(static_cast<std::size_t>(shape_.tiles() * TileShape::kDepth), 0);
    out.as_col = out.as_row;
    const auto row = rows_.centred().row(i);
    const auto deep = static_cast<std::size_t>(shape_.deep * TileShape::kDepth), rest = row.size() - deep;
    const auto put = [&](std::size_t place, BFloat16 as_row, BFloat16 as_col) {
      out.as_row[place] = as_row;
      out.as_col[place] = as_col;
    };
    for (std::size_t c = 0; c < deep; ++c) {
      const std::size_t place = c + c / TileShape::kDepth * TileShape::kDepth;
      const auto own = pieces_of<2>(row[c]), twice = pieces_of<2>(-2.0F * row[c]);
      put(place, own[0], twice[0]);
      put(place + TileShape::kDepth, own[1], twice[1]);
    }
    for (std::size_t c = 0; c < rest; ++c) {
      const auto own = pieces_of<2>(row[deep + c]), twice = pieces_of<2>(-2.0F * row[deep + c]);
      put(2 * deep + c, own[0], twice[0]);
      put(2 * deep + rest + c, own[0], twice[1]);
      put(2 * deep + 2 * rest + c, own[1], twice[0]);
    }
    const auto norm = pieces_of<3>(rows_.low_norm()[static_cast<std::size_t>(i)]);
    for (std::size_t piece = 0; piece < norm.size(); ++piece) {
      put(2 * deep + 3 * rest + piece, norm[piece], kOne);
      put(2 * deep + 3 * rest + norm.size() + piece, kOne, norm[piece]);
    }
  }

 private:
  const PreparedRows& rows_;
  const TileShape& shape_;
};

/// Numbers on a boundary of a cache line.
class TileStorage {
 public:
  explicit TileStorage(std::int64_t numbers)
      : storage_(static_cast<std::size_t>(numbers) + kLineBytes / sizeof(BFloat16)) {
    const auto past = reinterpret_cast<std::uintptr_t>(storage_.data()) % kLineBytes;
    first_ = storage_.data() + (kLineBytes - past) % kLineBytes / sizeof(BFloat16);
  }
  BFloat16* at(std::int64_t number) { return first_ + number; }
  const BFloat16* at(std::int64_t number) const { return first_ + number; }

 private:
  std::vector<BFloat16> storage_;
  BFloat16* first_;
};

class AmxScanner : public PairScanner {
 public:
  AmxScanner(const PreparedRows& rows, int threads)
      : rows_(rows),
        shape_(rows.cols()),
        as_rows_(rows.padded_rows() * shape_.tiles() * TileShape::kDepth),
        as_cols_(rows.padded_rows() * shape_.tiles() * TileShape::kDepth) {
    constexpr std::int64_t kBlockRows = 1024;
    parallel_for((rows.rows() + kBlockRows - 1) / kBlockRows, threads, [&](std::int64_t block) {
      const RowSplitter splitter(rows_, shape_);
      RowNumbers numbers;
      for (std::int64_t i = block * kBlockRows; i < std::min((block + 1) * kBlockRows, rows_.rows()); ++i) {
        splitter.split(i, numbers);
        pack(i, numbers);
      }
    });
  }

  void scan(const ScanTile& tile, std::vector<float>&, CandidateList& out) const override {
    const TileRegisters registers;
    const std::int64_t panel_bytes = panel_numbers() * static_cast<std::int64_t>(sizeof(BFloat16));
    const std::int64_t group = std::max<std::int64_t>(1, kPanelsBytes / panel_bytes) * kTilePanel;
    const std::int64_t first_row = tile.row_begin / kTilePanel * kTilePanel;
    for (std::int64_t col = tile.col_begin / kTilePanel * kTilePanel; col < tile.col_end; col += group) {
      const std::int64_t col_end = std::min(tile.col_end, col + group);
      for (std::int64_t row = first_row; row < tile.row_end; row += kTilePanel) {
        scan_strip(tile, row, col, col_end, out);
      }
    }
  }

 private:
  std::int64_t panel_numbers() const { return 2 * shape_.tiles() * TileShape::kNumbers; }

  /// Of a row as it is, and in pairs beside those of the 15 rows that share its tiles.
  void pack(std::int64_t i, const RowNumbers& numbers) {
    const std::int64_t first = i / TileShape::kRows * shape_.tiles() * TileShape::kNumbers, own = i % TileShape::kRows;
    for (std::int64_t n = 0; n < shape_.tiles() * TileShape::kDepth; ++n) {
      const std::int64_t tile = first + n / TileShape::kDepth * TileShape::kNumbers, place = n % TileShape::kDepth;
      *as_rows_.at(tile + own * TileShape::kDepth + place) = numbers.as_row[static_cast<std::size_t>(n)];
      *as_cols_.at(tile + place / 2 * TileShape::kDepth + 2 * own + place % 2) =
          numbers.as_col[static_cast<std::size_t>(n)];
    }
  }

  void scan_strip(const ScanTile& tile, std::int64_t row, std::int64_t col, std::int64_t col_end,
                  CandidateList& out) const {
    const auto bits = [](std::int64_t first, std::int64_t begin, std::int64_t end) {
      const std::uint32_t from = ~std::uint32_t{0} << std::max<std::int64_t>(0, begin - first);
      return from & (~std::uint32_t{0} >> std::max<std::int64_t>(0, first + kTilePanel - end));
    };
    std::array<float, kTilePanel> limits;
    limits.fill(-std::numeric_limits<float>::infinity());
    const std::int64_t begin = std::max(row, tile.row_begin), end = std::min(row + kTilePanel, tile.row_end);
    std::copy_n(tile.row_limit + (begin - tile.row_begin), end - begin, limits.begin() + (begin - row));
    const std::int64_t panels = (col_end - col + kTilePanel - 1) / kTilePanel;
    const std::int64_t last = col + (panels - 1) * kTilePanel;
    scan_tiles({.rows = as_rows_.at(row / kTilePanel * panel_numbers()),
                .cols = as_cols_.at(col / kTilePanel * panel_numbers()),
                .shape = shape_,
                .panels = static_cast<std::int32_t>(panels),
                .row_limit = limits.data(),
                .col_limit = tile.col_limit + col,
                .rows_asked = bits(row, tile.row_begin, tile.row_end),
                .first_valid = bits(col, tile.col_begin, tile.col_end),
                .last_valid = bits(last, tile.col_begin, tile.col_end),
                .first_row = static_cast<std::int32_t>(row),
                .first_col = static_cast<std::int32_t>(col)},
               out);
  }

  const PreparedRows& rows_;
  TileShape shape_;
  TileStorage as_rows_, as_cols_;  ///< [padded rows / 16][tiles] tiles
};

}  // namespace

std::unique_ptr<PairScanner> make_amx_scanner(const PreparedRows& rows, int threads) {
  return std::make_unique<AmxScanner>(rows, threads);
}

}  // namespace equinfo
