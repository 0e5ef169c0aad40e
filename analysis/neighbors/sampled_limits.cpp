#include "neighbors/sampled_limits.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "compute/vectorised.h"
#include "neighbors/nearest_candidates.h"
#include "neighbors/strip_kernels.h"

namespace equinfo {
namespace {

constexpr std::int64_t kColumns = 256, kPanels = kColumns / kPanel;
constexpr std::int64_t kLeastCell = 4 * kColumns, kMostCols = 64;
constexpr std::int64_t kLineBytes = 64;

StripKernel kernel() {
  const StripKernel wide = strip_kernel_avx512();
  return wide != nullptr ? wide : strip_kernel_avx2();
}

/// Which of the smallest among the sampled columns: expected are k · columns / cell of the k nearest among them, and
/// more than four standard deviations above that hardly ever.
std::size_t rank_of(std::size_t k, const RowRange& cell) {
  const double expected =
      static_cast<double>(k) * static_cast<double>(kColumns) / static_cast<double>(cell.end - cell.begin);
  return static_cast<std::size_t>(std::ceil(expected + 4.0 * std::sqrt(expected)));
}

/// Of one of a strip's rows, as bits of floats that are not negative.
EQUINFO_VECTORISED void bounds_of_row(const float* sums, std::int32_t* bounds) {
  for (std::int64_t p = 0; p < kPanels; ++p) {
    for (std::int64_t c = 0; c < kPanel; ++c) {
      const float sum = sums[p * kStripRows * kPanel + c];
      bounds[p * kPanel + c] = std::bit_cast<std::int32_t>(sum > 0.0F ? sum : 0.0F);
    }
  }
}

}  // namespace

bool SampledLimits::pay(const PreparedRows& rows, const RowRange& cell, std::size_t k) {
  return kernel() != nullptr && rows.cols() <= kMostCols && cell.end - cell.begin >= kLeastCell &&
         rank_of(k, cell) <= kColumns / 4;
}

void SampledLimits::take_columns(const PreparedRows& rows, const RowRange& cell) {
  storage_.resize(static_cast<std::size_t>(kColumns * rows.cols()) + kLineBytes / sizeof(float));
  const auto past = reinterpret_cast<std::uintptr_t>(storage_.data()) % kLineBytes;
  panels_ = storage_.data() + (kLineBytes - past) % kLineBytes / sizeof(float);
  norms_.resize(kColumns);
  for (std::int64_t s = 0; s < kColumns; ++s) {
    const std::int64_t row = cell.begin + (cell.end - cell.begin) * s / kColumns;
    norms_[static_cast<std::size_t>(s)] = rows.low_norm()[static_cast<std::size_t>(row)];
    float* panel = panels_ + s / kPanel * kPanel * rows.cols() + s % kPanel;
    for (std::int64_t c = 0; c < rows.cols(); ++c) panel[c * kPanel] = 2.0F * rows.centred()(row, c);
  }
}

void SampledLimits::guess(const PreparedRows& rows, const RowRange& own, const RowRange& cell, std::size_t k,
                          std::span<float> limits) {
  take_columns(rows, cell);
  const StripKernel run = kernel();
  const std::int64_t d = rows.cols();
  sums_.resize(static_cast<std::size_t>(kPanels * kStripRows * kPanel));
  bounds_.resize(kColumns);
  CandidateList none;
  for (std::int64_t row = own.begin; row < own.end; row += kStripRows) {
    const std::int64_t count = std::min(kStripRows, own.end - row);
    for (std::int64_t p = 0; p < kPanels; ++p) {
      run({.rows = rows.centred().data() + row * d,
           .stride = d,
           .panel = panels_ + p * kPanel * d,
           .cols = d,
           .resume = nullptr,
           .suspend = sums_.data() + p * kStripRows * kPanel,
           .row_norm = rows.low_norm().data() + row,
           .col_norm = norms_.data() + p * kPanel,
           .rows_asked = static_cast<std::int32_t>(count)},
          none);
    }
    for (std::int64_t r = 0; r < count; ++r) {
      bounds_of_row(sums_.data() + r * kPanel, bounds_.data());
      limits[static_cast<std::size_t>(row - own.begin + r)] =
          std::bit_cast<float>(about_kth(bounds_, rank_of(k, cell)));
    }
  }
}

}  // namespace equinfo
