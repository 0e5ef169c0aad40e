#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/matrix.h"
#include "estimators/labels.h"
#include "estimators/quantity.h"
#include "estimators/scaled_rows.h"

namespace equinfo {

struct PermutationTestOptions {
  int permutations = 199;  ///< B ≥ 1; the smallest p-value is 1/(B + 1)
  int folds = 5;           ///< of the cross-fit, ≥ 2
  std::uint64_t seed = 0;  ///< of folds, permutations and ties
  int threads = 0;         ///< 0: all cores; the result does not depend on it
  bool show_progress = false;
};

/// A test of "this information is zero".
struct PermutationTest {
  Quantity quantity = Quantity::kZY;
  /// (1 + #{scores of permuted labels ≥ the observed one}) / (B + 1), ties broken at random; absent where the design
  /// leaves no label to move.
  std::optional<double> p_value;
  double score = 0.0;               ///< observed, in nats
  std::vector<double> null_scores;  ///< [B] of permuted labels
  std::string scheme;               ///< what was permuted, in words
};

/// Permutation tests of I(Z;Y), I(Z;T), I(Z;Y|T), I(Z;T|Y) and I(Z;Y,T), exact at any sample size: only labels are
/// permuted, and only among places that are exchangeable if the information is zero.
///
///     I(Z;Y)    Y across sources of as many rows              I(Z;Y|T)  Y across sources of the same T-pattern
///     I(Z;T)    T within a source; where T never varies       I(Z;T|Y)  T within a source and class; else across
///               within one, across sources of as many rows              sources of the same Y-pattern
///     I(Z;Y,T)  pairs (Y,T) across sources of as many rows and within a source
///
/// The statistic is the cross-fitted score of LDA without a gate, such as mean ln q(y|z)/p(y), refitted for each
/// permutation: permuted held-out labels against the fitted predictor would be no test, for those labels trained the
/// other folds. For I(Z;Y) and I(Z;T) the probe is blind to the other label, so that synergy does not pass for them; it
/// then has power only against what shows in the means. Folds are dealt without regard to labels.
/// The synergy has no exact test and gets none.
///
/// `z` [N, d] should be centred and of unit scale. Throws std::invalid_argument for options out of range, shapes that
/// disagree, or fewer sources than folds. Bitwise equal for any number of threads; equal labels and seeds give equal
/// permutations. Cost for each permutation: five times N·d·(2·cells + 1) + folds·(d³/3 + 3·d²·cells) operations.
std::vector<PermutationTest> permutation_tests(const ScaledRows& z, const Labels& labels,
                                               const PermutationTestOptions& options);

}  // namespace equinfo
