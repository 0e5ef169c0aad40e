#include "estimators/joint_probe.h"

#include "estimators/lda.h"
#include "estimators/logistic.h"
#include "estimators/mlp.h"
#include "estimators/qda.h"

namespace equinfo {

const std::vector<ProbeKind>& probe_kinds() {
  static const std::vector<ProbeKind> kinds{
      {"lda", "linear discriminant analysis in the cells (y, t), shrunk pooled covariance", bind_lda, nullptr},
      {"qda", "quadratic discriminant analysis, shrunk covariance a class, transformation or cell", bind_qda, qda_refusal},
      {"logistic", "multinomial logistic regression on the cells, ridge chosen on sources", bind_logistic, nullptr},
      {"mlp", "one hidden layer on top of lda, early stopping on sources", bind_mlp, nullptr},
  };
  return kinds;
}

}  // namespace equinfo
