#pragma once

#include <string>
#include <vector>

#include "audit/audit_csv.h"
#include "report/results_csv.h"

namespace equinfo {

/// What was found wrong in a table of results when its claims were made again from its rows, one line each.
struct Recheck {
  std::int64_t claims = 0;  ///< that were checked
  std::vector<std::string> mismatches;
};

/// Judges every transformation again from the rows of audit.csv and compares verdict, views and images needed with
/// verdicts.csv. A verdict without rows, or the other way round, is a mismatch.
Recheck recheck_verdicts(const std::vector<AuditRow>& audit, const std::vector<VerdictRow>& verdicts);

/// Recomputes in results.csv what follows from other rows of the same embedding and estimator: the chain rules, S, its
/// share of H(T|Z), and I(Y;T|Z), to 1e-6 nats; that values above their ceiling are flagged, and that no interval is
/// upside down.
Recheck recheck_results(const std::vector<ResultRow>& rows);

/// A verdict on what a finished run's representation kept of T.
struct RunVerdict {
  std::string embedding;  ///< such as "run/features.h5 epoch 3 encoder"
  std::string verdict, evidence;
};
/// The rules of the audit that need no image, applied to the headline (`best`) of every embedding that has intervals
/// for I(Z;T) and S and a ceiling for I(Z;T).
std::vector<RunVerdict> run_verdicts(const std::vector<ResultRow>& rows);

}  // namespace equinfo
