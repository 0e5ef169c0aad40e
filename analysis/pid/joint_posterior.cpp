#include "pid/joint_posterior.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include "core/error.h"

namespace equinfo {
namespace {

constexpr double kNegligible = 1e-30;

/// Divides a distribution by its sum; its name appears in the message.
void normalise(std::span<double> values, const std::string& name) {
  double sum = 0.0;
  for (const double value : values) {
    require(std::isfinite(value) && value >= 0.0, "pid: {} hold {}, which is no probability", name, value);
    sum += value;
  }
  require(sum > 0.0, "pid: {} are all zero", name);
  for (double& value : values) value = value / sum < kNegligible ? 0.0 : value / sum;
}

void add_marginals(JointPosterior& p, std::int64_t z) {
  const double weight = p.weight[static_cast<std::size_t>(z)];
  for (std::int64_t a = 0; a < p.first; ++a) {
    for (std::int64_t b = 0; b < p.second; ++b) {
      const double value = p.joint(z, a * p.second + b);
      p.given_first(z, a) += value;
      p.given_second(z, b) += value;
      p.prior[static_cast<std::size_t>(a * p.second + b)] += weight * value;
      p.prior_first[static_cast<std::size_t>(a)] += weight * value;
      p.prior_second[static_cast<std::size_t>(b)] += weight * value;
    }
  }
}

}  // namespace

JointPosterior complete_joint(Matrix<double> joint, std::vector<double> weight, std::int64_t first,
                              std::int64_t second) {
  require(joint.cols() == first * second, "pid: {} cells do not make {} x {} labels", joint.cols(), first, second);
  require(joint.rows() == static_cast<std::int64_t>(weight.size()), "pid: {} rows but {} weights", joint.rows(),
          weight.size());
  require(joint.rows() > 0 && joint.cols() > 0, "pid: the table of {} x {} probabilities is empty", joint.rows(),
          joint.cols());
  normalise(weight, "the weights");
  JointPosterior p;
  p.first = first, p.second = second;
  p.joint = std::move(joint), p.weight = std::move(weight);
  p.given_first = Matrix<double>(p.targets(), first), p.given_second = Matrix<double>(p.targets(), second);
  p.prior_first.resize(static_cast<std::size_t>(first)), p.prior_second.resize(static_cast<std::size_t>(second));
  p.prior.resize(static_cast<std::size_t>(first * second));
  for (std::int64_t z = 0; z < p.targets(); ++z) {
    normalise(p.joint.row(z), fmt::format("the probabilities of row {}", z));
    add_marginals(p, z);
  }
  return p;
}

double divergence(std::span<const double> p, std::span<const double> q) {
  double sum = 0.0;
  for (std::size_t c = 0; c < p.size(); ++c) {
    if (p[c] > 0.0) sum += p[c] * std::log(p[c] / q[c]);
  }
  return sum;
}

TargetInformation claimed_information(const JointPosterior& posterior) {
  TargetInformation information;
  for (std::int64_t z = 0; z < posterior.targets(); ++z) {
    information.first.push_back(divergence(posterior.given_first.row(z), posterior.prior_first));
    information.second.push_back(divergence(posterior.given_second.row(z), posterior.prior_second));
    information.both.push_back(divergence(posterior.joint.row(z), posterior.prior));
  }
  return information;
}

TargetInformation achieved_information(const JointPosterior& p) {
  std::vector<double> first(p.prior_first.size(), 0.0), second(p.prior_second.size(), 0.0);
  for (std::size_t z = 0; z < p.observed.size(); ++z) {
    first[static_cast<std::size_t>(p.observed[z] / p.second)] += p.weight[z];
    second[static_cast<std::size_t>(p.observed[z] % p.second)] += p.weight[z];
  }
  TargetInformation information;
  for (std::int64_t z = 0; z < p.targets(); ++z) {
    const std::int64_t cell = p.observed[static_cast<std::size_t>(z)], a = cell / p.second, b = cell % p.second;
    const auto ratio = [](double posterior, double prior) { return bounded_log(posterior) - std::log(prior); };
    information.first.push_back(ratio(p.given_first(z, a), first[static_cast<std::size_t>(a)]));
    information.second.push_back(ratio(p.given_second(z, b), second[static_cast<std::size_t>(b)]));
    information.both.push_back(bounded_log(p.joint(z, cell)) - p.observed_log_prior[static_cast<std::size_t>(cell)]);
  }
  return information;
}

double bounded_log(double x) { return std::log(std::max(x, 1e-12)); }

double weighted_mean(const std::vector<double>& weight, const std::vector<double>& values) {
  double sum = 0.0;
  for (std::size_t z = 0; z < values.size(); ++z) sum += weight[z] * values[z];
  return sum;
}

}  // namespace equinfo
