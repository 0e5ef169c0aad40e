#include "estimators/joint_probe.h"

#include "estimators/lda.h"
#include "estimators/lda_smooth.h"
#include "estimators/logistic.h"
#include "estimators/mlp.h"
#include "estimators/qda.h"
#include "estimators/training_rows.h"

namespace equinfo {

namespace {

/// A covariance a group is a rung of its own for each way to group: the gate needs scores of one kind in all folds.
/// Its scores grow with the square of distances: where there is hardly any noise, a single row could cost more than all
/// the others tell.
ProbeKind qda(std::string name, std::string summary, Grouping grouping) {
  return {std::move(name),
          std::move(summary),
          [grouping](const ProbeInput& input) { return bind_qda(input, grouping); },
          [grouping](const ProbeInput& input) { return qda_refusal(input, grouping); },
          false,
          true};
}

/// A probe that learns weights of its own for each cell, by many passes over the rows.
ProbeKind free_weights(const std::string& name, std::string summary,
                       std::function<JointProbe(const ProbeInput&)> bind) {
  return {name, std::move(summary), std::move(bind),
          [name](const ProbeInput& input) { return free_weights_refusal(input, name); }};
}

ProbeKind on_device(ProbeKind kind) {
  kind.trains_on_device = true;
  return kind;
}

}  // namespace

const std::vector<ProbeKind>& probe_kinds() {
  static const std::vector<ProbeKind> kinds{
      {"lda", "linear discriminant analysis in the cells (y, t), shrunk pooled covariance", bind_lda, nullptr, false,
       false, true},
      {"lda_smooth", "for a continuous T: lda with cell means shared between neighbouring bins of T", bind_lda_smooth,
       lda_smooth_refusal, true},
      qda("qda", "quadratic discriminant analysis, a shrunk covariance for each cell", Grouping::kCell),
      qda("qda_y", "the same with a covariance for each class", Grouping::kClass),
      qda("qda_t", "the same with a covariance for each transformation", Grouping::kTransformation),
      on_device(free_weights("logistic", "multinomial logistic regression on the cells, ridge chosen on sources",
                             bind_logistic)),
      free_weights("mlp", "one hidden layer on top of lda, early stopping on sources", bind_mlp),
  };
  return kinds;
}

}  // namespace equinfo
