#pragma once

#include <vector>

#include "audit/audit.h"
#include "audit/halves.h"

namespace equinfo {

/// The whole image, or a representation of it, as all probes together read it.
struct WholeReading {
  TransformEvidence alone;           ///< a T-only probe's
  TransformEvidence stack;           ///< of all probes, the class unknown
  std::vector<double> class_known;   ///< ln q(y|x)/p(y) of each row
  SizedRows information;             ///< of each row about T under the stack, in nats
  SizedRows information_with_class;  ///< the same, the class known

  SizedRows synergy() const { return row_difference(information_with_class, information); }
};

/// What a view's probes say of T, beside those of the whole image.
struct ViewParts {
  SizedEvidence known;        ///< a T-only probe's
  SizedEvidence interaction;  ///< what the class adds in a joint probe of the view
};

/// Reads x [N, d] by a joint probe, a T-only probe and their stack with the views' probes; then by the same stack with
/// what the joint probes' cells say about T once the class is known. So S = I(T;X|Y) − I(T;X) is what the class adds to
/// the best that can be read without it, and where it adds nothing its weights are 0. A joint probe alone may read S
/// far below zero: where it is misspecified, its mixture over the classes tells T better than the image's own class.
WholeReading read_whole(const Matrix<float>& x, const std::vector<const ViewParts*>& views, const AuditRows& rows,
                        const std::vector<AuditHalf>& halves);

/// S of each row from x, `others`, evidence of T that needs no class, and `interactions`, what the class adds to it.
std::vector<double> synergy_rows(const Matrix<float>& x, const std::vector<const TransformEvidence*>& others,
                                 const std::vector<const TransformEvidence*>& interactions, const AuditRows& rows);

/// Fills in lossiness, class relevance and accuracy, and the flags that belong to them.
void measure_whole(const WholeReading& whole, const AuditRows& rows, const ReadingDesign& design,
                   TransformAudit& audit);

}  // namespace equinfo
