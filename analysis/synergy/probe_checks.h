#pragma once

#include <optional>

#include "estimators/cross_fit.h"
#include "synergy/probe_panel.h"
#include "synergy/verdict.h"

namespace equinfo {

/// What further closed-form probes (lda) say about a headline, row by row on the same data. Gaps are read as the
/// headline reads: at the learning curve's limit where it reports that, else at full size.
struct ProbeChecks {
  /// S_Y = I(Z;Y|T) − I(Z;Y), the second by a probe that never saw T, and its mirror S_T.
  double s_y = 0.0, s_t = 0.0;
  /// What the probe of one label alone reads more of I(Z;Y), I(Z;T) than the headline.
  ClusteredMean excess_y, excess_t;
  /// What lda loses of I(Z;Y,T) when columns of noise are appended to Z; absent if that was not tried.
  std::optional<ClusteredMean> noise_loss;
};

/// lda's fits on the same folds: of both labels, of Y alone and of T alone.
struct LdaFits {
  CrossFit joint, of_class, of_transform;
};
/// All three in one pass over the rows.
LdaFits lda_fits(const CrossFitter& fitter);

struct ProbeCheckOptions {
  CrossFitOptions cross_fit{};
  std::int64_t noise_columns = 0;  ///< to append, ≥ 0; 0: that is not tried
  const LdaFits* lda = nullptr;    ///< of z and the labels with these options, if they are there
};

/// Trains lda on Y alone and on T alone and, for noise_columns > 0, on Z with and without columns of standard normal
/// noise; all on the folds of both labels. `z` [N, d] must be standardised. At most one lda_fits, and a cross-fit of
/// lda in d + noise_columns dimensions.
ProbeChecks check_probes(const ScaledRows& z, const Labels& labels, const ProbePanels& headline,
                         const ProbeCheckOptions& options);

/// Adds the checks to the headline's details and numbers, and AMBER where one fails: an excess, or a loss, of more than
/// two standard errors and more than what sampling error does at a few hundred sources (.01 and .02 nats, measured in
/// the README of analysis/estimators). S_Y and S_T are not held against each other: where Z is a mixture over T, a
/// probe of Y alone is misspecified and the joint one is not. But a *larger* reading of a probe that knows less is a
/// sign of misfit. A loss sets the flag "dimension_limited" on the headline's estimates.
void tell_checks(const ProbeChecks& checks, Panel& headline, Verdict& verdict);

}  // namespace equinfo
