#include "pid/pid.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/suggest.h"
#include "pid/table.h"
#include "resampling/clustered.h"

namespace equinfo {
namespace {

constexpr double kLeastPosterior = 1e-12;  // of a row's own label: keeps one flat denial from reading as −∞

/// R, I₁ − R, I₂ − R, I₁₂ − I₁ − I₂ + R.
std::array<double, 4> parts_of(double redundancy, double first, double second, double both) {
  return {redundancy, first - redundancy, second - redundancy, both - first - second + redundancy};
}

Pid decompose_by(const RedundancyMeasure& measure, const JointPosterior& posterior,
                 const TargetInformation& information, const PidOptions& options) {
  const Redundancy redundancy = measure.redundancy(posterior, options.redundancy);
  Pid pid;
  pid.measure = measure.name;
  pid.z_first = weighted_mean(posterior.weight, information.first);
  pid.z_second = weighted_mean(posterior.weight, information.second);
  pid.z_both = weighted_mean(posterior.weight, information.both);
  pid.gap = redundancy.gap;
  const auto parts = parts_of(redundancy.nats, pid.z_first, pid.z_second, pid.z_both);
  for (std::size_t part = 0; part < parts.size(); ++part) pid.atoms[part].nats = parts[part];
  for (std::size_t z = 0; z < redundancy.influence.size(); ++z) {
    pid.targets.push_back(
        parts_of(redundancy.influence[z], information.first[z], information.second[z], information.both[z]));
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
  return complete_joint(std::move(joint), std::move(weight), labels.classes, labels.transforms);
}

double log_ratio(double posterior, double prior) { return std::log(std::max(posterior, kLeastPosterior) / prior); }

/// Compares what the posteriors claim with what they achieve at the rows' own labels.
PidCalibration calibration_of(const JointPosterior& p, const TargetInformation& claimed, const Labels& labels) {
  const auto rows = static_cast<std::size_t>(labels.rows());
  std::vector<double> y(static_cast<std::size_t>(p.first)), t(static_cast<std::size_t>(p.second)), cell(p.prior.size());
  for (std::size_t i = 0; i < rows; ++i) {
    const double share = 1.0 / static_cast<double>(rows);
    y[static_cast<std::size_t>(labels.y[i])] += share;
    t[static_cast<std::size_t>(labels.t[i])] += share;
    cell[static_cast<std::size_t>(labels.cell(static_cast<std::int64_t>(i)))] += share;
  }
  std::array<std::vector<double>, 3> excess;
  for (std::size_t i = 0; i < rows; ++i) {
    const auto row = static_cast<std::int64_t>(i);
    const std::int32_t at_y = labels.y[i], at_t = labels.t[i], at_cell = labels.cell(row);
    excess[0].push_back(claimed.first[i] - log_ratio(p.given_first(row, at_y), y[static_cast<std::size_t>(at_y)]));
    excess[1].push_back(claimed.second[i] - log_ratio(p.given_second(row, at_t), t[static_cast<std::size_t>(at_t)]));
    excess[2].push_back(claimed.both[i] - log_ratio(p.joint(row, at_cell), cell[static_cast<std::size_t>(at_cell)]));
  }
  const ClusteredMean joint = clustered_mean(excess[2], labels.source, labels.sources);
  return {clustered_mean(excess[0], labels.source, labels.sources).mean,
          clustered_mean(excess[1], labels.source, labels.sources).mean, joint.mean, joint.std_error};
}

/// Standard errors and intervals of the four parts, and what a reader must know.
void add_inference(const Labels& labels, const PidCalibration& calibration, double ci_level, Pid& pid) {
  const double factor = interval_factor(ci_level, labels.sources);
  std::vector<double> influence(pid.targets.size());
  for (std::size_t part = 0; part < pid.atoms.size(); ++part) {
    for (std::size_t i = 0; i < influence.size(); ++i) influence[i] = pid.targets[i][part];
    PidAtom& atom = pid.atoms[part];
    atom.std_error = clustered_mean(influence, labels.source, labels.sources).std_error;
    const double reach = factor * *atom.std_error + pid.gap + calibration.largest();
    atom.ci_low = atom.nats - reach;
    atom.ci_high = atom.nats + reach;
  }
  pid.calibration = calibration;
  if (calibration.z_yt > 0.05 + 2.0 * calibration.z_yt_std_error) pid.flags.emplace_back("overconfident");
  if (!labels.sources_given) pid.flags.emplace_back("no_source");
}

}  // namespace

std::string_view name_of(PidPart part) {
  constexpr std::array<std::string_view, 4> kNames{"redundancy", "unique_1", "unique_2", "synergy"};
  return kNames[static_cast<std::size_t>(part)];
}

double PidCalibration::largest() const { return std::max({std::abs(z_y), std::abs(z_t), std::abs(z_yt)}); }

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
  const TargetInformation information = target_information(posterior);
  std::vector<Pid> results;
  for (const std::string& name : options.measures) {
    results.push_back(decompose_by(redundancy_measure_named(name), posterior, information, options));
  }
  return results;
}

std::vector<Pid> pid_from_table(const std::string& path, const PidOptions& options) {
  return decompose(read_pid_table(path), options);
}

std::vector<Pid> pid_from_posteriors(MatrixView<const float> posterior, const Labels& labels,
                                     const PidOptions& options) {
  const JointPosterior joint = joint_of(posterior, labels);
  const PidCalibration calibration = calibration_of(joint, target_information(joint), labels);
  std::vector<Pid> results = decompose(joint, options);
  for (Pid& pid : results) add_inference(labels, calibration, options.ci_level, pid);
  return results;
}

}  // namespace equinfo
