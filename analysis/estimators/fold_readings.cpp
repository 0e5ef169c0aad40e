#include "estimators/fold_readings.h"

#include <algorithm>
#include <optional>

#include "compute/byte_archive.h"
#include "compute/parallel.h"
#include "compute/team.h"
#include "core/progress.h"
#include "estimators/gate.h"

namespace equinfo {
namespace {

void write(const FoldReading& reading, ByteWriter& out) {
  const RowInformation& information = reading.information;
  for (const auto* values : {&reading.rows, &reading.inner.rows}) out.put(*values);
  for (const auto* values : {&information.z_y, &information.z_t, &information.z_yt, &reading.inner.z_yt}) {
    out.put(*values);
  }
  out.put(std::vector<double>(reading.gate.begin(), reading.gate.end()));
}

FoldReading read(ByteReader& in) {
  FoldReading reading;
  RowInformation& information = reading.information;
  for (auto* values : {&reading.rows, &reading.inner.rows}) *values = in.take<std::int64_t>();
  for (auto* values : {&information.z_y, &information.z_t, &information.z_yt, &reading.inner.z_yt}) {
    *values = in.take<double>();
  }
  std::ranges::copy(in.take<double>(), reading.gate.begin());
  return reading;
}

FoldReading read_fold(const ProbeInput& input, const JointProbe& probe, int fold, const ReadingPlan& plan) {
  FoldScores scores = score_fold(input, probe, fold, plan);
  FoldReading reading;
  reading.information =
      Evidence(scores.scores, select_rows(input.labels, scores.rows), input.priors).information(scores.gate);
  reading.rows = std::move(scores.rows);
  reading.gate = scores.gate;
  reading.inner = {std::move(scores.inner_rows), std::move(scores.inner_z_yt)};
  return reading;
}

/// About what a reading of one fold takes: quarters of the training sources that are trained on or scored.
double cost_of(const ReadingPlan& plan) {
  std::size_t quarters = plan.parts.size() + plan.gate.size() + 1;
  for (const GateScores& gate : plan.gate) quarters += gate.trained_on == plan.parts ? 0 : gate.trained_on.size();
  return static_cast<double>(quarters);
}

/// Which of the jobs are this process's; `owner` names the rank of each.
std::vector<std::size_t> own_jobs(const std::vector<int>& owner) {
  std::vector<std::size_t> own;
  for (std::size_t job = 0; job < owner.size(); ++job) {
    if (!work_is_shared() || owner[job] == team_rank()) own.push_back(job);
  }
  return own;
}

/// Gives this process's readings to the others and takes theirs.
void exchange(std::vector<FoldReading>& readings, const std::vector<int>& owner) {
  if (!work_is_shared()) return;
  ByteWriter own;
  for (const std::size_t job : own_jobs(owner)) write(readings[job], own);
  const auto of_ranks = gather_over_team(own.bytes());
  std::vector<ByteReader> readers(of_ranks.begin(), of_ranks.end());
  for (std::size_t job = 0; job < owner.size(); ++job) {
    readings[job] = read(readers[static_cast<std::size_t>(owner[job])]);
  }
}

}  // namespace

std::vector<FoldReading> read_folds(const ProbeInput& input, const JointProbe& probe, std::span<const FoldJob> jobs,
                                    const std::string& label) {
  std::vector<double> costs;
  for (const FoldJob& job : jobs) costs.push_back(cost_of(*job.plan));
  const std::vector<int> owner = owners_by_cost(costs, team_size());
  const std::vector<std::size_t> own = own_jobs(owner);
  std::vector<FoldReading> readings(jobs.size());
  std::optional<Progress> progress;
  if (!label.empty()) progress.emplace(label, static_cast<std::int64_t>(own.size()), "readings of a fold");
  parallel_for(static_cast<std::int64_t>(own.size()), input.threads, [&](std::int64_t i) {
    const std::size_t job = own[static_cast<std::size_t>(i)];
    readings[job] = read_fold(input, probe, jobs[job].fold, *jobs[job].plan);
    if (progress) progress->advance();
  });
  exchange(readings, owner);
  return readings;
}

}  // namespace equinfo
