#pragma once

#include <array>

#include "estimators/cross_fit.h"
#include "synergy/panel.h"

namespace equinfo {

/// How far a cross-fitted probe is from the truth, as its learning curve tells (|limit − raw|, in nats), and what that
/// leaves open about the synergy: E Ŝ − S = δ_Y + δ_T − δ_YT lies in [−δ_YT, min(δ_Y, δ_T)].
struct Shortfall {
  double z_y = 0.0, z_t = 0.0, z_yt = 0.0;
};

/// A standard error for each quantity, indexed by Quantity.
using PanelErrors = std::array<double, kQuantities.size()>;

/// What the choice of folds leaves uncertain in readings averaged over several of them: the standard deviation between
/// the repetitions over the root of their number. Zero for a single set of folds, of which it cannot be told.
struct RepeatError {
  PanelErrors raw{}, limit{};
  int repeats = 1;
};

/// The two readings of one cross-fitted probe.
struct ProbePanels {
  Panel bound;          ///< the raw cross-fitted lower bounds
  RowInformation rows;  ///< what the rows contribute to `extrapolated`
  Panel extrapolated;   ///< the learning curve's limit where that is reliable (kind `point`), else the bounds again
  Shortfall shortfall;
  /// For I(Z;Y), I(Z;T) and I(Z;Y,T), SE being that of limit − raw: −max(3 SE, h) ≤ limit − raw ≤ max(0.25 · raw,
  /// 2 SE, h) with the harmless h = max(.005 nats, .01 · raw I(Z;Y,T)), and the limit is not above the ceiling by more
  /// than two of its standard errors.
  bool extrapolation_reliable = true;
};

/// Turns a cross-fit into panels whose intervals are meant to cover the quantity, not the probe's expectation. SE is
/// the larger of the clustered errors of limit and bound, each with the repetitions' error added in squares; f = |limit
/// − limit of a + b/n| tells how much the limit depends on the curve's form, and u = f + |limit − bound| / 3 how far
/// the truth may lie beyond it. Limit: [limit − f − z·SE, limit + u + z·SE]; for the synergy ± (u + z·SE). Bound of an
/// information: [min(bound, limit) − z·SE, max(bound, limit) + u + z·SE]; of the synergy, a difference of bounds: [Ŝ −
/// min(δ_Y, δ_T) − z·SE, Ŝ + δ_YT + z·SE] (reaching to the limit too). When Y and T are independent the synergy's
/// interval is cut to [0, min(H(Y|Z), H(T|Z)) + z·SE]; one that ends below 0 by less than z·SE reaches up by as much
/// again; an empty cut leaves it whole and is flagged "empty_interval". What a misspecified probe misses at every
/// sample size is not in these intervals, see second_opinion.h.
ProbePanels probe_panels(const std::string& estimator, const CrossFit& fit, const Labels& labels, const Design& design,
                         double ci_level, const RepeatError& repeat_error = {});

}  // namespace equinfo
