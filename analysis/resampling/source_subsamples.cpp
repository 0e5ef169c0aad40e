#include "resampling/source_subsamples.h"

#include <cmath>

#include "core/error.h"

namespace equinfo {
namespace {

void check(std::int64_t chosen, std::int64_t sources) {
  require(chosen >= 1 && chosen < sources, "subsamples: {} of {} sources", chosen, sources);
}

}  // namespace

std::vector<std::int64_t> subsample_rows(std::span<const std::int32_t> source, std::int64_t sources,
                                         std::int64_t chosen, RandomStream& stream) {
  check(chosen, sources);
  const auto order = stream.permutation(sources);
  std::vector<bool> taken(static_cast<std::size_t>(sources), false);
  for (std::int64_t k = 0; k < chosen; ++k) {
    taken[static_cast<std::size_t>(order[static_cast<std::size_t>(k)])] = true;
  }
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (taken[static_cast<std::size_t>(source[i])]) rows.push_back(static_cast<std::int64_t>(i));
  }
  return rows;
}

double subsampled_error(std::span<const double> readings, std::int64_t chosen, std::int64_t sources) {
  check(chosen, sources);
  require(readings.size() >= 2, "subsamples: {} reading is too few, at least 2 are needed", readings.size());
  const auto count = static_cast<double>(readings.size());
  double mean = 0.0, squares = 0.0;
  for (const double reading : readings) mean += reading / count;
  for (const double reading : readings) squares += (reading - mean) * (reading - mean);
  const double share = static_cast<double>(chosen) / static_cast<double>(sources);
  return std::sqrt(squares / (count - 1.0) * share / (1.0 - share));
}

}  // namespace equinfo
