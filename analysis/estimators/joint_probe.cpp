#include "estimators/joint_probe.h"

#include "estimators/lda.h"
#include "estimators/mlp.h"

namespace equinfo {

const std::vector<ProbeKind>& probe_kinds() {
  static const std::vector<ProbeKind> kinds{
      {"lda", "linear discriminant analysis in the cells (y, t), shrunk pooled covariance", bind_lda},
      {"mlp", "one hidden layer on top of lda, early stopping on sources", bind_mlp},
  };
  return kinds;
}

}  // namespace equinfo
