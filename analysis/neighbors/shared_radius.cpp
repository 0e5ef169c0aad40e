#include "neighbors/shared_radius.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>

#include "compute/agreement.h"
#include "compute/cuda_device.h"
#include "compute/parallel.h"
#include "compute/team.h"
#include "core/error.h"
#include "neighbors/device_program.h"
#include "neighbors/pair_counter.h"
#include "neighbors/prepared_rows.h"
#include "neighbors/radius_count.h"
#include "neighbors/radius_search.h"
#include "neighbors/row_arrangement.h"
#include "neighbors/scanner_choice.h"

namespace equinfo {
namespace {

void check_codes(std::span<const std::int32_t> codes, std::int32_t count, const char* name, std::int64_t rows) {
  require(static_cast<std::int64_t>(codes.size()) == rows, "neighbors: z has {} rows but {} has {}", rows, name,
          codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    require(codes[i] >= 0 && codes[i] < count, "neighbors: {}[{}] = {} is outside 0..{}", name, i, codes[i], count - 1);
  }
}

void check_ks(std::span<const int> ks) {
  require(!ks.empty(), "neighbors: no k is given");
  require(ks.front() >= 1, "neighbors: k = {} is below 1", ks.front());
  for (std::size_t r = 1; r < ks.size(); ++r) {
    require(ks[r - 1] < ks[r], "neighbors: k = {} does not ascend after {}", ks[r], ks[r - 1]);
  }
}

void check(const NeighborProblem& problem) {
  const std::int64_t rows = problem.z.rows();
  require(rows > 0, "neighbors: there are no rows");
  require(rows < std::numeric_limits<std::int32_t>::max(), "neighbors: {} rows are too many", rows);
  check_codes(problem.y, problem.classes, "y", rows);
  check_codes(problem.t, problem.transforms, "t", rows);
  require(problem.source.empty() || static_cast<std::int64_t>(problem.source.size()) == rows,
          "neighbors: z has {} rows but source has {}", rows, problem.source.size());
  for (std::int64_t i = 0; i < rows; ++i) {
    bool finite = true;
    for (const float z : problem.z.row(i)) finite &= std::isfinite(z);
    for (std::int64_t j = 0; !finite && j < problem.z.cols(); ++j) {
      require(std::isfinite(problem.z(i, j)), "neighbors: z[{}, {}] = {} is not finite", i, j, problem.z(i, j));
    }
  }
}

/// The rows that are asked about, in the order of the results.
std::vector<std::int64_t> rows_asked(const NeighborProblem& problem) {
  if (!problem.anchors.empty()) return {problem.anchors.begin(), problem.anchors.end()};
  std::vector<std::int64_t> rows(problem.y.size());
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  return rows;
}

/// Which rows are asked about, [N].
std::vector<bool> asked_rows(const NeighborProblem& problem) {
  std::vector<bool> asked(problem.y.size(), problem.anchors.empty());
  for (const std::int64_t row : problem.anchors) {
    require(row >= 0 && row < problem.z.rows(), "neighbors: there is no row {} among {} to ask about", row,
            problem.z.rows());
    require(!asked[static_cast<std::size_t>(row)], "neighbors: row {} is asked about twice", row);
    asked[static_cast<std::size_t>(row)] = true;
  }
  return asked;
}

void check_enough_neighbors(const NeighborProblem& problem, const std::vector<bool>& asked, int k) {
  const std::vector<std::int32_t> eligible = eligible_in_cells(problem);
  for (std::size_t i = 0; i < eligible.size(); ++i) {
    if (!asked[i]) continue;
    require(eligible[i] >= k,
            "neighbors: k = {} but row {}, of class {} with transformation {}, has only {} eligible "
            "neighbours",
            k, i, problem.y[i], problem.t[i], eligible[i]);
  }
}

/// Of all prepared rows and radii, row by row.
struct RowReadings {
  std::vector<double> radii;
  std::vector<LabelCounts> counts;
};

/// What a device, or without one the processor, reads at some rows of the cells.
RowReadings read(const PreparedRows& rows, const Arrangement& arrangement, std::span<const RowRange> asked,
                 const PairScanner& scanner, const DeviceRows* device, std::span<const int> ks,
                 const NeighborOptions& options) {
  const Arrangement& a = arrangement;
  RowReadings readings;
  readings.radii =
      squared_radii({rows, scanner, a.cells, asked, a.labels.source, a.in_space, device}, ks, options.threads);
  readings.counts =
      count_within_radii({rows, scanner, a.labels, readings.radii, ks.size(), a.in_space, device}, options);
  return readings;
}

/// Throws if the processor reads anything else at the first rows than the device did.
void check_device(const PreparedRows& rows, const Arrangement& arrangement, const PairScanner& scanner,
                  const DeviceUse& use, const RowReadings& found, std::span<const int> ks,
                  const NeighborOptions& options) {
  constexpr std::int64_t kRows = 64;
  std::vector<RowRange> asked = arrangement.of_cells.asked;
  const auto first = std::ranges::find_if(asked, [](const RowRange& range) { return range.begin < range.end; });
  for (auto range = asked.begin(); range != asked.end(); ++range) {
    range->end = range == first ? std::min(range->end, range->begin + kRows) : range->begin;
  }
  const RowReadings here = read(rows, arrangement, asked, scanner, nullptr, ks, {.threads = options.threads});
  const auto begin = static_cast<std::size_t>(first->begin) * ks.size();
  const auto count = static_cast<std::size_t>(first->end - first->begin) * ks.size();
  const auto agree = [&](const auto& a, const auto& b) {
    return std::ranges::equal(std::span(a).subspan(begin, count), std::span(b).subspan(begin, count));
  };
  if (agree(here.radii, found.radii) && agree(here.counts, found.counts)) return;
  throw AcceleratorError(
      fmt::format("{}: counts other neighbours than the processor; please report this", use.accelerator.name()));
}

RowReadings read_by_device(const PreparedRows& rows, const Arrangement& arrangement, std::span<const int> ks,
                           const NeighborOptions& options) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  const DeviceUse& use = options.device != nullptr ? *options.device : cuda_use();
  const auto scanner = make_scanner(NeighborEngine::kProduct, rows);
  RowReadings readings;
  {
    const DeviceRows there(use, rows, arrangement.labels, options.threads);
    readings = read(rows, arrangement, arrangement.of_cells.asked, *scanner, &there, ks, options);
  }
  check_device(rows, arrangement, *scanner, use, readings, ks, options);
  return readings;
}

/// Whether kAuto takes a device. Opening one and compiling for it takes some seconds, in which a processor makes 10¹²
/// multiply-adds; not measured on one yet.
bool device_pays(const NeighborProblem& problem) {
  constexpr double kLeastWork = 4e12;
  const auto rows = static_cast<double>(problem.z.rows()), cols = static_cast<double>(problem.z.cols());
  const double asked = problem.anchors.empty() ? rows / 2 : static_cast<double>(problem.anchors.size());
  return asked * rows * cols >= kLeastWork && cuda_everywhere();
}

RowReadings readings_of(const NeighborProblem& problem, const Arrangement& arrangement, std::span<const int> ks,
                        const NeighborOptions& options) {
  PreparedRows rows(problem.z, arrangement.order, options.threads);
  const bool automatic = options.engine == NeighborEngine::kAuto;
  if (options.engine == NeighborEngine::kCuda) return read_by_device(rows, arrangement, ks, options);
  if (automatic && device_pays(problem)) {
    try {
      return read_by_device(rows, arrangement, ks, options);
    } catch (const AcceleratorError& error) {
      // Of several processes all must do the same.
      if (work_is_shared()) throw;
      if (options.show_progress) fmt::print(stderr, "{}; the processor counts instead\n", error.what());
    }
  }
  const auto scanner = choose_scanner(rows, arrangement, ks.front(), options);
  return read(rows, arrangement, arrangement.of_cells.asked, *scanner, nullptr, ks, options);
}

}  // namespace

SharedRadius shared_radius(const NeighborProblem& problem, const NeighborOptions& options) {
  return std::move(shared_radii(problem, std::span(&options.k, 1), options).front());
}

std::int64_t shared_radii_memory(std::int64_t rows, std::int64_t cols, std::int64_t radii,
                                 const NeighborOptions& options) {
  constexpr std::int64_t kArrangement = 16, kNorms = 17, kFacts = 20;  // row_arrangement, prepared_rows, pair_counter
  constexpr std::int64_t kRadius = 12, kCounts = sizeof(PackedCounts);
  const std::int64_t coordinates =
      cols * static_cast<std::int64_t>(sizeof(float)) + scanner_bytes(options.engine, cols);
  const std::int64_t counters = kCounts * (radii + (radii + 1) * resolve_threads(options.threads));
  return rows * (coordinates + kArrangement + kNorms + kFacts + kRadius * radii + counters);
}

std::vector<SharedRadius> shared_radii(const NeighborProblem& problem, std::span<const int> ks,
                                       const NeighborOptions& options) {
  check(problem);
  check_ks(ks);
  // Counts within radii that another processor found from other roundings would be off by one here and there.
  Agreement coordinates;
  coordinates.add(problem.z);
  coordinates.require("neighbors: the ranks' coordinates differ; their processors must be of one type");
  const std::vector<bool> asked = asked_rows(problem);
  check_enough_neighbors(problem, asked, ks.back());
  const Arrangement arrangement = arranged(problem, asked, options.threads);
  const RowReadings readings = readings_of(problem, arrangement, ks, options);
  std::vector<std::size_t> place(problem.y.size());
  for (std::size_t i = 0; i < place.size(); ++i) place[static_cast<std::size_t>(arrangement.order[i])] = i;
  const std::vector<std::int64_t> wanted = rows_asked(problem);
  std::vector<SharedRadius> results(ks.size());
  for (SharedRadius& result : results) {
    result.squared_radius.resize(wanted.size());
    result.counts.resize(wanted.size());
  }
  parallel_for_blocks(std::ssize(wanted), options.threads, [&](std::int64_t begin, std::int64_t end) {
    for (auto w = static_cast<std::size_t>(begin); w < static_cast<std::size_t>(end); ++w) {
      const std::size_t first = place[static_cast<std::size_t>(wanted[w])] * ks.size();
      for (std::size_t r = 0; r < ks.size(); ++r) {
        results[r].squared_radius[w] = readings.radii[first + r];
        results[r].counts[w] = readings.counts[first + r];
      }
    }
  });
  return results;
}

}  // namespace equinfo
