#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "core/random.h"
#include "estimators/adjusted_p_values.h"
#include "estimators/lda.h"
#include "estimators/permutation_scheme.h"
#include "estimators/permutation_test.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

struct Problem {
  Matrix<float> z;
  Labels labels;
};

/// What Z is told: the class, the transformation, or neither; and whether a source (image) has a place of its own.
struct Content {
  double of_class = 0.0, of_transform = 0.0, of_both = 0.0, of_source = 0.0;
};

/// 48 rows in 3 dimensions, 2 classes and 2 transformations; the rows of a source share Y and have random T.
Problem problem(std::uint64_t index, std::int64_t rows_per_source, const Content& content, std::int64_t rows = 48) {
  RandomStream stream(7, "permutation test problem", index);
  std::vector<std::int64_t> y, t, source;
  Matrix<float> z(rows, 3);
  std::vector<double> place(3);
  for (std::int64_t i = 0; i < rows; ++i) {
    if (i % rows_per_source == 0) {
      for (double& x : place) x = content.of_source * stream.normal();
      y.push_back(stream.below(2));
    } else {
      y.push_back(y.back());
    }
    t.push_back(stream.below(2));
    source.push_back(i / rows_per_source);
    const double class_sign = y.back() == 0 ? -1.0 : 1.0, transform_sign = t.back() == 0 ? -1.0 : 1.0;
    for (std::int64_t j = 0; j < 3; ++j) {
      z(i, j) = static_cast<float>(stream.normal() + place[static_cast<std::size_t>(j)]);
    }
    z(i, 0) += static_cast<float>(content.of_class * class_sign);
    z(i, 1) += static_cast<float>(content.of_transform * transform_sign);
    z(i, 2) += static_cast<float>(content.of_both * class_sign * transform_sign);
  }
  return {std::move(z), code_labels(y, t, source)};
}

PermutationTestOptions with(int permutations, std::uint64_t seed = 0) {
  PermutationTestOptions options;
  options.permutations = permutations;
  options.seed = seed;
  options.threads = 1;
  return options;
}

const PermutationTest& of(Quantity quantity, const std::vector<PermutationTest>& tests) {
  return *std::ranges::find(tests, quantity, &PermutationTest::quantity);
}

/// Asymptotic Kolmogorov–Smirnov p-value of uniformity (with Stephens' correction for the sample's size).
double uniformity(std::vector<double> values) {
  std::ranges::sort(values);
  const auto n = static_cast<double>(values.size());
  double distance = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto rank = static_cast<double>(i);
    distance = std::max({distance, (rank + 1.0) / n - values[i], values[i] - rank / n});
  }
  const double x = (std::sqrt(n) + 0.12 + 0.11 / std::sqrt(n)) * distance;
  double p = 0.0;
  for (int k = 1; k < 100; ++k) p += (k % 2 == 1 ? 2.0 : -2.0) * std::exp(-2.0 * k * k * x * x);
  return std::min(1.0, p);
}

/// p-values of some quantities over replicates. A discrete p-value is spread evenly over its step, so that a uniform
/// one becomes continuous.
void check_uniform(const std::vector<Quantity>& quantities, std::int64_t rows_per_source, const Content& content) {
  constexpr int kReplicates = 200, kPermutations = 19;
  std::vector<std::vector<double>> p(quantities.size());
  for (std::uint64_t r = 0; r < kReplicates; ++r) {
    const Problem drawn = problem(r, rows_per_source, content, rows_per_source == 1 ? 48 : 96);
    const auto tests = permutation_tests(drawn.z, drawn.labels, with(kPermutations, r));
    RandomStream spread(r, "spread");
    for (std::size_t q = 0; q < quantities.size(); ++q) {
      REQUIRE(of(quantities[q], tests).p_value);
      p[q].push_back(*of(quantities[q], tests).p_value - spread.uniform() / (kPermutations + 1));
    }
  }
  for (std::size_t q = 0; q < quantities.size(); ++q) {
    CAPTURE(symbol_of(quantities[q]));
    CHECK(uniformity(p[q]) > 0.01);
  }
}

}  // namespace

TEST_CASE("permutation p-values are uniform where nothing is known: a row a source") {
  check_uniform({Quantity::kZY, Quantity::kZT, Quantity::kZYGivenT, Quantity::kZTGivenY, Quantity::kZYT}, 1, {});
}

TEST_CASE("permutation p-values are uniform where nothing is known: four rows a source, strongly alike") {
  check_uniform({Quantity::kZY, Quantity::kZT, Quantity::kZYGivenT, Quantity::kZTGivenY, Quantity::kZYT}, 4,
                {0, 0, 0, 3});
}

TEST_CASE("permutation p-values of the class are uniform where Z knows the transformation") {
  check_uniform({Quantity::kZY, Quantity::kZYGivenT}, 1, {0, 1.5, 0, 0});
  check_uniform({Quantity::kZY, Quantity::kZYGivenT}, 4, {0, 1.5, 0, 1});
}

TEST_CASE("permutation p-values of the transformation are uniform where Z knows the class") {
  check_uniform({Quantity::kZT, Quantity::kZTGivenY}, 1, {1.5, 0, 0, 0});
  check_uniform({Quantity::kZT, Quantity::kZTGivenY}, 4, {1.5, 0, 0, 1});
}

TEST_CASE("synergy does not pass for information on one label, and is seen by the conditionals") {
  check_uniform({Quantity::kZY, Quantity::kZT}, 1, {0, 0, 2, 0});
  const Problem p = problem(3, 1, {0, 0, 2, 0}, 120);
  const auto tests = permutation_tests(p.z, p.labels, with(39));
  for (const Quantity quantity : {Quantity::kZYGivenT, Quantity::kZTGivenY, Quantity::kZYT}) {
    CHECK(*of(quantity, tests).p_value == 1.0 / 40.0);
  }
}

TEST_CASE("a planted signal is found, with the smallest p-value there is: 1/(1 + B)") {
  for (const std::int64_t rows_per_source : {1, 4}) {
    const Problem p = problem(5, rows_per_source, {2, 2, 0, 0}, 160);
    for (const auto& test : permutation_tests(p.z, p.labels, with(19))) {
      CAPTURE(symbol_of(test.quantity));
      REQUIRE(test.p_value);
      CHECK(*test.p_value == 1.0 / 20.0);
      CHECK(test.null_scores.size() == 19);
      CHECK(test.score > *std::ranges::max_element(test.null_scores));
    }
  }
}

TEST_CASE("what is permuted follows the design, and is said") {
  const auto scheme = [](Quantity quantity, std::int64_t rows_per_source) {
    return permutation_scheme(quantity, problem(0, rows_per_source, {}).labels).words;
  };
  CHECK(scheme(Quantity::kZY, 1) == "Y across rows");
  CHECK(scheme(Quantity::kZYGivenT, 1) == "Y across rows within T");
  CHECK(scheme(Quantity::kZT, 1) == "T across rows");
  CHECK(scheme(Quantity::kZTGivenY, 1) == "T across rows within Y");
  CHECK(scheme(Quantity::kZYT, 1) == "pairs (Y,T) across rows");
  CHECK(scheme(Quantity::kZY, 4) == "Y across sources");
  CHECK(scheme(Quantity::kZYGivenT, 4) == "Y across sources of the same T-pattern");
  CHECK(scheme(Quantity::kZT, 4) == "T within source");
  CHECK(scheme(Quantity::kZTGivenY, 4) == "T within source");
  CHECK(scheme(Quantity::kZYT, 4) == "pairs (Y,T) across sources and within a source");
  // T that never varies within a source cannot be permuted there.
  const Labels constant = code_labels(std::vector<std::int64_t>{0, 0, 1, 1}, std::vector<std::int64_t>{0, 0, 1, 1},
                                      std::vector<std::int64_t>{0, 0, 1, 1});
  CHECK(permutation_scheme(Quantity::kZT, constant).words == "T across sources");
  CHECK(permutation_scheme(Quantity::kZTGivenY, constant).movable == 0);
  CHECK_THROWS_WITH_AS(permutation_scheme(Quantity::kSynergy, constant), "permutation test: synergy S has no exact one",
                       std::invalid_argument);
}

TEST_CASE("a design that leaves no label to move has no p-value, and says why") {
  // Y is a function of T: given T nothing is left of it.
  Problem p = problem(0, 1, {});
  p.labels.y = p.labels.t;
  const auto tests = permutation_tests(p.z, p.labels, with(5));
  CHECK(!of(Quantity::kZYGivenT, tests).p_value);
  CHECK(of(Quantity::kZYGivenT, tests).scheme == "Y across rows within T: no label can change");
  CHECK(of(Quantity::kZY, tests).p_value);
}

TEST_CASE("scores of a representation without any content tie, and ties are broken at random") {
  const Problem p = problem(0, 1, {});
  const Matrix<float> nothing(p.z.rows(), 3);
  std::vector<double> values;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    values.push_back(*of(Quantity::kZY, permutation_tests(nothing, p.labels, with(9, seed))).p_value);
  }
  std::ranges::sort(values);
  CHECK(values.front() == 0.1);
  CHECK(values.back() == 1.0);
}

TEST_CASE("the same bits for any number of threads, other bits for another seed") {
  const Problem p = problem(1, 4, {0.3, 0, 0, 1});
  PermutationTestOptions one = with(15), three = one, other = with(15, 1);
  three.threads = 3;
  const auto a = permutation_tests(p.z, p.labels, one), b = permutation_tests(p.z, p.labels, three);
  for (std::size_t q = 0; q < a.size(); ++q) {
    CHECK(a[q].score == b[q].score);
    CHECK(a[q].null_scores == b[q].null_scores);
    CHECK(a[q].p_value == b[q].p_value);
  }
  CHECK(permutation_tests(p.z, p.labels, other).front().null_scores != a.front().null_scores);
}

TEST_CASE("statistics of other labels are to the bit those of a new start") {
  const Problem p = problem(2, 1, {1, 1, 0, 0}), q = problem(4, 1, {});
  const SourceFolds folds = make_source_folds(p.labels.source, p.labels.sources, p.labels.y, {4, 1, 0, 0});
  const LogPriors priors = log_priors(p.labels), other = log_priors(q.labels);
  const LdaStatistics start({p.z, p.labels, folds, priors}), anew({p.z, q.labels, folds, other});
  const std::vector<std::int32_t> training{0, 1, 3};
  const LdaFit a = anew.fit(training), b = start.relabelled({p.z, q.labels, folds, other}).fit(training);
  CHECK(a.rule.bias == b.rule.bias);
  for (std::int64_t k = 0; k < a.rule.weights.rows() * a.rule.weights.cols(); ++k) {
    CHECK(a.rule.weights.data()[k] == b.rule.weights.data()[k]);
  }
}

TEST_CASE("adjusted p-values by hand: two embeddings that share three permutations") {
  PermutationTest strong{Quantity::kZY, 0.25, 9.0, {1, 2, 3}, ""}, weak{Quantity::kZY, 0.5, 5.0, {6, 1, 2}, ""};
  // Less mean, by deviation (observed, draws): strong 1.69, −.88, −.56, −.24; weak .73, 1.21, −1.21, −.73. Largest:
  // 1.69, 1.21, −.56, −.24.
  const auto adjusted = adjusted_p_values({strong, weak});
  CHECK(*adjusted[0] == 0.25);
  CHECK(*adjusted[1] == 0.5);
  weak.p_value = std::nullopt;
  CHECK(*adjusted_p_values({strong, weak})[0] == 0.25);
  CHECK(!adjusted_p_values({strong, weak})[1]);
  PermutationTest shorter{Quantity::kZY, 0.5, 5.0, {6}, ""};
  CHECK_THROWS_WITH_AS(adjusted_p_values({strong, shorter}),
                       "adjusted p-values: 3 permutations of one embedding but 1 of another", std::invalid_argument);
}

TEST_CASE("five correlated embeddings that know nothing: one of them is called significant once in twenty") {
  constexpr int kReplicates = 2000, kEmbeddings = 5, kRows = 24, kPermutations = 19;
  int corrected = 0, plain = 0;
  for (std::uint64_t replicate = 0; replicate < kReplicates; ++replicate) {
    RandomStream stream(3, "correlated embeddings", replicate);
    std::vector<std::vector<double>> z(kEmbeddings);
    for (int i = 0; i < kRows; ++i) {
      const double shared = stream.normal();
      for (auto& column : z) column.push_back(0.7 * shared + stream.normal());
    }
    std::vector<PermutationTest> tests(kEmbeddings);
    for (int draw = 0; draw <= kPermutations; ++draw) {
      const auto row = stream.permutation(kRows);
      for (std::size_t e = 0; e < tests.size(); ++e) {
        double difference = 0.0;  // between the two halves of the rows, on a scale of the embedding's own
        for (int i = 0; i < kRows; ++i) {
          difference += (i % 2 == 0 ? 1.0 : -1.0) * z[e][static_cast<std::size_t>(row[static_cast<std::size_t>(i)])];
        }
        const double score = std::abs(difference) * static_cast<double>(e + 1);
        if (draw == 0) tests[e].score = score;
        if (draw > 0) tests[e].null_scores.push_back(score);
      }
    }
    for (auto& test : tests) {
      const auto above = std::ranges::count_if(test.null_scores, [&](double s) { return s >= test.score; });
      test.p_value = static_cast<double>(1 + above) / (kPermutations + 1);
    }
    const auto adjusted = adjusted_p_values(tests);
    const auto significant = [](const std::optional<double>& p) { return *p <= 0.05 + 1e-9; };
    corrected += std::ranges::any_of(adjusted, significant) ? 1 : 0;
    plain += std::ranges::any_of(tests, [&](const PermutationTest& t) { return significant(t.p_value); }) ? 1 : 0;
  }
  // Four standard deviations of a share of .05: 4 · √(.05 · .95 / 2000) = .0195.
  CHECK(std::abs(corrected / static_cast<double>(kReplicates) - 0.05) < 0.0195);
  CHECK(plain > 2 * corrected);
}

TEST_CASE("permutation tests: mistakes are named with their values") {
  const Problem p = problem(0, 1, {});
  CHECK_THROWS_WITH_AS(permutation_tests(p.z, p.labels, with(0)),
                       "permutation test: 0 permutations; at least 1 is needed", std::invalid_argument);
  CHECK_THROWS_WITH_AS(permutation_tests(Matrix<float>(3, 2), p.labels, with(5)),
                       "permutation test: z has 3 rows but the labels 48", std::invalid_argument);
  const Problem few = problem(0, 12, {});
  CHECK_THROWS_WITH_AS(permutation_tests(few.z, few.labels, with(5)),
                       "folds: 4 sources are too few for 5 folds of 1 parts, but 48 rows come from them: are the "
                       "sources exchanged with another dataset?",
                       std::invalid_argument);
}
