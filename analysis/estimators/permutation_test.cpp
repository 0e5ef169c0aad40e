#include "estimators/permutation_test.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "compute/parallel.h"
#include "compute/vector_exp.h"
#include "core/error.h"
#include "core/progress.h"
#include "estimators/lda.h"
#include "estimators/permutation_scheme.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockRows = 1024;
constexpr std::array kTested{Quantity::kZY, Quantity::kZT, Quantity::kZYGivenT, Quantity::kZTGivenY, Quantity::kZYT};

/// Which labels a probe sees; the other is taken for constant.
struct Sight {
  bool y, t;
};

Sight sight_of(Quantity quantity) { return {quantity != Quantity::kZT, quantity != Quantity::kZY}; }

Labels seen(Labels labels, Sight sight) {
  if (!sight.y) std::ranges::fill(labels.y, 0), labels.classes = 1;
  if (!sight.t) std::ranges::fill(labels.t, 0), labels.transforms = 1;
  return labels;
}

/// Rows put in the order of their folds, so that each fold can be scored in one piece.
struct SortedRows {
  LargeMatrix z;
  std::vector<std::int64_t> row;  // the caller's row of each sorted one
  SourceFolds folds;
  std::vector<std::int64_t> fold_begin;  // [folds + 1]
};

SortedRows sort_rows(const ScaledRows& z, const Labels& labels, const PermutationTestOptions& options) {
  // Folds must not know the labels: observed and permuted ones have to meet the same folds.
  const std::vector<std::int32_t> no_strata(labels.y.size(), 0);
  const SourceFolds folds =
      make_source_folds(labels.source, labels.sources, no_strata, {options.folds, 1, options.seed, 0});
  SortedRows sorted{LargeMatrix(z.rows(), z.cols()), std::vector<std::int64_t>(labels.y.size()), folds, {}};
  std::iota(sorted.row.begin(), sorted.row.end(), std::int64_t{0});
  std::stable_sort(sorted.row.begin(), sorted.row.end(),
                   [&](std::int64_t a, std::int64_t b) { return folds.fold(a) < folds.fold(b); });
  sorted.fold_begin.assign(static_cast<std::size_t>(options.folds) + 1, 0);
  for (std::size_t k = 0; k < sorted.row.size(); ++k) {
    const std::int64_t row = sorted.row[k];
    z.copy_row(row, sorted.z.row(static_cast<std::int64_t>(k)));
    sorted.folds.chunk[k] = folds.fold(row);
    ++sorted.fold_begin[static_cast<std::size_t>(folds.fold(row)) + 1];
  }
  std::partial_sum(sorted.fold_begin.begin(), sorted.fold_begin.end(), sorted.fold_begin.begin());
  return sorted;
}

/// Labels in the sorted order; y and t of sorted row k are those of the caller's rows y_from[k] and t_from[k].
Labels relabel(const Labels& labels, const SortedRows& sorted, const PermutationScheme& scheme,
               const std::vector<std::int64_t>& from) {
  Labels moved = labels;
  for (std::size_t k = 0; k < sorted.row.size(); ++k) {
    const auto stays = static_cast<std::size_t>(sorted.row[k]);
    const auto comes = static_cast<std::size_t>(from[stays]);
    moved.y[k] = labels.y[scheme.moves_y ? comes : stays];
    moved.t[k] = labels.t[scheme.moves_t ? comes : stays];
    moved.source[k] = labels.source[stays];
  }
  return moved;
}

/// What one row adds to the score: ln q(y,t|z)/p(y,t), less ln q(t|z)/p(t) or ln q(y|z)/p(y) for a conditional.
class RowScore {
 public:
  RowScore(Quantity quantity, const Labels& labels, const LogPriors& priors)
      : quantity_(quantity), labels_(labels), priors_(priors) {}

  double operator()(std::int64_t row, std::span<float> log_scores) const {
    const std::int32_t cell = labels_.cell(row);
    const float largest = *std::ranges::max_element(log_scores);
    const double own = static_cast<double>(log_scores[static_cast<std::size_t>(cell)]) - largest;
    const double log_sum = std::log(static_cast<double>(exp_minus(log_scores, largest)));
    if (quantity_ == Quantity::kZYGivenT) {
      const std::int32_t t = cell % labels_.transforms;
      return own - log_of(log_scores, t, labels_.transforms, own) - gain(cell, priors_.t[static_cast<std::size_t>(t)]);
    }
    if (quantity_ == Quantity::kZTGivenY) {
      const std::int32_t y = cell / labels_.transforms;
      const auto of_class = log_scores.subspan(static_cast<std::size_t>(y * labels_.transforms),
                                               static_cast<std::size_t>(labels_.transforms));
      return own - log_of(of_class, 0, 1, own) - gain(cell, priors_.y[static_cast<std::size_t>(y)]);
    }
    return own - log_sum - gain(cell, 0.0);
  }

 private:
  double gain(std::int32_t cell, double log_condition) const {
    return priors_.cell[static_cast<std::size_t>(cell)] - log_condition;
  }

  /// ln of a sum of weights with a stride; weights that all underflowed still hold at least the row's own, e^own.
  static double log_of(std::span<const float> weights, std::int32_t first, std::int32_t stride, double own) {
    double sum = 0.0;
    for (auto k = static_cast<std::size_t>(first); k < weights.size(); k += static_cast<std::size_t>(stride)) {
      sum += weights[k];
    }
    return sum > 0.0 ? std::max(std::log(sum), own) : own;
  }

  Quantity quantity_;
  const Labels& labels_;
  const LogPriors& priors_;
};

/// Everything that the permutations of one embedding share.
struct Bench {
  const Labels& labels;
  SortedRows sorted;
  LdaStatistics statistics;
  std::uint64_t seed;

  double fold_sum(int fold, const LinearRule& rule, const RowScore& score, std::int64_t cells) const;
  double score(Quantity quantity, const PermutationScheme& scheme, std::int64_t permutation) const;
};

double Bench::fold_sum(int fold, const LinearRule& rule, const RowScore& score, std::int64_t cells) const {
  const auto f = static_cast<std::size_t>(fold);
  double sum = 0.0;
  for (std::int64_t first = sorted.fold_begin[f]; first < sorted.fold_begin[f + 1]; first += kBlockRows) {
    const std::int64_t size = std::min(kBlockRows, sorted.fold_begin[f + 1] - first);
    Matrix<float> log_scores(size, cells);
    apply_rule(rule, sorted.z.view().middle_rows(first, size), log_scores);
    for (std::int64_t i = 0; i < size; ++i) sum += score(first + i, log_scores.row(i));
  }
  return sum;
}

/// The mean score; permutation 0 is the identity.
double Bench::score(Quantity quantity, const PermutationScheme& scheme, std::int64_t permutation) const {
  std::vector<std::int64_t> from(sorted.row.size());
  std::iota(from.begin(), from.end(), std::int64_t{0});
  if (permutation > 0) {
    RandomStream stream(seed, name_of(quantity), static_cast<std::uint64_t>(permutation));
    from = scheme.permutations.draw(stream);
  }
  const Labels moved = seen(relabel(labels, sorted, scheme, from), sight_of(quantity));
  const LogPriors priors = log_priors(moved);
  const LdaStatistics fitted = statistics.relabelled({sorted.z, moved, sorted.folds, priors, seed, 1});
  const RowScore row_score(quantity, moved, priors);
  double sum = 0.0;
  for (int fold = 0; fold < sorted.folds.folds; ++fold) {
    std::vector<std::int32_t> training;
    for (std::int32_t other = 0; other < sorted.folds.folds; ++other) {
      if (other != fold) training.push_back(other);
    }
    sum += fold_sum(fold, fitted.fit(training, CellMeans::kPlain).rule, row_score, moved.cells());
  }
  return sum / static_cast<double>(moved.rows());
}

/// (1 + #{≥}) / (1 + B); among ties the observed score takes a random place, which keeps p uniform under the null.
double p_value_of(const PermutationTest& test, std::uint64_t seed) {
  const auto above = std::ranges::count_if(test.null_scores, [&](double score) { return score > test.score; });
  const auto ties = std::ranges::count(test.null_scores, test.score);
  RandomStream stream(seed, "ties of a permutation test", static_cast<std::uint64_t>(test.quantity));
  return static_cast<double>(1 + above + stream.below(ties + 1)) / static_cast<double>(1 + test.null_scores.size());
}

/// Scores of all draws of all quantities, [tested, B + 1], the observed ones first.
std::vector<std::vector<double>> all_scores(const Bench& bench, const std::vector<PermutationScheme>& schemes,
                                            const PermutationTestOptions& options) {
  const std::int64_t draws = options.permutations + 1;
  std::vector<std::vector<double>> scores(kTested.size(), std::vector<double>(static_cast<std::size_t>(draws), 0.0));
  const std::int64_t fits = draws * static_cast<std::int64_t>(kTested.size());
  std::optional<Progress> progress;
  if (options.show_progress) progress.emplace("permutations", fits, "fits");
  parallel_for(fits, options.threads, [&](std::int64_t k) {
    const auto q = static_cast<std::size_t>(k / draws), draw = static_cast<std::size_t>(k % draws);
    if (schemes[q].movable > 0) scores[q][draw] = bench.score(kTested[q], schemes[q], k % draws);
    if (progress) progress->advance();
  });
  return scores;
}

PermutationTest test_of(Quantity quantity, const PermutationScheme& scheme, const std::vector<double>& scores,
                        const Labels& labels, std::uint64_t seed) {
  PermutationTest test{quantity, std::nullopt, 0.0, {}, scheme.words};
  if (scheme.movable == 0) {
    test.scheme += ": no label can change";
    return test;
  }
  test.score = scores.front();
  test.null_scores.assign(scores.begin() + 1, scores.end());
  test.p_value = p_value_of(test, seed);
  if (scheme.movable < labels.rows()) {
    test.scheme += fmt::format(", {} of {} rows can change", scheme.movable, labels.rows());
  }
  return test;
}

/// The statistics of the observed labels, whose scatters all draws share.
LdaStatistics observed_statistics(const SortedRows& sorted, const Labels& labels,
                                  const PermutationTestOptions& options) {
  Labels observed = labels;
  for (std::size_t k = 0; k < sorted.row.size(); ++k) {
    observed.y[k] = labels.y[static_cast<std::size_t>(sorted.row[k])];
    observed.t[k] = labels.t[static_cast<std::size_t>(sorted.row[k])];
  }
  const LogPriors priors = log_priors(observed);
  return LdaStatistics({sorted.z, observed, sorted.folds, priors, options.seed, options.threads});
}

}  // namespace

std::vector<PermutationTest> permutation_tests(const ScaledRows& z, const Labels& labels,
                                               const PermutationTestOptions& options) {
  require(z.rows() == labels.rows(), "permutation test: z has {} rows but the labels {}", z.rows(), labels.rows());
  require(options.permutations >= 1, "permutation test: {} permutations; at least 1 is needed", options.permutations);
  std::vector<PermutationScheme> schemes;
  for (const Quantity quantity : kTested) schemes.push_back(permutation_scheme(quantity, labels));
  SortedRows sorted = sort_rows(z, labels, options);
  LdaStatistics statistics = observed_statistics(sorted, labels, options);
  const Bench bench{labels, std::move(sorted), std::move(statistics), options.seed};
  const auto scores = all_scores(bench, schemes, options);
  std::vector<PermutationTest> tests;
  for (std::size_t q = 0; q < kTested.size(); ++q) {
    tests.push_back(test_of(kTested[q], schemes[q], scores[q], labels, options.seed));
  }
  return tests;
}

}  // namespace equinfo
