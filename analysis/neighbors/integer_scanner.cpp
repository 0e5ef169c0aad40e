#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "compute/parallel.h"
#include "neighbors/integer_kernel.h"
#include "neighbors/row_boxes.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockRows = 1024;
constexpr std::int64_t kLineBytes = 64;
constexpr double kUnit = 0x1p-24;
/// Sums of integers are within ± 2²⁸, and so are starts, needs and half squared distances.
constexpr double kMostSum = 0x1p28;
/// One row in so many may have coordinates beyond what the integers reach.
constexpr std::int64_t kRowsAWildOne = 4096;

std::int64_t groups_of(std::int64_t cols) { return (cols + kIntegerGroup - 1) / kIntegerGroup; }

std::int64_t blocks_of(std::int64_t rows) { return (rows + kBlockRows - 1) / kBlockRows; }

/// The largest q of d coordinates: d · q (q + 128) ≤ kMostSum.
std::int32_t most_of(std::int64_t cols) {
  const double each = kMostSum / static_cast<double>(std::max<std::int64_t>(1, cols));
  return static_cast<std::int32_t>(std::min(127.0, std::floor(std::sqrt(each + 4096.0) - 64.0)));
}

std::int32_t half_down(std::int64_t value) { return static_cast<std::int32_t>(value >> 1); }

/// Coordinates rounded to multiples q of a step, |q| ≤ 127, and their squared distances in steps, which are exact:
///     ‖q_i − q_j‖² = n_i + n_j − 2 Σ q_i q_j,   n = ‖q‖².
/// With e the distance of a row from its multiple of the step, D of a pair and the same in steps differ by e_i + e_j at
/// most, so that a pair within the limit L_i is within t_i = (√L_i + e_i + max e)² in steps, and a pair is looked at if
///     n_i + n_j − 2 Σ q_i q_j ≤ max(t_i, t_j).
class IntegerScanner : public PairScanner {
 public:
  IntegerScanner(const PreparedRows& rows, int threads)
      : rows_(rows),
        groups_(groups_of(rows.cols())),
        q_(static_cast<std::size_t>(rows.padded_rows() * groups_ * kIntegerGroup)),
        storage_(q_.size() + kLineBytes),
        need_(static_cast<std::size_t>(rows.padded_rows())),
        start_(need_.size()),
        error_(need_.size()) {
    const auto past = reinterpret_cast<std::uintptr_t>(storage_.data()) % kLineBytes;
    panels_ = storage_.data() + (kLineBytes - past) % kLineBytes;
    const std::int32_t most = most_of(rows.cols());
    const auto largest = largest_coordinates(threads);
    const float reach = tame_reach(largest);
    step_ = std::max(static_cast<double>(reach), 0x1p-40) / most;
    steps_ = float_not_below(1.0 / step_);
    parallel_for(blocks_of(rows.rows()), threads, [&](std::int64_t block) {
      for (std::int64_t i = block * kBlockRows; i < std::min((block + 1) * kBlockRows, rows_.rows()); ++i) {
        round_row(i, most, largest[static_cast<std::size_t>(i)] > reach);
      }
    });
    largest_error_ = *std::ranges::max_element(error_);
    for (float& error : error_) error = float_not_below((error + largest_error_) / step_ * (1.0 + 0x1p-20));
  }

  double blur() const override { return 2.0 * largest_error_; }

  void scan(const ScanTile& tile, std::vector<float>&, CandidateList& out) const override {
    std::array<std::int32_t, kIntegerMostRows> row_reach;
    for (std::int64_t row = tile.row_begin; row < tile.row_end; row += kIntegerMostRows) {
      const std::int64_t count = std::min(kIntegerMostRows, tile.row_end - row);
      const float* limits = tile.row_limit + (row - tile.row_begin);
      row_reach.fill(kReachNever);
      reaches_of(limits, &error_[static_cast<std::size_t>(row)], count, steps_, row_reach.data());
      for (std::int64_t col = tile.col_begin / kIntegerPanel * kIntegerPanel; col < tile.col_end;
           col += kIntegerPanel) {
        scan_panel(tile, {row, row + count}, row_reach, limits, col, out);
      }
    }
  }

 private:
  /// Of each row.
  std::vector<float> largest_coordinates(int threads) const {
    std::vector<float> largest(static_cast<std::size_t>(rows_.rows()));
    parallel_for(blocks_of(rows_.rows()), threads, [&](std::int64_t block) {
      for (std::int64_t i = block * kBlockRows; i < std::min((block + 1) * kBlockRows, rows_.rows()); ++i) {
        float& top = largest[static_cast<std::size_t>(i)];
        for (const float c : rows_.centred().row(i)) top = std::max(top, std::abs(c));
      }
    });
    return largest;
  }

  /// What no coordinate of a row exceeds, but for a few wild rows.
  static float tame_reach(std::vector<float> largest) {
    const auto wild = static_cast<std::ptrdiff_t>(largest.size()) / kRowsAWildOne;
    const auto place = largest.begin() + wild;
    std::ranges::nth_element(largest, place, std::greater());
    return *place;
  }

  void round_row(std::int64_t i, std::int32_t most, bool wild) {
    const auto row = rows_.centred().row(i);
    const auto index = static_cast<std::size_t>(i);
    std::int8_t* own = &q_[index * static_cast<std::size_t>(groups_ * kIntegerGroup)];
    std::uint8_t* panel = panels_ + (i / kIntegerPanel * groups_ * kIntegerPanel + i % kIntegerPanel) * kIntegerGroup;
    double error = 0, norm = 0;
    std::int64_t squares = 0, sum = 0;
    for (std::size_t c = 0; c < static_cast<std::size_t>(groups_ * kIntegerGroup); ++c) {
      const double x = c < row.size() ? row[c] : 0.0;
      const auto q = static_cast<std::int32_t>(std::clamp<double>(std::nearbyint(x / step_), -most, most));
      own[c] = static_cast<std::int8_t>(q);
      panel[c / kIntegerGroup * kIntegerPanel * kIntegerGroup + c % kIntegerGroup] = static_cast<std::uint8_t>(q + 128);
      error += (x - q * step_) * (x - q * step_);
      norm += x * x;
      squares += q * q;
      sum += q;
    }
    need_[index] = wild ? -kReachAlways : half_down(squares + 256 * sum);
    start_[index] = wild ? kReachAlways : -half_down(squares);
    // With what rounding took from the coordinates (PreparedRows).
    error_[index] = wild ? 0.0F : float_not_below(std::sqrt(error) + 2.0 * kUnit * std::sqrt(norm));
  }

  void scan_panel(const ScanTile& tile, const RowRange& rows,
                  const std::array<std::int32_t, kIntegerMostRows>& row_reach, const float* row_limits,
                  std::int64_t col, CandidateList& out) const {
    std::array<std::int32_t, kIntegerPanel> col_reach;
    reaches_of(tile.col_limit + col, &error_[static_cast<std::size_t>(col)], kIntegerPanel, steps_, col_reach.data());
    std::array<std::uint32_t, kIntegerMostRows> bits;
    const std::int64_t count = rows.end - rows.begin;
    compare_integers({.rows = &q_[static_cast<std::size_t>(rows.begin * groups_ * kIntegerGroup)],
                      .columns = panels_ + col * groups_ * kIntegerGroup,
                      .groups = groups_,
                      .row_count = count,
                      .row_need = &need_[static_cast<std::size_t>(rows.begin)],
                      .row_reach = row_reach.data(),
                      .col_start = &start_[static_cast<std::size_t>(col)],
                      .col_reach = col_reach.data()},
                     bits.data());
    const std::uint32_t from = ~std::uint32_t{0} << std::max<std::int64_t>(0, tile.col_begin - col);
    const std::int64_t past = std::max<std::int64_t>(0, col + kIntegerPanel - tile.col_end);
    out.make_room(static_cast<std::size_t>(count * kIntegerPanel));
    append_pairs({.bits = bits.data(),
                  .row_count = count,
                  .valid = from & (~std::uint32_t{0} >> past),
                  .first_row = static_cast<std::int32_t>(rows.begin),
                  .first_col = static_cast<std::int32_t>(col),
                  .coordinates = rows_.centred().data(),
                  .cols = rows_.cols(),
                  .low_norm = rows_.low_norm().data(),
                  .row_limit = row_limits,
                  .col_limit = tile.col_limit + col},
                 out);
  }

  const PreparedRows& rows_;
  std::int64_t groups_;
  std::vector<std::int8_t> q_;  ///< [padded rows][groups][4]
  std::vector<std::uint8_t> storage_;
  std::uint8_t* panels_;                    ///< q + 128, [padded rows / 32][groups][32][4], within the storage
  std::vector<std::int32_t> need_, start_;  ///< n_i/2 + 128 Σ q_i, −n_j/2: [padded rows]
  std::vector<float> error_;                ///< e_i + max e in steps, [padded rows]
  double step_ = 1.0, largest_error_ = 0.0;
  float steps_ = 1.0F;  ///< 1 / step, or a little more
};

}  // namespace

std::int64_t integer_scanner_bytes(std::int64_t cols) {
  constexpr std::int64_t kFacts = 3 * sizeof(float);
  return 2 * groups_of(cols) * kIntegerGroup + kFacts;
}

std::unique_ptr<PairScanner> make_integer_scanner(const PreparedRows& rows, int threads) {
  return std::make_unique<IntegerScanner>(rows, threads);
}

}  // namespace equinfo
