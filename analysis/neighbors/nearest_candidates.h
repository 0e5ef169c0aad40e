#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "neighbors/prepared_rows.h"

namespace equinfo {

/// A neighbour by its distance, and its row.
struct ByDistance {
  double squared;
  std::int32_t row;
};

/// Of one row, every neighbour that may still be among the k nearest.
class NearestCandidates {
 public:
  void restart(std::int64_t row) {
    row_ = row;
    found_.clear();
    limit_ = std::numeric_limits<float>::infinity();
  }
  void add(std::int32_t j, float low) {
    if (low <= limit_) found_.push_back({low, j});
  }
  /// No neighbour with a `low` above this can be among the k nearest. +∞ until k have been seen.
  float limit() const { return limit_; }

  /// Prunes once there is something to gain.
  void prune_if_many(const PreparedRows& rows, std::size_t k, std::vector<double>& scratch);

  /// The k-th smallest exact D² for each of `ks`, ascending, to `out`. Throws std::invalid_argument if there are fewer.
  void exact_kth(const PreparedRows& rows, std::span<const int> ks, std::vector<double>& scratch,
                 std::vector<ByDistance>& close, double* out);

 private:
  struct Found {
    float low;
    std::int32_t j;
  };

  void prune(const PreparedRows& rows, std::size_t k, std::vector<double>& upper);
  double exact_of_rank(const PreparedRows& rows, std::size_t rank, const std::vector<ByDistance>& close,
                       std::vector<double>& exact) const;

  std::int64_t row_ = 0;
  std::vector<Found> found_;
  float limit_ = std::numeric_limits<float>::infinity();
};

}  // namespace equinfo
