#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "neighbors/prepared_rows.h"

namespace equinfo {

/// Memory that a thread's searches share.
struct NearestScratch {
  /// A neighbour, and what its D² is not below.
  struct ByLow {
    float low;
    std::int32_t row;
  };
  std::vector<ByLow> sorted;
  std::vector<double> close, exact;
};

/// Of one row, every neighbour that may still be among the k nearest.
class NearestCandidates {
 public:
  /// Begins with a limit that may turn out to be too small (`is_settled`).
  void restart(std::int64_t row, float limit = std::numeric_limits<float>::infinity()) {
    row_ = row;
    low_.clear();
    row_of_.clear();
    limit_ = limit;
    limit_holds_ = false;
  }
  void add(std::int32_t j, float low) {
    if (low > limit_) return;
    low_.push_back(low);
    row_of_.push_back(j);
  }
  /// No neighbour with a `low` above this can be among the k nearest, unless it was too small from the beginning.
  float limit() const { return limit_; }
  /// With all neighbours seen: whether the k nearest are among them, in spite of the limit at the beginning. Prunes.
  bool is_settled(const PreparedRows& rows, std::size_t k);

  /// Prunes once there is something to gain.
  void prune_if_many(const PreparedRows& rows, std::size_t k);

  /// The k-th smallest exact D² for each of `ks`, ascending, to `out`. Throws std::invalid_argument if there are fewer.
  void exact_kth(const PreparedRows& rows, std::span<const int> ks, NearestScratch& scratch, double* out);

 private:
  void prune(const PreparedRows& rows, std::size_t k);
  double exact_of_rank(const PreparedRows& rows, std::size_t rank, double slack, NearestScratch& scratch) const;
  double settled(const PreparedRows& rows, std::size_t rank, std::span<const NearestScratch::ByLow> open,
                 NearestScratch& scratch) const;

  std::int64_t row_ = 0;
  std::vector<float> low_;            ///< of those found
  std::vector<std::int32_t> row_of_;  ///< the same
  std::vector<std::int32_t> upper_;   ///< for the length of a call
  float limit_ = std::numeric_limits<float>::infinity();
  bool limit_holds_ = false;  ///< k neighbours are known to be no further away
};

/// Of floats that are not negative, by their bits: something not below the k-th smallest, k of them at least, and not
/// far from it: an eighth more of them are not above it, or it is within 2⁻¹⁶ of their range.
std::int32_t about_kth(const std::vector<std::int32_t>& values, std::size_t k);

}  // namespace equinfo
