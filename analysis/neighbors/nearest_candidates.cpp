#include "neighbors/nearest_candidates.h"

#include <algorithm>

#include "core/error.h"

namespace equinfo {

void NearestCandidates::prune_if_many(const PreparedRows& rows, std::size_t k, std::vector<double>& scratch) {
  constexpr std::size_t kSpare = 32;
  const bool many = found_.size() >= 2 * k + kSpare;
  if (many || (found_.size() >= k && limit_ == std::numeric_limits<float>::infinity())) prune(rows, k, scratch);
}

void NearestCandidates::exact_kth(const PreparedRows& rows, std::span<const int> ks, std::vector<double>& scratch,
                                  std::vector<ByDistance>& close, double* out) {
  const auto last = static_cast<std::size_t>(ks.back());
  require(found_.size() >= last, "neighbors: k = {} but a row has only {} eligible neighbours", last, found_.size());
  prune(rows, last, scratch);
  close.clear();
  std::size_t zeros = 0;
  for (const Found& found : found_) {
    close.push_back({rows.close_squared_distance(row_, found.j), found.j});
    // Among many duplicates the answer is known early.
    if (close.back().squared == 0 && ++zeros == last) return void(std::fill_n(out, ks.size(), 0.0));
  }
  std::ranges::sort(close, {}, &ByDistance::squared);
  for (const int k : ks) *out++ = exact_of_rank(rows, static_cast<std::size_t>(k - 1), close, scratch);
}

/// Lowers the limit to the k-th smallest upper bound and drops what lies above it. There are k at least.
void NearestCandidates::prune(const PreparedRows& rows, std::size_t k, std::vector<double>& upper) {
  upper.clear();
  for (const Found& found : found_) upper.push_back(found.low + rows.slack(row_, found.j));
  std::nth_element(upper.begin(), upper.begin() + static_cast<std::ptrdiff_t>(k - 1), upper.end());
  limit_ = std::min(limit_, float_not_below(upper[k - 1]));
  std::erase_if(found_, [this](const Found& found) { return found.low > limit_; });
}

/// The exact D² of a rank: those whose close D² is about that rank's own are the only ones that can have it.
double NearestCandidates::exact_of_rank(const PreparedRows& rows, std::size_t rank,
                                        const std::vector<ByDistance>& close, std::vector<double>& exact) const {
  const double about = close[rank].squared, reach = 4 * rows.close_factor();
  std::size_t first = rank, end = rank;
  while (first > 0 && close[first - 1].squared >= about * (1 - reach)) --first;
  while (end < close.size() && close[end].squared <= about * (1 + reach)) ++end;
  exact.clear();
  for (std::size_t c = first; c < end; ++c) exact.push_back(rows.exact_squared_distance(row_, close[c].row));
  const auto place = exact.begin() + static_cast<std::ptrdiff_t>(rank - first);
  std::nth_element(exact.begin(), place, exact.end());
  return *place;
}

}  // namespace equinfo
