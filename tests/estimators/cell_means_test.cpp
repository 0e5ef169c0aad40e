#include <cmath>
#include <limits>
#include <vector>

#include "core/random.h"
#include "estimators/cell_means.h"
#include "estimators/cross_fit.h"
#include "estimators/lda.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Labels two_by_two() {
  return code_labels(std::vector<std::int64_t>{0, 0, 1, 1}, std::vector<std::int64_t>{0, 1, 0, 1}, std::nullopt);
}

/// Sums of one-dimensional cells from their means and rows.
CellSums cells_of(const std::vector<double>& mean, std::vector<double> rows) {
  CellSums sums{Matrix<double>(static_cast<std::int64_t>(mean.size()), 1), std::move(rows)};
  for (std::size_t c = 0; c < mean.size(); ++c) sums.sum(static_cast<std::int64_t>(c), 0) = mean[c] * sums.rows[c];
  return sums;
}

/// Rare classes: frequencies 1/(1 + y), unit noise around 3·e_y in as many dimensions; T tells nothing. And what an
/// oracle reads of I(Z;Y).
struct RareClasses {
  Matrix<float> z;
  std::vector<std::int64_t> y, t;
  double oracle_z_y = 0.0;
};

RareClasses rare_classes(std::int64_t rows, std::int64_t classes) {
  RandomStream stream(7, "rare classes");
  RareClasses sample{Matrix<float>(rows, classes), {}, {}};
  std::vector<double> cumulative;
  for (std::int64_t y = 0; y < classes; ++y) {
    cumulative.push_back((y > 0 ? cumulative.back() : 0.0) + 1.0 / static_cast<double>(1 + y));
  }
  const double total = cumulative.back();
  for (std::int64_t i = 0; i < rows; ++i) {
    const double u = total * stream.uniform();
    std::int64_t y = 0;
    while (y + 1 < classes && cumulative[static_cast<std::size_t>(y)] < u) ++y;
    sample.y.push_back(y);
    sample.t.push_back(stream.below(4));
    double sum = 0.0;
    for (std::int64_t j = 0; j < classes; ++j) {
      sample.z(i, j) = static_cast<float>(stream.normal() + (j == y ? 3.0 : 0.0));
      sum += std::exp(3.0 * sample.z(i, j)) / (1.0 + static_cast<double>(j)) / total;
    }
    sample.oracle_z_y += (3.0 * sample.z(i, y) - std::log(sum)) / static_cast<double>(rows);
  }
  return sample;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

}  // namespace

TEST_CASE("cell means by hand: additive effects, shrunk effects, and a cell without rows") {
  const Labels labels = two_by_two();
  // Means 1, 2 / 5, 10 with equal rows: grand 4.5, classes ∓3, transformations ∓1.5, interactions ±1.
  const CellSums crossed = cells_of({1, 2, 5, 10}, {3, 3, 3, 3});
  const Matrix<double> plain = cell_means(crossed, labels, {0.0, 0.0, 0.0});
  const Matrix<double> additive = cell_means(crossed, labels, {0.0, 0.0, kInfinity});
  // 3/(3 + 1) of the interactions, 6/(6 + 6) of the classes' effects, nothing of the transformations'.
  const Matrix<double> shrunk = cell_means(crossed, labels, {0.0, 0.0, 1.0});
  const Matrix<double> main = cell_means(crossed, labels, {6.0, kInfinity, kInfinity});
  const std::vector<double> of_plain{1, 2, 5, 10}, of_additive{0, 3, 6, 9}, of_shrunk{0.75, 2.25, 5.25, 9.75},
      of_main{3, 3, 6, 6};
  for (std::int64_t c = 0; c < 4; ++c) {
    const auto k = static_cast<std::size_t>(c);
    CHECK(std::abs(plain(c, 0) - of_plain[k]) < 1e-12);
    CHECK(std::abs(additive(c, 0) - of_additive[k]) < 1e-12);
    CHECK(std::abs(shrunk(c, 0) - of_shrunk[k]) < 1e-12);
    CHECK(std::abs(main(c, 0) - of_main[k]) < 1e-12);
  }
  // Additive means 0, 3 / 6, (9): the last cell is empty and follows from the others, whatever their rows. The
  // alternation halves its error in a sweep, so that 20 of them leave 1e-6 of it.
  const Matrix<double> open = cell_means(cells_of({0, 3, 6, 0}, {2, 4, 4, 0}), labels, {0.0, 0.0, 1.0});
  CHECK(std::abs(open(3, 0) - 9.0) < 1e-3);
  CHECK(std::abs(open(1, 0) - 3.0) < 1e-3);
}

TEST_CASE("effect weights by hand: what repeats in both halves is kept") {
  const Labels labels = two_by_two();
  Matrix<double> unit(1, 1);
  unit(0, 0) = 1.0;
  // Class effects ±1 in one half and ±.5 in the other, two rows each, so ω = 1: noise 2 · .25, size 2 · .5 / 2 · 2.
  const CellSums a = cells_of({1, 1, -1, -1}, {1, 1, 1, 1}), b = cells_of({0.5, 0.5, -0.5, -0.5}, {1, 1, 1, 1});
  const EffectWeights weights = effect_weights(a, b, labels, unit);
  CHECK(std::abs(weights.class_rows - 0.5) < 1e-12);
  CHECK(weights.transform_rows == kInfinity);
  CHECK(weights.interaction_rows == kInfinity);
  const CellSums opposite = cells_of({-0.5, -0.5, 0.5, 0.5}, {1, 1, 1, 1});
  CHECK(effect_weights(a, opposite, labels, unit).class_rows == kInfinity);
  const CellSums exclusive = cells_of({1, -1, -1, 1}, {2, 2, 2, 2});
  CHECK(effect_weights(exclusive, exclusive, labels, unit).interaction_rows == 0.0);
}

TEST_CASE("rare classes: shrunken means find most of what plain means miss, and no synergy") {
  const RareClasses sample = rare_classes(3000, 40);
  const Labels labels = code_labels(sample.y, sample.t, std::nullopt);
  const ProbeKind plain{"plain", "",
                        [](const ProbeInput& input) -> JointProbe {
                          const auto statistics = std::make_shared<const LdaStatistics>(input);
                          return [statistics](std::span<const std::int32_t> chunks) -> CellScorer {
                            const auto fit = std::make_shared<const LdaFit>(statistics->fit(chunks, CellMeans::kPlain));
                            return [fit](MatrixView<const float> z, MatrixView<float> scores) {
                              apply_rule(fit->rule, z, scores);
                            };
                          };
                        },
                        nullptr};
  const RowInformation before = cross_fit(plain, sample.z, labels, {}).full;
  const RowInformation after = cross_fit(probe_kinds().front(), sample.z, labels, {}).full;
  const double short_before = sample.oracle_z_y - mean(before.z_y), short_after = sample.oracle_z_y - mean(after.z_y);
  CHECK(short_after > 0.0);
  CHECK(short_after < 0.7 * short_before);
  CHECK(std::abs(mean(after.z_t)) < 0.01);
  CHECK(std::abs(mean(after.z_yt) - mean(after.z_y) - mean(after.z_t)) < 0.01);
}

TEST_CASE("probes with free weights say why they refuse hundreds of small cells") {
  std::vector<std::int64_t> y, t;
  for (std::int64_t i = 0; i < 2000; ++i) y.push_back(i / 4 % 40), t.push_back(i % 4);
  const Matrix<float> z(2000, 2);
  const Labels labels = code_labels(y, t, std::nullopt);
  const CrossFitter fitter(z, labels, {});
  for (const ProbeKind& kind : probe_kinds()) {
    if (kind.name != "logistic" && kind.name != "mlp") continue;
    const std::string refusal = fitter.refusal(kind);
    CHECK(refusal.starts_with(kind.name + ": 2000 rows in 160 cells are too few for weights of each cell's own"));
  }
}
