// Entropies of counts. Stored values: plug-in, Miller–Madow and Chao–Shen by infomeasure 0.6.3,
//   im.entropy(numpy.repeat(range(len(n)), n), approach="miller_madow")
// NSB by ndd, as its documentation prints them (ndd.entropy(counts, k=K)), and by adaptive quadrature with mpmath at 30
// digits of the formulas in estimators/nsb.h; the same prior sampled by 400,000 Dirichlet draws weighted by the
// likelihood agrees within its error of 2e-4 to 4e-3. Grassberger (2003) by mpmath; infomeasure has the form of 1988.

#include <cmath>
#include <numbers>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/random.h"
#include "estimators/entropy.h"
#include "estimators/nsb.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

using Counts = std::vector<std::int64_t>;

const Counts kSmall{4, 2, 3, 0, 2, 4, 0, 0, 2};
const Counts kSteep{50, 30, 15, 4, 1, 0, 0, 0, 0, 0};
const Counts kSingletons{1, 1, 1, 1, 1, 0, 0, 0};
const Counts kMany{1000, 500, 250, 125};

Counts padded(Counts counts, std::size_t kinds) {
  counts.resize(kinds, 0);
  return counts;
}

const Counts kSparse = padded({7, 1, 1, 1, 1, 2}, 100);
const Counts kPublished = padded({4, 12, 4, 5, 3, 1, 5, 1, 2, 2, 2, 2, 11, 3, 4, 12, 12, 1, 2}, 100);
const Counts kOlder = padded({12, 4, 12, 4, 5, 3, 1, 5, 1, 2, 2, 2, 2, 11, 3, 4, 12, 12, 1, 2}, 100);

void check_close(double value, double expected, double tolerance = 1e-11) {
  CHECK(std::abs(value - expected) < tolerance);
}

/// Counts of `rows` draws from a distribution.
Counts draw_counts(const std::vector<double>& p, std::int64_t rows, std::uint64_t seed) {
  RandomStream stream(seed, "entropy counts");
  Counts counts(p.size(), 0);
  for (std::int64_t i = 0; i < rows; ++i) {
    double point = stream.uniform();
    std::size_t k = 0;
    while (k + 1 < p.size() && point >= p[k]) point -= p[k++];
    ++counts[k];
  }
  return counts;
}

/// p(k) ∝ 1/(k + 1), and its entropy.
std::vector<double> zipf(std::size_t kinds) {
  std::vector<double> p;
  double sum = 0.0;
  for (std::size_t k = 0; k < kinds; ++k) p.push_back(1.0 / static_cast<double>(k + 1)), sum += p.back();
  for (double& value : p) value /= sum;
  return p;
}

double entropy_of(const std::vector<double>& p) {
  double sum = 0.0;
  for (const double value : p) sum -= value * std::log(value);
  return sum;
}

}  // namespace

TEST_CASE("plug-in and Miller-Madow by hand and by infomeasure") {
  check_close(plug_in_entropy(Counts{3, 1}), std::log(4.0) - 0.75 * std::log(3.0));
  check_close(miller_madow_entropy(Counts{3, 1, 0}), std::log(4.0) - 0.75 * std::log(3.0) + 1.0 / 8.0);
  check_close(plug_in_entropy(Counts{5, 0}), 0.0);
  check_close(plug_in_entropy(kSmall), 1.742326588861);
  check_close(plug_in_entropy(kSteep), 1.167140164165);
  check_close(miller_madow_entropy(kSmall), 1.889385412390);
  check_close(miller_madow_entropy(kSparse), 1.602821249423);
  check_close(miller_madow_entropy(kMany), 1.137716591833);
}

TEST_CASE("Grassberger by hand and by mpmath") {
  // G(1) = −γ − ln 2 and G(2) = 2 − γ − ln 2, so two singletons give ln 2 − G(1) = γ + 2 ln 2.
  check_close(grassberger_entropy(Counts{1, 1}), std::numbers::egamma + 2.0 * std::numbers::ln2);
  check_close(grassberger_entropy(Counts{2}), std::numbers::ln2 - (2.0 - std::numbers::egamma - std::numbers::ln2));
  check_close(grassberger_entropy(kSmall), 1.78985069932162);
  check_close(grassberger_entropy(kSingletons), 2.87980075789558);
  check_close(grassberger_entropy(kSteep), 1.18957640820657);
  check_close(grassberger_entropy(kSparse), 1.87633784394866);
  check_close(grassberger_entropy(Counts{10}), -0.00165523614765075);
}

TEST_CASE("Chao-Shen by hand and by infomeasure") {
  // f₁ = 1 of N = 3: C = 2/3, p̃ = 4/9 and 2/9, each over 1 − (1 − p̃)³.
  const double first = -4.0 / 9 * std::log(4.0 / 9) / (1 - std::pow(5.0 / 9, 3));
  const double second = -2.0 / 9 * std::log(2.0 / 9) / (1 - std::pow(7.0 / 9, 3));
  check_close(chao_shen_entropy(Counts{2, 1}), first + second);
  check_close(chao_shen_entropy(Counts{10}), 0.0);
  check_close(chao_shen_entropy(kSmall), 1.863359635276);
  check_close(chao_shen_entropy(kSteep), 1.194513010931);
  check_close(chao_shen_entropy(kSparse), 1.906204257518);
  check_close(chao_shen_entropy(Counts{3, 3, 3, 3}), 1.431643608021);
}

TEST_CASE("NSB by mpmath, mean and standard deviation") {
  const auto check = [](const Counts& counts, double mean, double deviation) {
    const PosteriorEntropy found = nsb_entropy(counts);
    check_close(found.mean, mean, 1e-9);
    check_close(found.std_deviation, deviation, 1e-8);
  };
  check(kSmall, 1.940646728503, 0.1560242251518);
  check(kSingletons, 1.86706497629, 0.1858175650928);
  check(kSteep, 1.195894962902, 0.07804856077393);
  check(Counts{3, 3, 3, 3}, 1.332775487021, 0.05535425856065);
  check(kSparse, 1.967053882756, 0.4239997837064);
  check(kMany, 1.137470865895, 0.01484086366223);
  check(kPublished, 2.806096916054329, 0.1194769091902168);
  check(Counts{10}, 0.0, 0.0);
}

TEST_CASE("NSB by ndd's documentation") {
  check_close(nsb_mean_entropy(kOlder), 2.840012048914245, 1e-9);
  check_close(nsb_mean_entropy(Counts{7, 3, 5, 8, 9, 1, 3, 3, 1, 0, 2, 5, 2, 11, 4, 23, 5, 0, 8, 0}), 2.623634344902917,
              1e-9);
  // Its version 1.10 integrates more coarsely: 5e-6 from the quadrature above, which its older versions meet.
  check_close(nsb_mean_entropy(kPublished), 2.8060922529931225, 1e-5);
}

TEST_CASE("names are irrelevant, and zeros matter to NSB alone") {
  const Counts turned{2, 0, 4, 4, 0, 2, 0, 3, 2}, longer = padded(kSmall, 30);
  for (const EntropyCorrection& correction : entropy_corrections()) {
    CAPTURE(correction.name);
    check_close(correction.entropy(turned), correction.entropy(kSmall));
    const double change = std::abs(correction.entropy(longer) - correction.entropy(kSmall));
    CHECK((correction.name == "nsb" ? change > 0.01 : change == 0.0));
  }
}

TEST_CASE("all corrections find the entropy of a Zipf law, sooner than the plug-in") {
  const std::vector<double> p = zipf(200);
  const double truth = entropy_of(p);
  double shortfall = 0.0;  // of the plug-in, which is first in the table
  for (const EntropyCorrection& correction : entropy_corrections()) {
    CAPTURE(correction.name);
    double few = 0.0, many = 0.0;
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      few += correction.entropy(draw_counts(p, 300, seed)) / 10;
      many += correction.entropy(draw_counts(p, 30000, seed)) / 10;
    }
    // One draw of 30,000 spreads by √(Var ln p / N) = .0072, so a mean of ten by .0023: 4 of these.
    CHECK(std::abs(many - truth) < 0.0092);
    // At N = 300 a mean of ten spreads by .023, the same for all; the plug-in falls short by about (m − 1)/2N = .2.
    if (correction.name == "plug-in") {
      shortfall = truth - few;
      CHECK(shortfall > 0.15);
    } else {
      CAPTURE(shortfall);
      CHECK(std::abs(few - truth) < 0.7 * shortfall);
    }
  }
}

TEST_CASE("one message for each mistake") {
  for (const EntropyCorrection& correction : entropy_corrections()) {
    CAPTURE(correction.name);
    CHECK_THROWS_WITH_AS(correction.entropy(Counts{3, -2}), "entropy: count 1 of the histogram is negative, -2",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(correction.entropy(Counts{0, 0, 0}), "entropy: the 3 counts hold no observation",
                         std::domain_error);
  }
  CHECK_THROWS_WITH_AS(chao_shen_entropy(kSingletons),
                       "Chao-Shen entropy: all 5 values were seen once, so its coverage is 0 and it is undefined",
                       std::domain_error);
  CHECK((entropy_correction_named("nsb").entropy == nsb_mean_entropy));
  CHECK_THROWS_WITH_AS(entropy_correction_named("chaoshen"),
                       "there is no entropy correction 'chaoshen'; did you mean 'chao-shen'?", std::invalid_argument);
}
