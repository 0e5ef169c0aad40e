#include <cmath>
#include <map>
#include <stdexcept>
#include <vector>

#include "resampling/permutation.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

using Rows = std::vector<std::int64_t>;

/// How often each element is drawn.
std::map<Rows, int> drawn(const LabelPermutations& permutations, int draws) {
  std::map<Rows, int> counts;
  for (int b = 0; b < draws; ++b) {
    RandomStream stream(1, "test", static_cast<std::uint64_t>(b));
    ++counts[permutations.draw(stream)];
  }
  return counts;
}

/// Every element of a group of `size` is drawn, each about equally often: 4 standard deviations of a binomial.
void check_uniform(const LabelPermutations& permutations, std::size_t size) {
  const auto counts = drawn(permutations, 2400);
  CHECK(counts.size() == size);
  const double mean = 2400.0 / static_cast<double>(size);
  for (const auto& [element, count] : counts) CHECK(std::abs(count - mean) < 4.0 * std::sqrt(mean));
}

}  // namespace

TEST_CASE("permutations of rows: only rows of one group change places, all orders equally likely") {
  const std::vector<std::int32_t> group{5, 2, 5, 2, 5, 9};
  const auto permutations = LabelPermutations::of_rows(group);
  CHECK(permutations.strata() == 3);
  check_uniform(permutations, 6 * 2 * 1);
  for (const auto& [from, count] : drawn(permutations, 100)) {
    for (std::size_t i = 0; i < group.size(); ++i) CHECK(group[static_cast<std::size_t>(from[i])] == group[i]);
    CHECK(from[5] == 5);
  }
}

TEST_CASE("permutations of sources: whole sources of one pattern, rows matched by it in any order") {
  // Sources 0 and 2 both have the pattern {0, 1}, in opposite orders; source 1 has {0, 0} and source 3 one row.
  const std::vector<std::int32_t> source{0, 0, 1, 1, 2, 2, 3}, pattern{0, 1, 0, 0, 1, 0, 0};
  const auto permutations = LabelPermutations::of_sources(source, pattern);
  CHECK(permutations.strata() == 3);
  check_uniform(permutations, 2);
  const auto counts = drawn(permutations, 50);
  CHECK(counts.contains(Rows{0, 1, 2, 3, 4, 5, 6}));
  CHECK(counts.contains(Rows{5, 4, 2, 3, 1, 0, 6}));
}

TEST_CASE("permutations of sources: a constant pattern asks for as many rows only") {
  const std::vector<std::int32_t> source{0, 0, 1, 1, 2, 2, 3}, constant(7, 0);
  check_uniform(LabelPermutations::of_sources(source, constant), 6);
}

TEST_CASE("permutations of sources and rows: sources stay together, rows mix inside") {
  const std::vector<std::int32_t> source{0, 0, 1, 1, 2};
  const auto permutations = LabelPermutations::of_sources_and_rows(source);
  check_uniform(permutations, 2 * 2 * 2);
  for (const auto& [from, count] : drawn(permutations, 100)) {
    CHECK(source[static_cast<std::size_t>(from[0])] == source[static_cast<std::size_t>(from[1])]);
    CHECK(from[4] == 4);
  }
}

TEST_CASE("rows that may change: those with another value among the places theirs can come from") {
  const std::vector<std::int32_t> source{0, 0, 1, 1, 2}, constant(5, 0), label{3, 4, 3, 5, 6};
  // Row for row, only the second rows of sources 0 and 1 differ; with rows mixing, all four can change.
  CHECK(LabelPermutations::of_sources(source, constant).rows_that_may_change(label) == 2);
  CHECK(LabelPermutations::of_sources_and_rows(source).rows_that_may_change(label) == 4);
  CHECK(LabelPermutations::of_rows(source).rows_that_may_change(label) == 4);
  CHECK(LabelPermutations::of_rows(std::vector<std::int32_t>{0, 1, 2, 3, 4}).rows_that_may_change(label) == 0);
}

TEST_CASE("permutations: a pattern of another length is refused") {
  const std::vector<std::int32_t> source{0, 1, 2}, pattern{0, 1};
  CHECK_THROWS_WITH_AS(LabelPermutations::of_sources(source, pattern),
                       "permutations: 3 sources but 2 values of the pattern", std::invalid_argument);
}
