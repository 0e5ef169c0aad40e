#pragma once

#include <vector>

#include "audit/audit.h"
#include "audit/evidence.h"

namespace equinfo {

/// The whole image, or a representation of it, as all probes together read it.
struct WholeReading {
  JointReading joint;
  TransformEvidence stack;
  std::vector<double> information;  ///< of each row about T under the stack, in nats
};

/// Reads x [N, d] by a joint probe, a T-only probe and their stack with the given views' evidence.
WholeReading read_whole(const Matrix<float>& x, const std::vector<const TransformEvidence*>& views,
                        const AuditRows& rows);

/// ln q(y,t|x)/(q(y|x) q(t|x)) of each row: its mean is S as the joint probe reads it.
std::vector<double> synergy_rows(const JointReading& joint);

/// Fills in lossiness, class relevance and accuracy, and the flags that belong to them.
void measure_whole(const WholeReading& whole, const AuditRows& rows, const ReadingDesign& design,
                   TransformAudit& audit);

}  // namespace equinfo
