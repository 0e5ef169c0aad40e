#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "audit/audit.h"

namespace equinfo::bench {

/// A quantity of an audit whose value is known. `view` is empty for the whole image.
struct AuditTruth {
  std::string view, quantity;  ///< as in audit.csv
  double value = 0.0;          ///< in nats; a share is a ratio
  /// Whether the probes can represent what is planted; where they cannot, they read a bound below it.
  bool adequate = true;
};

/// Planted images whose information about T follows from how they are made.
struct AuditCase {
  std::string name, summary;
  std::vector<AuditTruth> truths;
  /// Of so many images, as many of each of four classes.
  TransformAudit (*audit)(std::int64_t images, std::uint64_t seed) = nullptr;
};

/// Channels of known error rate from T to pixels, alone and beside glyphs of which the class tells T.
const std::vector<AuditCase>& audit_cases();

/// What an audit reads of a quantity; throws std::invalid_argument for one that it does not have.
Reading reading_of(const TransformAudit& audit, const AuditTruth& truth);

}  // namespace equinfo::bench
