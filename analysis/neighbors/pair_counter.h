#pragma once

#include <cstdint>
#include <vector>

#include "neighbors/pair_scanner.h"
#include "neighbors/radius_count.h"

namespace equinfo {

/// LabelCounts in two words, so that a pair is counted by two additions: yt + 2³² · y and t + 2³² · all.
struct alignas(16) PackedCounts {
  std::uint64_t yt_y = 0, t_all = 0;
};

LabelCounts unpacked(const PackedCounts& counts);
void add(LabelCounts& sum, const LabelCounts& more);

/// Counts pairs for both rows, each within its own radii; what rounding leaves open is looked at in float64.
class PairCounter {
 public:
  PairCounter(const CountSpace& space, int threads);

  /// The largest radius of each prepared row, rounded up, in the scaled unit, [padded rows]; −∞: not asked about.
  const std::vector<float>& limits() const { return limit_; }
  /// Of each row its radii and +∞, in the scaled unit, [N · (radii + 1)]; made anew.
  std::vector<double> scaled_radii() const;
  /// How many PackedCounts the pairs are counted into: of each row, within each radius but no smaller one; then beyond
  /// all of them.
  std::size_t places() const { return facts_.size() * (space_.radii + 1); }

  void count(const CandidateList& candidates, std::vector<PackedCounts>& counts) const {
    (this->*count_pairs_)(candidates, counts);
  }

 private:
  /// What is asked of a row for every pair it is in, side by side in memory.
  struct RowFacts {
    float slack;  ///< with what rounding in float32 may take from a bound (see .cpp)
    std::int32_t y, t, source;
  };

  template <std::size_t kRadii>
  void count_pairs(const CandidateList& candidates, std::vector<PackedCounts>& counts) const;
  template <std::size_t kRadii>
  void count_pair(PairCandidate pair, PackedCounts* counts) const;
  template <std::size_t kRadii>
  std::size_t smallest_radius(PairCandidate pair, std::size_t row, float upper) const;
  std::size_t settled_radius(PairCandidate pair, std::size_t row, std::size_t from, double upper) const;

  /// Scaled by a power of two, so still exact.
  double scaled_radius(std::size_t row, std::size_t r) const {
    return space_.squared_radii[row * space_.radii + r] * space_.rows.squared_scale();
  }

  const CountSpace& space_;
  std::vector<float> low_radius_;  // of each row its radii, rounded down, [N · radii]
  std::vector<float> limit_;
  std::vector<RowFacts> facts_;
  void (PairCounter::*count_pairs_)(const CandidateList&, std::vector<PackedCounts>&) const;
};

}  // namespace equinfo
