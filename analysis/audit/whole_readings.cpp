#include "audit/whole_readings.h"

#include <algorithm>

#include "audit/stack.h"
#include "synergy/design.h"

namespace equinfo {
namespace {

constexpr double kReadable = 0.01;  // of H(T) that may stay open in what counts as perfectly readable

double accuracy_of(const WholeReading& whole, const AuditRows& rows) {
  std::int64_t right = 0;
  for (std::int64_t i = 0; i < whole.stack.rows(); ++i) {
    std::size_t best = 0;
    const auto score = [&](std::size_t t) { return rows.t_priors.t[t] + whole.stack.row(i)[t]; };
    for (std::size_t t = 1; t < rows.t_priors.t.size(); ++t) best = score(t) > score(best) ? t : best;
    right += static_cast<std::int32_t>(best) == rows.labels.t[static_cast<std::size_t>(i)];
  }
  return static_cast<double>(right) / static_cast<double>(whole.stack.rows());
}

}  // namespace

WholeReading read_whole(const Matrix<float>& x, const std::vector<const TransformEvidence*>& views,
                        const AuditRows& rows) {
  WholeReading whole;
  whole.joint = joint_reading(x, rows);
  const TransformEvidence alone = known_class_evidence(x, rows);
  std::vector<const TransformEvidence*> parts{&whole.joint.evidence, &alone};
  parts.insert(parts.end(), views.begin(), views.end());
  whole.stack = stacked(parts, rows);
  whole.information = information_of(whole.stack, rows.labels);
  return whole;
}

std::vector<double> synergy_rows(const JointReading& joint) {
  std::vector<double> rows(joint.rows.z_yt.size());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = joint.rows.z_yt[i] - joint.rows.z_y[i] - joint.rows.z_t[i];
  return rows;
}

void measure_whole(const WholeReading& whole, const AuditRows& rows, const ReadingDesign& design,
                   TransformAudit& audit) {
  const Design labels = describe_design(rows.labels);
  const auto synergy = synergy_rows(whole.joint);
  audit.entropy = labels.h_t;
  audit.t_x = mean_reading(whole.information, design);
  audit.h_t_given_x = subtracted_from(audit.entropy, audit.t_x);
  audit.synergy = mean_reading(synergy, design);
  std::vector<double> known = whole.information, open(known.size());
  for (std::size_t i = 0; i < known.size(); ++i) {
    known[i] += synergy[i];
    open[i] = audit.entropy - whole.information[i];
  }
  audit.h_t_given_xy = subtracted_from(audit.entropy, mean_reading(known, design));
  audit.synergy_share = ratio_reading(synergy, open, design);
  const double ceiling = std::min(audit.h_t_given_x.nats, labels.h_y - mean_reading(whole.joint.rows.z_y, design).nats);
  if (ceiling > kReadable * audit.entropy) audit.synergy_over_ceiling = audit.synergy.nats / ceiling;
  audit.accuracy = accuracy_of(whole, rows);
  if (audit.accuracy == 1.0 && audit.h_t_given_x.high < kReadable * audit.entropy)
    audit.flags.emplace_back("perfectly_readable");
  if (audit.synergy.high < 0.0) audit.flags.emplace_back("negative_synergy");
}

}  // namespace equinfo
