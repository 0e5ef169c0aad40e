#include "neighbors/row_boxes.h"

#include <algorithm>
#include <limits>

#include "compute/parallel.h"
#include "compute/vectorised.h"

namespace equinfo {
namespace {

constexpr std::int64_t kLeaf = PreparedRows::kPadding;
constexpr std::int64_t kLookedAt = 256;

/// The column in which some rows spread most.
std::int64_t widest_column(MatrixView<const float> z, std::span<const std::int32_t> rows) {
  const auto step = std::max<std::size_t>(1, rows.size() / kLookedAt);
  std::int64_t widest = 0;
  float most = -1.0F;
  for (std::int64_t c = 0; c < z.cols(); ++c) {
    float low = z(rows.front(), c), high = low;
    for (std::size_t i = 0; i < rows.size(); i += step) {
      low = std::min(low, z(rows[i], c));
      high = std::max(high, z(rows[i], c));
    }
    if (0.5F * high - 0.5F * low > most) most = 0.5F * high - 0.5F * low, widest = c;
  }
  return widest;
}

void halve(MatrixView<const float> z, const RowRange& range, std::vector<std::int32_t>& order) {
  if (range.begin >= range.end) return;
  const std::int64_t first_leaf = range.begin / kLeaf, last_leaf = (range.end - 1) / kLeaf;
  if (first_leaf >= last_leaf) return;
  const std::int64_t middle = (first_leaf + last_leaf + 1) / 2 * kLeaf;
  const auto begin = order.begin() + range.begin, end = order.begin() + range.end;
  const std::int64_t c = widest_column(z, {&*begin, static_cast<std::size_t>(range.end - range.begin)});
  std::nth_element(begin, order.begin() + middle, end,
                   [&](std::int32_t a, std::int32_t b) { return z(a, c) != z(b, c) ? z(a, c) < z(b, c) : a < b; });
  halve(z, {range.begin, middle}, order);
  halve(z, {middle, range.end}, order);
}

/// Squared distance of two boxes.
EQUINFO_VECTORISED float squared_gap(const float* low_a, const float* high_a, const float* low_b, const float* high_b,
                                     std::int64_t cols) {
  float sum = 0.0F;
  for (std::int64_t c = 0; c < cols; ++c) {
    const float gap = std::max(0.0F, std::max(low_a[c] - high_b[c], low_b[c] - high_a[c]));
    sum += gap * gap;
  }
  return sum;
}

}  // namespace

void order_in_space(MatrixView<const float> z, std::span<const RowRange> ranges, std::vector<std::int32_t>& order,
                    int threads) {
  parallel_for(static_cast<std::int64_t>(ranges.size()), threads,
               [&](std::int64_t r) { halve(z, ranges[static_cast<std::size_t>(r)], order); });
}

RowBoxes::RowBoxes(const PreparedRows& rows, std::span<const RowRange> ranges, int threads)
    : low_(static_cast<std::int64_t>(ranges.size()), rows.cols()),
      high_(static_cast<std::int64_t>(ranges.size()), rows.cols()),
      slack_(ranges.size()) {
  parallel_for(low_.rows(), threads, [&](std::int64_t box) {
    const auto low = low_.row(box), high = high_.row(box);
    std::ranges::fill(low, std::numeric_limits<float>::infinity());
    std::ranges::fill(high, -std::numeric_limits<float>::infinity());
    const RowRange& range = ranges[static_cast<std::size_t>(box)];
    double& slack = slack_[static_cast<std::size_t>(box)];
    for (std::int64_t i = range.begin; i < range.end; ++i) {
      const auto row = rows.centred().row(i);
      for (std::size_t c = 0; c < row.size(); ++c) {
        low[c] = std::min(low[c], row[c]);
        high[c] = std::max(high[c], row[c]);
      }
      slack = std::max(slack, rows.slack(i, i) / 2);
    }
  });
}

double RowBoxes::nearest(std::int64_t a, const RowBoxes& others, std::int64_t b) const {
  // The sum's own rounding is below (d + 4) · 2⁻²³ of it; that of the coordinates is part of the rows' slack.
  const double shrink = 1.0 - static_cast<double>(low_.cols() + 4) * 0x1p-23;
  const float gap = squared_gap(low_.row(a).data(), high_.row(a).data(), others.low_.row(b).data(),
                                others.high_.row(b).data(), low_.cols());
  return shrink * gap - slack_[static_cast<std::size_t>(a)] - others.slack_[static_cast<std::size_t>(b)];
}

std::vector<RowRange> equal_ranges(std::int64_t rows, std::int64_t size) {
  std::vector<RowRange> ranges;
  for (std::int64_t begin = 0; begin < rows; begin += size) ranges.push_back({begin, std::min(begin + size, rows)});
  return ranges;
}

}  // namespace equinfo
