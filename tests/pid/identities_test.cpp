#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <vector>

#include "core/random.h"
#include "pid/gaussian_cells.h"
#include "pid/pid.h"
#include "pid/sinkhorn.h"

#include <doctest/doctest.h>

using namespace equinfo;
using namespace equinfo::testing;

namespace {

constexpr double kLn2 = std::numbers::ln2;

/// A joint distribution at random, with about a third of its cells empty.
JointPosterior random_joint(std::int64_t targets, std::int64_t first, std::int64_t second, std::uint64_t seed) {
  RandomStream stream(seed, "random joint");
  Matrix<double> joint(targets, first * second);
  std::vector<double> weight;
  for (std::int64_t z = 0; z < targets; ++z) {
    weight.push_back(stream.uniform() + 0.1);
    for (double& p : joint.row(z)) p = stream.uniform() < 1.0 / 3.0 ? 0.0 : std::exp(2.0 * stream.normal());
    joint(z, stream.below(first * second)) += 0.1;
  }
  return complete_joint(std::move(joint), std::move(weight), first, second);
}

/// Source and target exchanged names: S₁ ↔ S₂.
JointPosterior swapped(const JointPosterior& p) {
  Matrix<double> joint(p.targets(), p.first * p.second);
  for (std::int64_t z = 0; z < p.targets(); ++z) {
    for (std::int64_t c = 0; c < joint.cols(); ++c) joint(z, c % p.second * p.first + c / p.second) = p.joint(z, c);
  }
  return complete_joint(std::move(joint), p.weight, p.second, p.first);
}

double nats(const Pid& pid, PidPart part) { return pid.at(part).nats; }

}  // namespace

TEST_CASE("AND by hand, all three measures") {
  Matrix<double> joint(2, 4);
  joint(0, 0) = joint(0, 1) = joint(0, 2) = 1.0;
  joint(1, 3) = 1.0;
  const JointPosterior p = complete_joint(std::move(joint), {0.75, 0.25}, 2, 2);
  const double h_z = 2.0 * kLn2 - 0.75 * std::log(3.0), one = h_z - 0.5 * kLn2;
  for (const Pid& pid : decompose(p, {.measures = {"broja", "i_min"}})) {
    CHECK(pid.z_both == doctest::Approx(h_z).epsilon(1e-12));
    CHECK(pid.z_first == doctest::Approx(one).epsilon(1e-12));
    CHECK(nats(pid, PidPart::kRedundancy) == doctest::Approx(one).epsilon(1e-6));
    CHECK(nats(pid, PidPart::kSynergy) == doctest::Approx(0.5 * kLn2).epsilon(1e-6));
    CHECK(!pid.at(PidPart::kSynergy).std_error);
  }
  // i_sx: for z = 0 the three events keep p(y|z) + p(t|z) − p(y,t|z) = 1, 1/3 + 2/3 ... by hand below.
  const Pid sx = decompose(p, {.measures = {"i_sx"}}).front();
  const double by_hand = 0.25 * std::log(1.0 / 0.75) + 2 * 0.25 * std::log((2.0 / 3 + 1.0 / 3 - 1.0 / 3) / 0.75) +
                         0.25 * std::log(1.0 / 0.75);
  CHECK(nats(sx, PidPart::kRedundancy) == doctest::Approx(by_hand).epsilon(1e-12));
}

TEST_CASE("identities hold for every measure on random joints with empty cells") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const JointPosterior p =
        random_joint(3 + static_cast<std::int64_t>(seed), 2 + static_cast<std::int64_t>(seed % 4), 3, seed);
    for (const Pid& pid : decompose(p, {})) {
      CAPTURE(seed);
      CAPTURE(pid.measure);
      const double r = nats(pid, PidPart::kRedundancy), syn = nats(pid, PidPart::kSynergy);
      CHECK(std::abs(r + nats(pid, PidPart::kUniqueFirst) - pid.z_first) < 1e-12);
      CHECK(std::abs(r + nats(pid, PidPart::kUniqueSecond) - pid.z_second) < 1e-12);
      CHECK(std::abs(syn - r - (pid.z_both - pid.z_first - pid.z_second)) < 1e-12);
      for (const PidPart part : kPidParts) {
        if (pid.measure != "i_sx") CHECK(nats(pid, part) > -1e-12);
        CHECK(pid.at(part).claimed_nats == nats(pid, part));
        double mean = 0.0;
        for (std::size_t z = 0; z < p.weight.size(); ++z) {
          mean += p.weight[z] * pid.targets[z][static_cast<std::size_t>(part)];
        }
        CHECK(std::abs(mean - nats(pid, part)) < 1e-12);
      }
    }
  }
}

TEST_CASE("with labels seen, the identities hold for what is achieved and for what is claimed") {
  const PosteriorSample sample = draw_posteriors(gaussian_cells("G09 A2 b1"), 700, 12);
  for (const Pid& pid : pid_from_posteriors(sample.posterior.view(), sample.labels, {})) {
    CAPTURE(pid.measure);
    const auto parts = [&](auto value) {
      return std::array{value(pid.atoms[0]), value(pid.atoms[1]), value(pid.atoms[2]), value(pid.atoms[3])};
    };
    const auto achieved = parts([](const PidAtom& atom) { return atom.nats; });
    const auto claimed = parts([](const PidAtom& atom) { return atom.claimed_nats; });
    CHECK(std::abs(achieved[0] + achieved[1] - pid.z_first) < 1e-12);
    CHECK(std::abs(achieved[0] + achieved[2] - pid.z_second) < 1e-12);
    CHECK(std::abs(achieved[0] + achieved[1] + achieved[2] + achieved[3] - pid.z_both) < 1e-12);
    CHECK(achieved != claimed);
    if (pid.measure != "i_sx") CHECK(*std::ranges::min_element(claimed) > -1e-12);
    for (std::size_t part = 0; part < 4; ++part) {
      double mean = 0.0;
      for (const auto& row : pid.targets) mean += row[part] / 700.0;
      CHECK(std::abs(mean - achieved[part]) < 1e-12);
    }
  }
}

TEST_CASE("exchanging the sources exchanges the unique parts") {
  const JointPosterior p = random_joint(9, 3, 4, 5);
  const auto one = decompose(p, {}), other = decompose(swapped(p), {});
  for (std::size_t m = 0; m < one.size(); ++m) {
    // Sinkhorn's last sweep favours the second source, so BROJA agrees to its gap.
    CHECK(std::abs(nats(one[m], PidPart::kRedundancy) - nats(other[m], PidPart::kRedundancy)) < 2.1e-7);
    CHECK(std::abs(nats(one[m], PidPart::kUniqueFirst) - nats(other[m], PidPart::kUniqueSecond)) < 2.1e-7);
  }
}

TEST_CASE("BROJA against a brute-force search over all couplings of two binary sources and two targets") {
  // Q_z is fixed by its marginals up to Q_z(1,1): a grid over two numbers finds the minimum to about step².
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const JointPosterior p = random_joint(2, 2, 2, 100 + seed);
    double least = INFINITY;
    constexpr int kSteps = 400;
    const auto coupling = [&](std::int64_t z, int step) {
      const double y = p.given_first(z, 1), t = p.given_second(z, 1);
      const double low = std::max(0.0, y + t - 1.0), high = std::min(y, t);
      const double both = low + (high - low) * step / kSteps;
      return std::vector<double>{std::max(1 - y - t + both, 0.0), std::max(t - both, 0.0), std::max(y - both, 0.0),
                                 both};
    };
    for (int i = 0; i <= kSteps; ++i) {
      for (int j = 0; j <= kSteps; ++j) {
        const auto a = coupling(0, i), b = coupling(1, j);
        std::vector<double> mean(4);
        for (std::size_t c = 0; c < 4; ++c) mean[c] = p.weight[0] * a[c] + p.weight[1] * b[c];
        least = std::min(least, p.weight[0] * divergence(a, mean) + p.weight[1] * divergence(b, mean));
      }
    }
    const Pid pid = decompose(p, {.measures = {"broja"}}).front();
    const double found = pid.z_both - nats(pid, PidPart::kSynergy);
    CAPTURE(seed);
    CHECK(found < least + 1e-7);
    CHECK(found > least - 1e-4);
  }
}

TEST_CASE("BROJA's gap is honest: after one iteration the bound still holds") {
  const JointPosterior p = random_joint(40, 4, 3, 7);
  PidOptions hasty{.measures = {"broja"}};
  hasty.redundancy.max_iterations = 1;
  const Pid early = decompose(p, hasty).front(), late = decompose(p, {.measures = {"broja"}}).front();
  CHECK(early.flags == std::vector<std::string>{"not_converged"});
  CHECK(late.flags.empty());
  CHECK(late.gap <= 1e-7);
  const double gained = nats(late, PidPart::kRedundancy) - nats(early, PidPart::kRedundancy);
  CHECK(gained > 1e-4);
  CHECK(gained <= early.gap);
}

TEST_CASE("the same bytes for any number of threads") {
  const PosteriorSample sample = draw_posteriors(gaussian_cells("G05 a2 b1"), 3000, 3);
  std::vector<std::vector<double>> readings;
  for (const int threads : {1, 2, 5}) {
    PidOptions options;
    options.redundancy.threads = threads;
    readings.emplace_back();
    for (const Pid& pid : pid_from_posteriors(sample.posterior.view(), sample.labels, options)) {
      for (const PidAtom& atom : pid.atoms) {
        readings.back().push_back(atom.nats);
        readings.back().push_back(*atom.std_error);
      }
    }
  }
  CHECK(readings[0] == readings[1]);
  CHECK(readings[0] == readings[2]);
}

TEST_CASE("what the decomposition refuses") {
  const auto joint = [](std::vector<double> values) {
    Matrix<double> matrix(1, static_cast<std::int64_t>(values.size()));
    std::copy(values.begin(), values.end(), matrix.data());
    return matrix;
  };
  CHECK_THROWS_WITH_AS(complete_joint(joint({1, 0, 0}), {1}, 2, 2), "pid: 3 cells do not make 2 x 2 labels",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(complete_joint(joint({1, 0}), {1, 1}, 1, 2), "pid: 1 rows but 2 weights", std::invalid_argument);
  CHECK_THROWS_WITH_AS(complete_joint(Matrix<double>(0, 2), {}, 1, 2), "pid: the table of 0 x 2 probabilities is empty",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(complete_joint(joint({1, -0.5}), {1}, 1, 2),
                       "pid: the probabilities of row 0 hold -0.5, which is no probability", std::invalid_argument);
  CHECK_THROWS_WITH_AS(complete_joint(joint({1, 1}), {NAN}, 1, 2), "pid: the weights hold nan, which is no probability",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(complete_joint(joint({0, 0}), {1}, 1, 2), "pid: the probabilities of row 0 are all zero",
                       std::invalid_argument);
  const JointPosterior p = random_joint(3, 2, 2, 0);
  CHECK_THROWS_WITH_AS(decompose(p, {.measures = {"brojo"}}), "there is no PID measure 'brojo'; did you mean 'broja'?",
                       std::invalid_argument);
}
