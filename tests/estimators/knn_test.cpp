#include "estimators/knn.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/random.h"
#include "support/ground_truth.h"

#include <doctest/doctest.h>

using namespace equinfo;
using namespace equinfo::testing;

namespace {

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

struct Means {
  double z_y, z_t, z_yt;
  double z_y_given_t() const { return z_yt - z_t; }
  double z_t_given_y() const { return z_yt - z_y; }
  double synergy() const { return z_yt - z_y - z_t; }
};

Means means(const RowInformation& rows) { return {mean(rows.z_y), mean(rows.z_t), mean(rows.z_yt)}; }

Labels labels_of(const Sample& sample) { return code_labels(sample.y, sample.t, sample.source); }

Matrix<float> column(const std::vector<float>& values) {
  Matrix<float> z(static_cast<std::int64_t>(values.size()), 1);
  std::copy(values.begin(), values.end(), z.data());
  return z;
}

void check_problem(const std::string& problem, double bias_allowed) {
  CAPTURE(problem);
  const Sample sample = draw(problem, {.rows = 4000, .seed = 20});
  const Means found = means(knn_information(sample.z, labels_of(sample), {}));
  const Means exact = means(exact_information(problem, sample));
  // Against the exact information of the same rows the sampling error cancels, and what is left is mostly bias.
  CHECK(std::abs(found.z_y - exact.z_y) < bias_allowed);
  CHECK(std::abs(found.z_t - exact.z_t) < bias_allowed);
  CHECK(std::abs(found.z_yt - exact.z_yt) < bias_allowed);
  CHECK(std::abs(found.synergy() - exact.synergy()) < bias_allowed);
  // Against the truth: over seeds the standard deviation was at most .016 (8 seeds, N = 4000), 4 × that.
  const GroundTruth& truth = ground_truth(problem);
  CHECK(std::abs(found.z_y - truth.z_y) < 0.064);
  CHECK(std::abs(found.z_t - truth.z_t) < 0.064);
  CHECK(std::abs(found.z_yt - truth.z_yt) < 0.064);
  CHECK(std::abs(found.synergy() - truth.synergy) < 0.064);
}

template <class Work>
std::string refusal_of(const Work& work) {
  try {
    work();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "nothing was thrown";
}

struct StoredProblem {
  std::vector<float> x;
  std::vector<std::int64_t> label;
  std::map<int, double> information;  ///< by k
};

std::map<std::string, StoredProblem> stored_problems() {
  std::ifstream file(EQUINFO_SOURCE_DIR "/tests/estimators/data/sklearn_ross.csv");
  std::map<std::string, StoredProblem> problems;
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with('#') || line.starts_with("problem,")) continue;
    std::istringstream fields(line);
    std::vector<std::string> cells;
    for (std::string cell; std::getline(fields, cell, ',');) cells.push_back(cell);
    StoredProblem& problem = problems[cells.at(0)];
    const int k = std::stoi(cells.at(1));
    problem.information[k] = std::stod(cells.at(2));
    if (k != 1) continue;  // the sample is written once
    problem.x.push_back(std::stof(cells.at(4)));
    problem.label.push_back(std::stol(cells.at(5)));
  }
  return problems;
}

}  // namespace

TEST_CASE("by hand: six points on a line, one neighbour") {
  // The row at 0 (class 0, transformation 0) has its cell's other row at 2, another of its class at 1 and of its
  // transformation at −2: n = (1, 2, 2, 3) of N = (2, 4, 4, 6). ψ(n) − ψ(m) = 1/m + … + 1/(n − 1).
  const Labels labels = code_labels(std::vector<std::int64_t>{3, 3, 3, 8, 8, 3},
                                    std::vector<std::int64_t>{0, 0, 9, 0, 0, 9}, std::nullopt);
  const auto z = column({0, 2, 1, -2, 2.5F, 9});
  const RowInformation rows = knn_information(z, labels, {.k = 1, .dims = 0});
  CHECK(std::abs(rows.z_yt[0] - (-1.0 + 1.0 / 3 + 1.0 / 4 + 1.0 / 5)) < 1e-12);
  CHECK(std::abs(rows.z_y[0] - (-1.0 / 2 - 1.0 / 3 + 1.0 / 3 + 1.0 / 4 + 1.0 / 5)) < 1e-12);
  CHECK(std::abs(rows.z_t[0] - rows.z_y[0]) < 1e-12);
  // Own radius: the nearest of its class is at 1; besides it nobody is as near. m = 1, N_y = 4.
  const auto own = ross_information(z, labels, LabelChoice::kClass, {.k = 1, .dims = 0});
  CHECK(std::abs(own[0] - (1.0 / 4 + 1.0 / 5)) < 1e-12);
  // Of its transformation: at 2, and −2 ties with it, and 1 is nearer. n_t = 2, m = 3, N_t = 4.
  const auto own_t = ross_information(z, labels, LabelChoice::kTransformation, {.k = 1, .dims = 0});
  CHECK(std::abs(own_t[0] - (-1.0 / 2 - 1.0 / 3 + 1.0 / 3 + 1.0 / 4 + 1.0 / 5)) < 1e-12);
}

TEST_CASE("by hand: duplicates are counted, not broken") {
  // Class 0: three rows at 0 and one at 5; class 1: rows at 0, 5, 5 and 6. With k = 1 the radius of a row at 0 in
  // class 0 is 0, and within it lie two of its class and three rows in all: N = 8, N_y = 4.
  const Labels labels =
      code_labels(std::vector<std::int64_t>{0, 0, 0, 0, 1, 1, 1, 1}, std::vector<std::int64_t>(8, 0), std::nullopt);
  const auto z = column({0, 0, 0, 5, 0, 5, 5, 6});
  const RowInformation rows = knn_information(z, labels, {.k = 1, .dims = 0});
  const auto psi_gap = [](int n, int m) {  // ψ(n) − ψ(m)
    double gap = 0.0;
    for (int i = m; i < n; ++i) gap += 1.0 / i;
    for (int i = n; i < m; ++i) gap -= 1.0 / i;
    return gap;
  };
  CHECK(std::abs(rows.z_y[0] - (psi_gap(2, 4) + psi_gap(8, 3))) < 1e-12);
  // The row at 5 of class 0: its nearest of the class are the three at 0, all at 5, where all other rows lie too.
  CHECK(std::abs(rows.z_y[3] - (psi_gap(3, 4) + psi_gap(8, 7))) < 1e-12);
  // The row at 0 of class 1: two of its class tie at 5; within 5 also the four of class 0.
  CHECK(std::abs(rows.z_y[4] - (psi_gap(2, 4) + psi_gap(8, 6))) < 1e-12);
}

TEST_CASE("a curve over k holds what each k reads alone, and the largest k is the smallest cell's") {
  const Sample sample = draw("G10_digits_C2_Ainf_napp15", {.rows = 1500, .seed = 6, .rows_per_source = 3});
  const Labels labels = labels_of(sample);
  const std::vector<int> ks{1, 4, 9};
  const auto curve = knn_curve(sample.z, labels, ks, {});
  for (std::size_t r = 0; r < ks.size(); ++r) {
    const RowInformation alone = knn_information(sample.z, labels, {.k = ks[r]});
    CHECK(curve[r].z_y == alone.z_y);
    CHECK(curve[r].z_yt == alone.z_yt);
  }
  const int largest = largest_knn_k(labels);
  CHECK(knn_refusal(labels, largest).empty());
  CHECK(!knn_refusal(labels, largest + 1).empty());
  CHECK(refusal_of([&] { knn_curve(sample.z, labels, {}, {}); }) == "knn: no k is given");
}

TEST_CASE("by hand: with sources, sizes become eligible rows + 1") {
  const Labels labels =
      code_labels(std::vector<std::int64_t>{0, 0, 0, 1, 1, 1}, std::vector<std::int64_t>{0, 0, 0, 0, 0, 0},
                  std::vector<std::int64_t>{7, 7, 8, 1, 2, 8});
  const auto z = column({0, 1, 3, 10, 12, 2});
  const RowInformation rows = knn_information(z, labels, {.k = 1, .dims = 0});
  // The row at 0: eligible in its class only the one at 3; within 3 also the one at 2. N_y = 2, N = 5, n_y = 1, n = 2.
  CHECK(std::abs(rows.z_y[0] - (-1.0 + 1.0 / 2 + 1.0 / 3 + 1.0 / 4)) < 1e-12);
  CHECK(std::abs(rows.z_t[0]) < 1e-12);
}

TEST_CASE("own radius equals scikit-learn's _compute_mi_cd on stored samples without ties") {
  const auto problems = stored_problems();
  CHECK(problems.size() == 4);
  for (const auto& [name, problem] : problems) {
    const Labels labels = code_labels(problem.label, std::vector<std::int64_t>(problem.label.size()), std::nullopt);
    CHECK(problem.information.size() == 4);
    for (const auto& [k, value] : problem.information) {
      CAPTURE(name);
      CAPTURE(k);
      const auto rows = ross_information(column(problem.x), labels, LabelChoice::kClass, {.k = k, .dims = 0});
      CHECK(std::abs(mean(rows) - value) < 1e-9);
    }
  }
}

TEST_CASE("the problems in one and two dimensions are met within .03") {
  for (const char* problem :
       {"G01_bpsk_A1", "G01_bpsk_A2", "G03_xor_A2", "G05_mac_a2_b1", "G05_mac_a1_b1", "G06_disent", "G07_t3_mac",
        "G09_sixnine_A2_b1", "G09_sixnine_A2_b0.5", "G15_dep0.8_mac_a1_b1"}) {
    check_problem(problem, 0.03);
  }
  // 64 cells of 62 rows make wide radii: over seeds the bias of I(Z;Y,T) was +.044 with sd .011 (.023 at N = 16000).
  check_problem("G04_modsum_m8_A3", 0.06);
}

TEST_CASE("discrete and constant Z: ties are counted, not broken") {
  check_problem("G10_digits_C2_Ainf_napp15", 0.01);
  check_problem("G10_digits_C4_Ainf_napp30", 0.01);
  const Sample sample = draw("G16_null", {.rows = 2000, .seed = 1});
  const Matrix<float> constant(2000, 3);
  for (const int dims : {0, 16}) {
    const Means found = means(knn_information(constant, labels_of(sample), {.dims = dims}));
    // Each row is −1/(N_c − 1) + 1/(N − 1), so the mean −(cells − 1)/(N − 1) where every row counts every other.
    CHECK(std::abs(found.z_y + 9.0 / 1999) < 2e-4);
    CHECK(std::abs(found.z_t + 3.0 / 1999) < 2e-4);
    CHECK(std::abs(found.z_yt + 39.0 / 1999) < 2e-3);
  }
}

TEST_CASE("whitening: the scale of a coordinate does not matter") {
  Sample sample = draw("G06_disent", {.rows = 2000, .seed = 2});
  const Means before = means(knn_information(sample.z, labels_of(sample), {}));
  for (std::int64_t i = 0; i < 2000; ++i) sample.z(i, 0) *= 128;
  const Means after = means(knn_information(sample.z, labels_of(sample), {}));
  CHECK(std::abs(after.z_t - before.z_t) < 1e-4);
  // As it is, the other coordinate drowns and more than half of I(Z;T) with it.
  CHECK(means(knn_information(sample.z, labels_of(sample), {.dims = 0})).z_t < 0.5 * before.z_t);
}

TEST_CASE("rows of one source: exclusion keeps the null at zero, ignoring sources does not") {
  // Over seeds, N = 4000 as 1000 sources of 4 rows, noise correlation .9, d = 8: sd at most .013, so 4 × .013/√4 for
  // the mean of four. Without sources I(Z;Y) reads +.13 and I(Z;T|Y) −.14.
  Means with{0, 0, 0}, without{0, 0, 0};
  constexpr int kSeeds = 4;
  for (int seed = 0; seed < kSeeds; ++seed) {
    const Sample all =
        draw("G16_null",
             {.rows = 4000, .seed = static_cast<std::uint64_t>(seed), .rows_per_source = 4, .source_correlation = 0.9});
    const MatrixView<const float> z(all.z.data(), 4000, 8, 16);
    const Means excluded = means(knn_information(z, labels_of(all), {}));
    const Means naive = means(knn_information(z, code_labels(all.y, all.t, std::nullopt), {}));
    for (const auto value : {&Means::z_y, &Means::z_t, &Means::z_yt}) {
      with.*value += excluded.*value / kSeeds;
      without.*value += naive.*value / kSeeds;
    }
  }
  for (const double nats : {with.z_y, with.z_t, with.z_y_given_t(), with.z_t_given_y(), with.synergy()}) {
    CHECK(std::abs(nats) < 0.026);
  }
  CHECK(without.z_t_given_y() < -0.1);
}

TEST_CASE("relabelling and the order of rows change nothing, a rotation nothing but rounding") {
  const Sample sample = draw("G09_sixnine_A2_b1", {.rows = 1500, .seed = 3, .rows_per_source = 3});
  const Labels labels = labels_of(sample);
  const RowInformation rows = knn_information(sample.z, labels, {.dims = 0});
  auto y = sample.y, source = sample.source;
  for (auto& value : y) value = 40 - 7 * value;
  for (auto& value : source) value = -value;
  const RowInformation relabelled = knn_information(sample.z, code_labels(y, sample.t, source), {.dims = 0});
  CHECK(relabelled.z_y == rows.z_y);
  CHECK(relabelled.z_yt == rows.z_yt);

  const auto order = RandomStream(1, "order").permutation(1500);
  Matrix<float> shuffled(1500, 2);
  for (std::int64_t i = 0; i < 1500; ++i) {
    const auto from = sample.z.row(order[static_cast<std::size_t>(i)]);
    std::copy(from.begin(), from.end(), shuffled.row(i).begin());
  }
  const RowInformation moved = knn_information(shuffled, select_rows(labels, order), {.dims = 0});
  for (std::size_t i = 0; i < 1500; ++i) CHECK(moved.z_yt[i] == rows.z_yt[static_cast<std::size_t>(order[i])]);

  const Sample turned = draw("G09_sixnine_A2_b1", {.rows = 1500, .seed = 3, .rows_per_source = 3, .rotate = true});
  const Means after = means(knn_information(turned.z, labels, {})),
              before = means(knn_information(sample.z, labels, {}));
  // Rounding to float32 may turn a near tie: a few counts of 1500 rows, each worth less than 1/k nats to its row.
  CHECK(std::abs(after.z_yt - before.z_yt) < 1e-3);
  CHECK(std::abs(after.z_y - before.z_y) < 1e-3);
}

TEST_CASE("the same bytes for any number of threads and each engine, whitening included") {
  const Sample sample = draw("G19_disent_onehot_10+4_A4", {.rows = 3000, .seed = 4, .dims = 40});
  const Labels labels = labels_of(sample);
  const RowInformation one = knn_information(sample.z, labels, {.threads = 1});
  for (const NeighborEngine engine : {NeighborEngine::kAuto, NeighborEngine::kProduct}) {
    const RowInformation two = knn_information(sample.z, labels, {.threads = 2, .engine = engine});
    CHECK(one.z_y == two.z_y);
    CHECK(one.z_t == two.z_t);
    CHECK(one.z_yt == two.z_yt);
  }
}

TEST_CASE("what cannot be asked of the neighbours is refused by name and value") {
  const Labels labels =
      code_labels(std::vector<std::int64_t>{7, 7, 7, 7, 7, 7, 9, 9}, std::vector<std::int64_t>{1, 1, 1, 1, 1, 1, 1, 1},
                  std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 6});
  const auto z = column({0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(refusal_of([&] { knn_information(z, labels, {.k = 12}); }) ==
        "knn: k = 12 but class 7 with transformation 1 has only 5 eligible rows");
  CHECK(refusal_of([&] { knn_information(z, labels, {.k = 2}); }) ==
        "knn: k = 2 but class 9 with transformation 1 has only 0 eligible rows");
  CHECK(refusal_of([&] { ross_information(z, labels, LabelChoice::kTransformation, {.k = 9}); }) ==
        "knn: k = 9 but transformation 1 has only 7 eligible rows");
  CHECK(refusal_of([&] { knn_information(column({1}), labels, {}); }) == "knn: z has 1 rows but the labels have 8");
  CHECK(refusal_of([&] { knn_information(z, labels, {.k = 0}); }) == "knn: k = 0 is below 1");
  CHECK(refusal_of([&] { knn_information(z, labels, {.dims = -1}); }) == "knn: dims = -1 is below 0");
  const Labels single = code_labels(std::vector<std::int64_t>{4}, std::vector<std::int64_t>{0}, std::nullopt);
  CHECK(refusal_of([&] { knn_information(column({1}), single, {.k = 1}); }) ==
        "knn: k = 1 but class 4 with transformation 0 has only 0 eligible rows");
}
