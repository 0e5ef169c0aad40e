#include "audit/judged.h"

namespace equinfo {

TransformVerdict judge(const TransformAudit& audit) {
  RuleInput input{audit.entropy, audit.unchanged, audit.t_x, audit.synergy, {}, audit.sources};
  for (const ViewAudit& view : audit.views) {
    if (!view.decides || !view.share) continue;
    input.views.push_back({view.view, view.t_view_out.value_or(view.t_view), *view.share});
  }
  input.coding_leak = audit.coding_leak;
  return judge_transform(input);
}

}  // namespace equinfo
