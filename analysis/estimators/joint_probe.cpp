#include "estimators/joint_probe.h"

#include "estimators/lda.h"

namespace equinfo {

const std::vector<ProbeKind>& probe_kinds() {
  static const std::vector<ProbeKind> kinds{
      {"lda", "linear discriminant analysis in the cells (y, t), shrunk pooled covariance", bind_lda},
  };
  return kinds;
}

}  // namespace equinfo
