#include "neighbors/nearest_candidates.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "compute/vectorised.h"
#include "core/error.h"

namespace equinfo {
namespace {

/// Upper bounds on D² as the bits of floats, which are in the floats' own order as none is negative: low plus both
/// slacks, rounded up.
EQUINFO_VECTORISED void bounds_of(const float* low, const std::int32_t* row, std::size_t count, const double* slack,
                                  double own_slack, std::int32_t* upper) {
  constexpr double kUp = 1.0 + 0x1p-22;
  for (std::size_t c = 0; c < count; ++c) {
    const double bound = (static_cast<double>(low[c]) + (own_slack + slack[row[c]])) * kUp;
    upper[c] = std::bit_cast<std::int32_t>(static_cast<float>(bound > 0.0 ? bound : 0.0));
  }
}

EQUINFO_VECTORISED std::size_t count_not_above(const std::int32_t* values, std::size_t count, std::int32_t limit) {
  std::int32_t within = 0;
  for (std::size_t c = 0; c < count; ++c) within += values[c] <= limit ? 1 : 0;
  return static_cast<std::size_t>(within);
}

struct Range {
  std::int32_t least, most;
};

/// Of non-negative values.
EQUINFO_VECTORISED Range range_of(const std::int32_t* values, std::size_t count) {
  std::int32_t least = std::numeric_limits<std::int32_t>::max(), most = 0;
  for (std::size_t c = 0; c < count; ++c) {
    least = values[c] < least ? values[c] : least;
    most = values[c] > most ? values[c] : most;
  }
  return {least, most};
}

}  // namespace

std::int32_t about_kth(const std::vector<std::int32_t>& values, std::size_t k) {
  constexpr int kHalvings = 16;
  auto [below, limit] = range_of(values.data(), values.size());
  for (int h = 0; h < kHalvings && below < limit; ++h) {
    const std::int32_t middle = below + (limit - below) / 2;
    const std::size_t within = count_not_above(values.data(), values.size(), middle);
    (within >= k ? limit : below) = middle;
    if ((within >= k && within <= k + k / 8) || limit - below <= 1) break;
  }
  return limit;
}

void NearestCandidates::prune_if_many(const PreparedRows& rows, std::size_t k) {
  constexpr std::size_t kSpare = 16;
  const bool many = low_.size() >= k + k / 2 + kSpare;
  if (many || (low_.size() >= k && limit_ == std::numeric_limits<float>::infinity())) prune(rows, k);
}

bool NearestCandidates::is_settled(const PreparedRows& rows, std::size_t k) {
  if (!limit_holds_ && low_.size() >= k) prune(rows, k);
  return limit_holds_;
}

void NearestCandidates::exact_kth(const PreparedRows& rows, std::span<const int> ks, NearestScratch& scratch,
                                  double* out) {
  const auto last = static_cast<std::size_t>(ks.back());
  require(low_.size() >= last, "neighbors: k = {} but a row has only {} eligible neighbours", last, low_.size());
  prune(rows, last);
  scratch.sorted.clear();
  double slack = 0.0;
  for (std::size_t c = 0; c < low_.size(); ++c) {
    scratch.sorted.push_back({low_[c], row_of_[c]});
    slack = std::max(slack, rows.slack(row_, row_of_[c]));
  }
  std::ranges::sort(scratch.sorted, {}, &NearestScratch::ByLow::low);
  for (const int k : ks) *out++ = exact_of_rank(rows, static_cast<std::size_t>(k - 1), slack, scratch);
}

/// Lowers the limit to about the k-th smallest upper bound and drops what lies above it. There are k at least.
void NearestCandidates::prune(const PreparedRows& rows, std::size_t k) {
  upper_.resize(low_.size());
  bounds_of(low_.data(), row_of_.data(), low_.size(), rows.slacks().data(),
            rows.slacks()[static_cast<std::size_t>(row_)], upper_.data());
  const auto bound = std::bit_cast<float>(about_kth(upper_, k));
  if (bound <= limit_) {
    limit_ = bound;
    limit_holds_ = true;
  }
  std::size_t kept = 0;
  for (std::size_t c = 0; c < low_.size(); ++c) {
    const float low = low_[c];
    low_[kept] = low;
    row_of_[kept] = row_of_[c];
    kept += low <= limit_ ? 1 : 0;
  }
  low_.resize(kept);
  row_of_.resize(kept);
}

/// The exact D² of a rank. No D² is more than `slack` above its `low`, so of the neighbours in order of these, those
/// within the slack of that rank's own are the only ones that can have it.
double NearestCandidates::exact_of_rank(const PreparedRows& rows, std::size_t rank, double slack,
                                        NearestScratch& scratch) const {
  const auto& sorted = scratch.sorted;
  const double own = sorted[rank].low;
  std::size_t first = rank, end = rank + 1;
  while (first > 0 && sorted[first - 1].low + slack >= own) --first;
  while (end < sorted.size() && sorted[end].low <= own + slack) ++end;
  if (end - first == 1) return rows.exact_squared_distance(row_, sorted[rank].row);
  return settled(rows, rank - first, std::span(sorted).subspan(first, end - first), scratch);
}

/// The same among neighbours that it lies open between: only those whose close D² is about that rank's can have it.
double NearestCandidates::settled(const PreparedRows& rows, std::size_t rank,
                                  std::span<const NearestScratch::ByLow> open, NearestScratch& scratch) const {
  auto &close = scratch.close, &exact = scratch.exact;
  close.clear();
  std::size_t zeros = 0;
  for (const auto& neighbor : open) {
    close.push_back(rows.close_squared_distance(row_, neighbor.row));
    // Among many duplicates the answer is known early.
    if (close.back() == 0 && ++zeros > rank) return 0.0;
  }
  exact = close;
  std::nth_element(exact.begin(), exact.begin() + static_cast<std::ptrdiff_t>(rank), exact.end());
  const double about = exact[rank], reach = 4 * rows.close_factor() * about;
  exact.clear();
  std::size_t below = 0;
  for (std::size_t c = 0; c < open.size(); ++c) {
    if (close[c] < about - reach) {
      ++below;
    } else if (close[c] <= about + reach) {
      exact.push_back(rows.exact_squared_distance(row_, open[c].row));
    }
  }
  const auto place = exact.begin() + static_cast<std::ptrdiff_t>(rank - below);
  std::nth_element(exact.begin(), place, exact.end());
  return *place;
}

}  // namespace equinfo
