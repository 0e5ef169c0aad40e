#include "neighbors/scanner_choice.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "neighbors/radius_search.h"

namespace equinfo {
namespace {

constexpr float kNone = -std::numeric_limits<float>::infinity();

/// A prepared row with its D² to the k-th neighbour, in the scaled unit.
struct SampledRow {
  std::int64_t row;
  double squared_radius;
};

/// Some rows of some cells, as far as they are asked about. Found without other ranks, whose engines may differ.
std::vector<SampledRow> sampled(const PreparedRows& rows, const Arrangement& arrangement, const PairScanner& scanner,
                                int k, int threads) {
  constexpr std::size_t kCells = 16;
  constexpr std::int64_t kRowsOfEach = 4;
  std::vector<RowRange> asked = arrangement.of_cells.asked;
  const std::size_t step = (asked.size() + kCells - 1) / kCells;
  for (std::size_t c = 0; c < asked.size(); ++c) {
    asked[c].end = c % step == 0 ? std::min(asked[c].end, asked[c].begin + kRowsOfEach) : asked[c].begin;
  }
  const RadiusSpace space{rows, scanner, arrangement.cells, asked, arrangement.labels.source, arrangement.in_space};
  const std::vector<double> radii = squared_radii_alone(space, std::span(&k, 1), threads);
  std::vector<SampledRow> sample;
  for (const RowRange& range : asked) {
    for (std::int64_t i = range.begin; i < range.end; ++i) {
      sample.push_back({i, radii[static_cast<std::size_t>(i)] * rows.squared_scale()});
    }
  }
  return sample;
}

/// Whether rounding leaves more pairs to float64 than speed makes up for: with r² and a slack of D², about d/2 ·
/// slack / r² of the rows near a row.
bool leaves_too_many_open(const PreparedRows& rows, const std::vector<SampledRow>& sample) {
  constexpr double kMostOpen = 0.25;
  const auto coarse = std::ranges::count_if(sample, [&](const SampledRow& own) {
    const double slack = rows.slack(own.row, own.row);
    return 0.5 * static_cast<double>(rows.cols()) * slack > kMostOpen * own.squared_radius;
  });
  return 2 * coarse > std::ssize(sample);
}

/// Whether a scanner looks a second time at more of the pairs beyond the radii than its speed makes up for, by the rows
/// near the sampled ones among some others. Of d columns a pair takes 1/16 d cycles in float32 and 1/64 d in integers
/// of 8 bits; to look a second time takes 15 + d/4. Half of what is gained may go.
bool looks_twice_too_often(const PreparedRows& rows, const std::vector<SampledRow>& sample,
                           const PairScanner& scanner) {
  constexpr std::int64_t kParts = 8, kColsOfEach = 256;
  if (scanner.blur() == 0.0) return false;
  const std::vector<float> no_limits(static_cast<std::size_t>(rows.padded_rows()), kNone);
  std::vector<float> scratch;
  CandidateList found;
  std::int64_t pairs = 0, beyond = 0;
  for (const SampledRow& own : sample) {
    const double reach = std::sqrt(own.squared_radius) + scanner.blur();
    const float limit = float_not_below(reach * reach);
    for (std::int64_t part = 0; part < kParts; ++part) {
      const std::int64_t begin = rows.rows() * part / kParts, end = std::min(begin + kColsOfEach, rows.rows());
      found.size = 0;
      scanner.scan({own.row, own.row + 1, begin, end, &limit, no_limits.data()}, scratch, found);
      pairs += end - begin;
      for (std::size_t c = 0; c < found.size; ++c) beyond += found.low[c] > own.squared_radius ? 1 : 0;
    }
  }
  const auto d = static_cast<double>(rows.cols());
  return static_cast<double>(beyond) * (15.0 + d / 4.0) > 0.5 * (3.0 / 64.0) * d * static_cast<double>(pairs);
}

}  // namespace

std::unique_ptr<PairScanner> choose_scanner(PreparedRows& rows, const Arrangement& arrangement, int k,
                                            const NeighborOptions& options) {
  const auto engines = engines_to_try(options.engine, rows.cols());
  for (const NeighborEngine engine : engines) {
    rows.allow_for(arithmetic_of(engine));
    auto scanner = make_scanner(engine, rows, options.threads);
    if (engine == engines.back()) return scanner;
    const auto sample = sampled(rows, arrangement, *scanner, k, options.threads);
    if (!leaves_too_many_open(rows, sample) && !looks_twice_too_often(rows, sample, *scanner)) return scanner;
  }
  return nullptr;
}

}  // namespace equinfo
