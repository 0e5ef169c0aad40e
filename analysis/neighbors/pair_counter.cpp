#include "neighbors/pair_counter.h"

#include <bit>
#include <limits>

#include "compute/parallel.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace equinfo {

namespace {

/// One pair by whether its classes and its transformations are the same. From memory: words put together in registers
/// would have to wait for their way through it, as both are added at once.
constexpr std::uint64_t kUpper = std::uint64_t{1} << 32;
constexpr PackedCounts kOnePair[2][2] = {{{0, kUpper}, {0, kUpper + 1}}, {{kUpper, kUpper}, {kUpper + 1, kUpper + 1}}};

/// How many of a row's ascending radii are below a D².
template <std::size_t kRadii>
std::size_t radii_below(const float* radius, std::size_t radii, float squared) {
#if defined(__SSE2__)
  if constexpr (kRadii == 4) {
    const int below = _mm_movemask_ps(_mm_cmplt_ps(_mm_loadu_ps(radius), _mm_set1_ps(squared)));
    return static_cast<std::size_t>(std::countr_one(static_cast<unsigned>(below)));
  }
#endif
  std::size_t below = 0;
  for (std::size_t r = 0; r < (kRadii > 0 ? kRadii : radii); ++r) below += radius[r] < squared ? 1 : 0;
  return below;
}

}  // namespace

LabelCounts unpacked(const PackedCounts& counts) {
  return {static_cast<std::int32_t>(counts.yt_y), static_cast<std::int32_t>(counts.yt_y >> 32),
          static_cast<std::int32_t>(counts.t_all), static_cast<std::int32_t>(counts.t_all >> 32)};
}

void add(LabelCounts& sum, const LabelCounts& more) {
  sum.yt += more.yt;
  sum.y += more.y;
  sum.t += more.t;
  sum.all += more.all;
}

PairCounter::PairCounter(const CountSpace& space, int threads)
    : space_(space),
      limit_(static_cast<std::size_t>(space.rows.padded_rows()), -std::numeric_limits<float>::infinity()),
      count_pairs_(space.radii == 1   ? &PairCounter::count_pairs<1>
                   : space.radii == 4 ? &PairCounter::count_pairs<4>
                                      : &PairCounter::count_pairs<0>) {
  // Two additions in float32 err by at most 2⁻²⁴ (low + both slacks) each, and 2⁻²⁴ · low ≤ 2⁻²³ (n_i + n_j), less than
  // a twentieth of the slacks: β ≥ 22 · 2⁻²⁴ (prepared_rows.h).
  constexpr double kRoom = 1.1;
  low_radius_.resize(space.squared_radii.size());
  facts_.resize(static_cast<std::size_t>(space.rows.rows()));
  parallel_for_blocks(space.rows.rows(), threads, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const auto i = static_cast<std::size_t>(row);
      for (std::size_t r = 0; r < space.radii; ++r) {
        low_radius_[i * space.radii + r] = -float_not_below(-scaled_radius(i, r));
      }
      limit_[i] = float_not_below(scaled_radius(i, space.radii - 1));
      const float slack = float_not_below(kRoom * space.rows.slack(row, row) / 2);
      facts_[i] = {slack, space.labels.y[i], space.labels.t[i], space.labels.source[i]};
    }
  });
}

std::vector<double> PairCounter::scaled_radii() const {
  std::vector<double> scaled;
  scaled.reserve(places());
  for (std::size_t row = 0; row < facts_.size(); ++row) {
    for (std::size_t r = 0; r < space_.radii; ++r) scaled.push_back(scaled_radius(row, r));
    scaled.push_back(std::numeric_limits<double>::infinity());
  }
  return scaled;
}

/// Which of a row's radii is the smallest to hold the pair; their number if none does.
template <std::size_t kRadii>
[[gnu::always_inline]] inline std::size_t PairCounter::smallest_radius(PairCandidate pair, std::size_t row,
                                                                       float upper) const {
  const std::size_t radii = kRadii > 0 ? kRadii : space_.radii;
  const float* radius = low_radius_.data() + row * radii;
  const std::size_t beyond = radii_below<kRadii>(radius, radii, pair.low);
  return radii_below<kRadii>(radius, radii, upper) == beyond ? beyond : settled_radius(pair, row, beyond, upper);
}

template <std::size_t kRadii>
[[gnu::always_inline]] inline void PairCounter::count_pair(PairCandidate pair, PackedCounts* counts) const {
  const RowFacts &a = facts_[static_cast<std::size_t>(pair.i)], &b = facts_[static_cast<std::size_t>(pair.j)];
  if (a.source == b.source) return;
  const PackedCounts& one = kOnePair[a.y == b.y ? 1 : 0][a.t == b.t ? 1 : 0];
  const float upper = pair.low + (a.slack + b.slack);
  const std::size_t radii = kRadii > 0 ? kRadii : space_.radii;
  for (const std::int32_t index : {pair.i, pair.j}) {
    const auto row = static_cast<std::size_t>(index);
    PackedCounts& count = counts[row * (radii + 1) + smallest_radius<kRadii>(pair, row, upper)];
    count.yt_y += one.yt_y;
    count.t_all += one.t_all;
  }
}

/// For a number of radii that the compiler knows, or 0 for any.
template <std::size_t kRadii>
void PairCounter::count_pairs(const CandidateList& candidates, std::vector<PackedCounts>& counts) const {
  constexpr std::size_t kAhead = 16;
  for (std::size_t c = 0; c < candidates.size; ++c) {
    if (c + kAhead < candidates.size) {
      const std::size_t next = static_cast<std::size_t>(candidates.j[c + kAhead]) * (space_.radii + 1);
      __builtin_prefetch(&counts[next], 1);
      __builtin_prefetch(&counts[next + space_.radii], 1);
    }
    const PairCandidate pair = candidates[c];
    // A block against itself holds every pair twice.
    if (pair.i < pair.j) count_pair<kRadii>(pair, counts.data());
  }
}

/// Which radius it is where rounding leaves that open between radius `from` and larger ones.
std::size_t PairCounter::settled_radius(PairCandidate pair, std::size_t row, std::size_t from, double upper) const {
  const double close = space_.rows.close_squared_distance(pair.i, pair.j), reach = 2 * space_.rows.close_factor();
  for (; from < space_.radii && upper > scaled_radius(row, from); ++from) {
    const double radius = space_.squared_radii[row * space_.radii + from];
    if (close * (1 + reach) <= radius) return from;
    if (close * (1 - reach) > radius) continue;
    if (space_.rows.exact_squared_distance(pair.i, pair.j) <= radius) return from;
  }
  return from;
}

}  // namespace equinfo
