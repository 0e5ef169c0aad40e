#include "estimators/permutation_scheme.h"

#include <algorithm>
#include <numeric>

#include "core/error.h"

namespace equinfo {
namespace {

bool varies_within_source(const std::vector<std::int32_t>& label, const Labels& labels) {
  std::vector<std::int32_t> first(static_cast<std::size_t>(labels.sources), -1);
  for (std::size_t i = 0; i < label.size(); ++i) {
    std::int32_t& of_source = first[static_cast<std::size_t>(labels.source[i])];
    if (of_source < 0) of_source = label[i];
    if (of_source != label[i]) return true;
  }
  return false;
}

std::vector<std::int32_t> pair_codes(const Labels& labels) {
  std::vector<std::int32_t> codes(labels.y.size());
  for (std::int64_t i = 0; i < labels.rows(); ++i) codes[static_cast<std::size_t>(i)] = labels.cell(i);
  return codes;
}

/// The groups of rows with one source and class, coded by the smallest row.
std::vector<std::int32_t> source_and_class(const Labels& labels) {
  std::vector<std::int64_t> order(labels.y.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  const auto key = [&](std::int64_t row) {
    const auto i = static_cast<std::size_t>(row);
    return std::pair(labels.source[i], labels.y[i]);
  };
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) { return key(a) < key(b); });
  std::vector<std::int32_t> group(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) {
    const bool same = k > 0 && key(order[k - 1]) == key(order[k]);
    group[static_cast<std::size_t>(order[k])] =
        same ? group[static_cast<std::size_t>(order[k - 1])] : static_cast<std::int32_t>(k);
  }
  return group;
}

PermutationScheme permuted_y(const Labels& labels, bool given_t) {
  const bool rows_are_sources = labels.sources == labels.rows();
  const std::vector<std::int32_t> pattern = given_t ? labels.t : std::vector<std::int32_t>(labels.t.size(), 0);
  PermutationScheme scheme{LabelPermutations::of_sources(labels.source, pattern), true, false, "", 0};
  scheme.movable = scheme.permutations.rows_that_may_change(labels.y);
  scheme.words = rows_are_sources ? "Y across rows" : "Y across sources";
  if (given_t) scheme.words += rows_are_sources ? " within T" : " of the same T-pattern";
  return scheme;
}

PermutationScheme permuted_t(const Labels& labels, bool given_y) {
  const bool within = varies_within_source(labels.t, labels);
  const bool rows_are_sources = labels.sources == labels.rows();
  const std::vector<std::int32_t> pattern = given_y ? labels.y : std::vector<std::int32_t>(labels.y.size(), 0);
  PermutationScheme scheme{within ? LabelPermutations::of_rows(given_y ? source_and_class(labels) : labels.source)
                                  : LabelPermutations::of_sources(labels.source, pattern),
                           false, true, "", 0};
  scheme.movable = scheme.permutations.rows_that_may_change(labels.t);
  if (within) {
    scheme.words = given_y && varies_within_source(labels.y, labels) ? "T within source and class" : "T within source";
  } else {
    scheme.words = rows_are_sources ? "T across rows" : "T across sources";
    if (given_y) scheme.words += rows_are_sources ? " within Y" : " of the same Y-pattern";
  }
  return scheme;
}

PermutationScheme permuted_pairs(const Labels& labels) {
  PermutationScheme scheme{LabelPermutations::of_sources_and_rows(labels.source), true, true, "", 0};
  scheme.words = "pairs (Y,T) across rows";
  if (labels.sources != labels.rows()) scheme.words = "pairs (Y,T) across sources and within a source";
  scheme.movable = scheme.permutations.rows_that_may_change(pair_codes(labels));
  return scheme;
}

}  // namespace

PermutationScheme permutation_scheme(Quantity quantity, const Labels& labels) {
  switch (quantity) {
    case Quantity::kZY:
      return permuted_y(labels, false);
    case Quantity::kZYGivenT:
      return permuted_y(labels, true);
    case Quantity::kZT:
      return permuted_t(labels, false);
    case Quantity::kZTGivenY:
      return permuted_t(labels, true);
    case Quantity::kZYT:
      return permuted_pairs(labels);
    default:
      break;
  }
  throw std::invalid_argument(fmt::format("permutation test: {} has no exact one", symbol_of(quantity)));
}

}  // namespace equinfo
