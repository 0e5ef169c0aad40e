#pragma once

#include "estimators/cross_fit.h"
#include "synergy/panel.h"

namespace equinfo {

/// How far a cross-fitted probe is from the truth, as its learning curve tells (|limit − raw|, in nats), and what that
/// leaves open about the synergy: E Ŝ − S = δ_Y + δ_T − δ_YT lies in [−δ_YT, min(δ_Y, δ_T)].
struct Shortfall {
  double z_y = 0.0, z_t = 0.0, z_yt = 0.0;
};

/// The two readings of one cross-fitted probe.
struct ProbePanels {
  Panel bound;          ///< the raw cross-fitted lower bounds
  RowInformation rows;  ///< what the rows contribute to `extrapolated`
  Panel extrapolated;   ///< the learning curve's limit where that is reliable (kind `point`), else the bounds again
  Shortfall shortfall;
  /// For I(Z;Y), I(Z;T) and I(Z;Y,T), SE being that of limit − raw: −max(3 SE, .005) ≤ limit − raw ≤ max(0.25 · raw,
  /// 2 SE, .005), and the limit is not above the ceiling by more than two of its standard errors.
  bool extrapolation_reliable = true;
};

/// Turns a cross-fit into panels whose intervals are meant to cover the quantity, not the probe's expectation. For an
/// information: [min(raw, limit) − z·SE, max(raw, limit) + z·SE], SE the larger of the two clustered errors. For the
/// synergy: [Ŝ − min(δ_Y, δ_T) − z·SE, Ŝ + δ_YT + z·SE] (reaching to the limit too), cut to
/// [0, min(H(Y|Z), H(T|Z)) + z·SE] when Y and T are independent; an empty cut leaves the band whole and is flagged
/// "empty_interval". What a misspecified probe misses at every sample size is not in these intervals.
ProbePanels probe_panels(const std::string& estimator, const CrossFit& fit, const Labels& labels, const Design& design,
                         double ci_level);

}  // namespace equinfo
