#include <algorithm>
#include <cmath>
#include <limits>

#include "pid/measures.h"
#include "pid/sinkhorn.h"

namespace equinfo {
namespace {

constexpr int kSweeps = 2;        // of Sinkhorn between two steps of the mean
constexpr int kCheckEvery = 10;   // steps between two looks at the gap
constexpr double kFloor = 1e-14;  // of q̄ / (p(s₁) p(s₂)): keeps a cell that empties from dividing by zero

/// Where an optimisation stands: I_Q of the best feasible Q, a lower bound on the minimum, and what each target adds to
/// it, by its posterior and by its observed labels.
struct Bounds {
  double upper = std::numeric_limits<double>::infinity(), lower = -std::numeric_limits<double>::infinity();
  std::vector<double> dual, observed;
};

Matrix<double> independent_prior(const JointPosterior& p) {
  Matrix<double> product(p.first, p.second);
  for (std::int64_t a = 0; a < p.first; ++a) {
    for (std::int64_t b = 0; b < p.second; ++b) {
      product(a, b) = p.prior_first[static_cast<std::size_t>(a)] * p.prior_second[static_cast<std::size_t>(b)];
    }
  }
  return product;
}

/// Weak duality. For any u, v with Σ q̄ u_z v_z = 1 and any other q: Σ_z p(z) ln Σ q u_z v_z ≤ ln max_c ratio(c) by
/// Jensen's inequality, so Σ_z p(z) dual_z − ln max ratio bounds min_q Σ_z p(z) min KL(Q_z ‖ q) from below.
void improve_bounds(const JointPosterior& p, const Couplings& couplings, const Matrix<double>& common,
                    const Matrix<double>& ratio, Bounds& bounds) {
  double largest = 0.0;
  for (std::int64_t c = 0; c < p.first * p.second; ++c) {
    if (common.data()[c] > 0.0) largest = std::max(largest, ratio.data()[c]);
  }
  bounds.dual = couplings.dual_values();
  bounds.lower = std::max(bounds.lower, weighted_mean(p.weight, bounds.dual) - std::log(largest));
  bounds.upper = std::min(bounds.upper, couplings.feasible_information(common));
}

/// q̄ ← mean coupling = q̄ · ratio, kept off zero where p(s₁) p(s₂) > 0.
void step(const Matrix<double>& floor, const Matrix<double>& ratio, Matrix<double>& common) {
  double sum = 0.0;
  const std::int64_t cells = common.rows() * common.cols();
  for (std::int64_t c = 0; c < cells; ++c) {
    common.data()[c] = std::max(common.data()[c] * ratio.data()[c], kFloor * floor.data()[c]);
    sum += common.data()[c];
  }
  for (std::int64_t c = 0; c < cells; ++c) common.data()[c] /= sum;
}

/// Alternates between the couplings nearest to q̄ and their mean q̄, from the product of the priors: a descent that
/// ends in the global minimum, since KL is convex in both arguments at once (Csiszár & Tusnády 1984) and the start has
/// no zeros to get stuck at.
Bounds minimise(const JointPosterior& p, const RedundancyOptions& options) {
  const Matrix<double> start = independent_prior(p);
  Matrix<double> common = start;
  Couplings couplings(p, options.threads);
  Bounds bounds;
  for (int iteration = 0; iteration < options.max_iterations; ++iteration) {
    const Matrix<double> ratio = couplings.sweep(common, kSweeps);
    if (iteration % kCheckEvery == 0 || iteration + 1 == options.max_iterations) {
      improve_bounds(p, couplings, common, ratio, bounds);
      if (bounds.upper - bounds.lower <= options.tolerance) break;
    }
    step(start, ratio, common);
  }
  bounds.observed = p.observed.empty() ? bounds.dual : couplings.observed_values();
  return bounds;
}

/// ln p(s₁|z)/p(s₁) + ln p(s₂|z)/p(s₂) at the observed labels, else its mean under the posterior.
std::vector<double> summed_informations(const JointPosterior& p, const TargetInformation& claimed) {
  std::vector<double> sums;
  for (std::int64_t z = 0; z < p.targets(); ++z) {
    const auto i = static_cast<std::size_t>(z);
    if (p.observed.empty()) {
      sums.push_back(claimed.first[i] + claimed.second[i]);
      continue;
    }
    const std::int64_t a = p.observed[i] / p.second, b = p.observed[i] % p.second;
    sums.push_back(bounded_log(p.given_first(z, a)) - bounded_log(p.prior_first[static_cast<std::size_t>(a)]) +
                   bounded_log(p.given_second(z, b)) - bounded_log(p.prior_second[static_cast<std::size_t>(b)]));
  }
  return sums;
}

}  // namespace

Redundancy broja_redundancy(const JointPosterior& posterior, const RedundancyOptions& options) {
  const TargetInformation claimed = claimed_information(posterior);
  const double first = weighted_mean(posterior.weight, claimed.first);
  const double second = weighted_mean(posterior.weight, claimed.second);
  const Bounds bounds = minimise(posterior, options);
  // The joint distribution itself has the right marginals too, so the synergy cannot come out negative.
  const double least = std::min(bounds.upper, weighted_mean(posterior.weight, claimed.both));
  Redundancy result{first + second - least, std::max(least - bounds.lower, 0.0), true, {}};
  result.converged = result.gap <= options.tolerance;
  // Envelope theorem: the minimum's derivative in the probability of (z, s₁, s₂) is ln u_z(s₁) + ln v_z(s₂), the
  // multipliers of the two marginals. What the optimum is short of is spread evenly.
  result.influence = summed_informations(posterior, claimed);
  const double shift = weighted_mean(posterior.weight, bounds.dual) - least;
  for (std::size_t z = 0; z < bounds.observed.size(); ++z) result.influence[z] += shift - bounds.observed[z];
  return result;
}

}  // namespace equinfo
