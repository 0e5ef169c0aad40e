#include "audit/whole_readings.h"

#include <algorithm>

#include "audit/caveats.h"
#include "audit/stack.h"
#include "estimators/quantity.h"
#include "synergy/design.h"

namespace equinfo {
namespace {

constexpr double kReadable = 0.01;  // of H(T) that may stay open in what counts as perfectly readable

/// What x and other evidence say of T together, without the class and with it.
struct Stacks {
  JointReading joint;
  TransformEvidence without, with;
};

using Parts = std::vector<const TransformEvidence*>;

Stacks stacks_of(const Matrix<float>& x, const Parts& others, const Parts& interactions, const AuditRows& rows) {
  Stacks stacks{joint_reading(x, rows), {}, {}};
  Parts parts{&stacks.joint.evidence};
  parts.insert(parts.end(), others.begin(), others.end());
  stacks.without = stacked(parts, rows);
  parts.push_back(&stacks.joint.interaction);
  parts.insert(parts.end(), interactions.begin(), interactions.end());
  stacks.with = stacked(parts, rows);
  return stacks;
}

Parts pointers_to(const std::vector<TransformEvidence>& evidence) {
  Parts parts;
  for (const TransformEvidence& part : evidence) parts.push_back(&part);
  return parts;
}

void scatter(const std::vector<double>& values, const std::vector<std::int64_t>& rows, std::vector<double>& all) {
  for (std::size_t k = 0; k < rows.size(); ++k) all[static_cast<std::size_t>(rows[k])] = values[k];
}

/// Fills in what probes trained on a quarter of the images read of a half.
void read_half(const Matrix<float>& x, const std::vector<const ViewParts*>& views, const AuditHalf& half,
               WholeReading& whole) {
  const Matrix<float> own = gathered(x, half.rows);
  std::vector<TransformEvidence> others{known_class_evidence(own, half.cut)}, interactions;
  for (const ViewParts* view : views) {
    others.push_back(gathered(view->known.small, half.rows));
    interactions.push_back(gathered(view->interaction.small, half.rows));
  }
  const Stacks stacks = stacks_of(own, pointers_to(others), pointers_to(interactions), half.cut);
  scatter(information_of(stacks.without, half.cut.labels), half.rows, whole.information.small);
  scatter(information_of(stacks.with, half.cut.labels), half.rows, whole.information_with_class.small);
}

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

/// Cut to what is possible: the class can tell no more of T than the image leaves open. A reading that lies wholly
/// below zero, where S cannot be, may be as wrong to the other side: its interval reaches up by as much above.
Reading possible_synergy(Reading synergy, TransformAudit& audit) {
  if (synergy.high < -kRoundingNats) {
    audit.flags.emplace_back("negative_synergy");
    synergy.high = -synergy.nats;
  }
  synergy.high = std::min(synergy.high, std::max(audit.h_t_given_x.high, synergy.nats));
  return synergy;
}

}  // namespace

WholeReading read_whole(const Matrix<float>& x, const std::vector<const ViewParts*>& views, const AuditRows& rows,
                        const std::vector<AuditHalf>& halves) {
  WholeReading whole;
  whole.alone = known_class_evidence(x, rows);
  Parts others{&whole.alone}, interactions;
  for (const ViewParts* view : views) {
    others.push_back(&view->known.full);
    interactions.push_back(&view->interaction.full);
  }
  Stacks stacks = stacks_of(x, others, interactions, rows);
  whole.class_known = std::move(stacks.joint.z_y);
  whole.information.full = information_of(stacks.without, rows.labels);
  whole.information_with_class.full = information_of(stacks.with, rows.labels);
  whole.stack = std::move(stacks.without);
  whole.information.small = whole.information_with_class.small = std::vector<double>(rows.labels.y.size());
  for (const AuditHalf& half : halves) read_half(x, views, half, whole);
  return whole;
}

std::vector<double> synergy_rows(const Matrix<float>& x, const std::vector<const TransformEvidence*>& others,
                                 const std::vector<const TransformEvidence*>& interactions, const AuditRows& rows) {
  const Stacks stacks = stacks_of(x, others, interactions, rows);
  return row_difference(information_of(stacks.with, rows.labels), information_of(stacks.without, rows.labels));
}

void measure_whole(const WholeReading& whole, const AuditRows& rows, const ReadingDesign& design,
                   TransformAudit& audit) {
  const Design labels = describe_design(rows.labels);
  const SizedRows synergy = whole.synergy();
  audit.entropy = labels.h_t;
  audit.t_x = bound_reading(whole.information, design, labels.h_t);
  audit.h_t_given_x = subtracted_from(audit.entropy, audit.t_x);
  audit.h_t_given_xy = subtracted_from(audit.entropy, bound_reading(whole.information_with_class, design, labels.h_t));
  audit.synergy = possible_synergy(difference_reading(synergy, design), audit);
  const auto open = [&](const std::vector<double>& told) {
    return row_difference(std::vector<double>(told.size(), audit.entropy), told);
  };
  audit.synergy_share = ratio_reading(synergy, {open(whole.information.full), open(whole.information.small)}, design);
  const double ceiling = std::min(audit.h_t_given_x.nats, labels.h_y - mean_reading(whole.class_known, design).nats);
  if (ceiling > kReadable * audit.entropy) audit.synergy_over_ceiling = audit.synergy.nats / ceiling;
  if (rows.labels.sources < kFewImages) audit.flags.emplace_back("few_images");
  audit.accuracy = accuracy_of(whole, rows);
  if (audit.accuracy == 1.0 && audit.h_t_given_x.high < kReadable * audit.entropy)
    audit.flags.emplace_back("perfectly_readable");
}

}  // namespace equinfo
