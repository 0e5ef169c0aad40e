#include "pid/pid.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/suggest.h"
#include "pid/table.h"
#include "resampling/clustered.h"

namespace equinfo {
namespace {

/// R, I₁ − R, I₂ − R, I₁₂ − I₁ − I₂ + R.
std::array<double, 4> parts_of(double redundancy, double first, double second, double both) {
  return {redundancy, first - redundancy, second - redundancy, both - first - second + redundancy};
}

/// What a decomposition needs of the three informations, in both forms.
struct Informations {
  TargetInformation claimed, achieved;  // the same where no labels were observed
};

Informations informations_of(const JointPosterior& p) {
  TargetInformation claimed = claimed_information(p);
  TargetInformation achieved = p.observed.empty() ? claimed : achieved_information(p);
  return {std::move(claimed), std::move(achieved)};
}

Pid decompose_by(const RedundancyMeasure& measure, const JointPosterior& posterior, const Informations& informations,
                 const PidOptions& options) {
  const Redundancy redundancy = measure.redundancy(posterior, options.redundancy);
  const auto mean = [&](const std::vector<double>& values) { return weighted_mean(posterior.weight, values); };
  const auto& [claimed, achieved] = informations;
  Pid pid;
  pid.measure = measure.name;
  pid.z_first = mean(achieved.first), pid.z_second = mean(achieved.second), pid.z_both = mean(achieved.both);
  pid.gap = redundancy.gap;
  const double nats = posterior.observed.empty() ? redundancy.nats : mean(redundancy.influence);
  const auto parts = parts_of(nats, pid.z_first, pid.z_second, pid.z_both);
  const auto claims = parts_of(redundancy.nats, mean(claimed.first), mean(claimed.second), mean(claimed.both));
  for (std::size_t part = 0; part < parts.size(); ++part) {
    pid.atoms[part].nats = parts[part];
    pid.atoms[part].claimed_nats = claims[part];
  }
  for (std::size_t z = 0; z < redundancy.influence.size(); ++z) {
    pid.targets.push_back(parts_of(redundancy.influence[z], achieved.first[z], achieved.second[z], achieved.both[z]));
  }
  if (!redundancy.converged) pid.flags.emplace_back("not_converged");
  return pid;
}

JointPosterior joint_of(MatrixView<const float> posterior, const Labels& labels) {
  require(posterior.rows() == labels.rows(), "pid: the posteriors have {} rows but the labels {}", posterior.rows(),
          labels.rows());
  require(posterior.cols() == labels.cells(), "pid: the posteriors have {} columns but there are {} cells",
          posterior.cols(), labels.cells());
  Matrix<double> joint(posterior.rows(), posterior.cols());
  for (std::int64_t i = 0; i < posterior.rows(); ++i) {
    double sum = 0.0;
    for (std::int64_t c = 0; c < posterior.cols(); ++c) sum += joint(i, c) = posterior(i, c);
    require(!(std::abs(sum - 1.0) > 1e-3), "pid: the posteriors of row {} sum to {}, not to 1", i, sum);
  }
  std::vector<double> weight(static_cast<std::size_t>(posterior.rows()), 1.0);
  JointPosterior completed = complete_joint(std::move(joint), std::move(weight), labels.classes, labels.transforms);
  for (std::int64_t i = 0; i < labels.rows(); ++i) completed.observed.push_back(labels.cell(i));
  completed.observed_log_prior = log_priors(labels).cell;
  return completed;
}

/// Whether the posteriors claim more about (Y, T) than they achieve on the labels.
bool overconfident(const JointPosterior& posterior, const Labels& labels) {
  const auto [claimed, achieved] = informations_of(posterior);
  std::vector<double> excess;
  for (std::size_t i = 0; i < claimed.both.size(); ++i) excess.push_back(claimed.both[i] - achieved.both[i]);
  const ClusteredMean mean = clustered_mean(excess, labels.source, labels.sources);
  return mean.mean > 0.05 + 2.0 * mean.std_error;
}

/// Standard errors and intervals of the four parts.
void add_inference(const Labels& labels, double ci_level, Pid& pid) {
  const double factor = interval_factor(ci_level, labels.sources);
  std::vector<double> values(pid.targets.size());
  for (std::size_t part = 0; part < pid.atoms.size(); ++part) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = pid.targets[i][part];
    PidAtom& atom = pid.atoms[part];
    atom.std_error = clustered_mean(values, labels.source, labels.sources).std_error;
    atom.ci_low = atom.nats - factor * *atom.std_error - pid.gap;
    atom.ci_high = atom.nats + factor * *atom.std_error + pid.gap;
  }
}

}  // namespace

std::string_view name_of(PidPart part) {
  constexpr std::array<std::string_view, 4> kNames{"redundancy", "unique_1", "unique_2", "synergy"};
  return kNames[static_cast<std::size_t>(part)];
}

const std::vector<RedundancyMeasure>& redundancy_measures() {
  static const std::vector<RedundancyMeasure> table{
      {"broja", "the least synergy that the two pairs (Z,Y), (Z,T) allow; recommended", broja_redundancy},
      {"i_min", "the smaller of the two specific informations, value by value", i_min_redundancy},
      {"i_sx", "probability mass that both exclude; parts may be negative", i_sx_redundancy},
  };
  return table;
}

const RedundancyMeasure& redundancy_measure_named(std::string_view name) {
  std::vector<std::string> names;
  for (const RedundancyMeasure& measure : redundancy_measures()) {
    if (measure.name == name) return measure;
    names.push_back(measure.name);
  }
  throw std::invalid_argument(
      fmt::format("there is no PID measure '{}'; did you mean '{}'?", name, nearest_name(name, names)));
}

std::vector<Pid> decompose(const JointPosterior& posterior, const PidOptions& options) {
  const Informations informations = informations_of(posterior);
  std::vector<Pid> results;
  for (const std::string& name : options.measures) {
    results.push_back(decompose_by(redundancy_measure_named(name), posterior, informations, options));
  }
  return results;
}

std::vector<Pid> pid_from_table(const std::string& path, const PidOptions& options) {
  return decompose(read_pid_table(path), options);
}

std::vector<Pid> pid_from_posteriors(MatrixView<const float> posterior, const Labels& labels,
                                     const PidOptions& options) {
  const JointPosterior joint = joint_of(posterior, labels);
  const bool too_sure = overconfident(joint, labels);
  std::vector<Pid> results = decompose(joint, options);
  for (Pid& pid : results) {
    add_inference(labels, options.ci_level, pid);
    if (too_sure) pid.flags.emplace_back("overconfident");
    if (!labels.sources_given) pid.flags.emplace_back("no_source");
  }
  return results;
}

}  // namespace equinfo
