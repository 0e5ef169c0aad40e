#include "neighbors/max_norm.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "core/random.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

struct Rows {
  Matrix<float> z;
  Matrix<double> t;
  std::vector<double> period;
  std::vector<std::int32_t> y, source;
  MaxNormProblem problem() const { return {z, t, period, y, source}; }
};

Rows line(const std::vector<float>& z, const std::vector<double>& t, std::vector<std::int32_t> y, double period = 0) {
  const auto count = static_cast<std::int64_t>(z.size());
  Rows rows{Matrix<float>(count, 1), Matrix<double>(count, 1), {period}, std::move(y), {}};
  std::ranges::copy(z, rows.z.data());
  std::ranges::copy(t, rows.t.data());
  return rows;
}

/// The definition, pair by pair.
MaxNormCounts by_definition(const Rows& rows, std::int64_t i, int k) {
  const std::int64_t n = rows.z.rows();
  const auto at = [](std::int64_t row) { return static_cast<std::size_t>(row); };
  const auto eligible = [&](std::int64_t j) { return j != i && rows.source[at(j)] != rows.source[at(i)]; };
  const auto d_z = [&](std::int64_t j) {
    double sum = 0;
    for (std::int64_t c = 0; c < rows.z.cols(); ++c) {
      const double apart = static_cast<double>(rows.z(i, c)) - static_cast<double>(rows.z(j, c));
      sum += apart * apart;
    }
    return std::sqrt(sum);
  };
  const auto d_t = [&](std::int64_t j) {
    double top = 0;
    for (std::size_t c = 0; c < rows.period.size(); ++c) {
      double apart = std::abs(rows.t(i, static_cast<std::int64_t>(c)) - rows.t(j, static_cast<std::int64_t>(c)));
      if (rows.period[c] > 0) apart = std::min(apart, rows.period[c] - apart);
      top = std::max(top, apart);
    }
    return top;
  };
  std::vector<double> joint;
  for (std::int64_t j = 0; j < n; ++j) {
    if (eligible(j) && rows.y[at(j)] == rows.y[at(i)]) joint.push_back(std::max(d_z(j), d_t(j)));
  }
  std::ranges::sort(joint);
  const double r = joint[static_cast<std::size_t>(k - 1)];
  const auto within = static_cast<std::int32_t>(std::ranges::count_if(joint, [r](double x) { return x <= r; }));
  const auto near = [&](double d) { return within > k ? d <= r : d < r; };
  MaxNormCounts counts;
  for (std::int64_t j = 0; j < n; ++j) {
    if (!eligible(j)) continue;
    const bool z = near(d_z(j)), t = near(d_t(j)), y = rows.y[at(j)] == rows.y[at(i)];
    counts.z += z, counts.t += t, counts.zt += z && t, counts.zy += z && y, counts.ty += t && y;
  }
  if (within == k) ++counts.z, ++counts.t, ++counts.zt, ++counts.zy, ++counts.ty;
  counts.zty = within;
  return counts;
}

Rows random_rows(std::int64_t count, std::int64_t d, std::int64_t p, bool grid) {
  RandomStream stream(5, "max norm test");
  Rows rows{Matrix<float>(count, d), Matrix<double>(count, p), {}, {}, {}};
  // On a grid, distances tie and rows repeat.
  const auto draw = [&] { return grid ? static_cast<double>(stream.below(4)) : stream.normal(); };
  for (std::int64_t i = 0; i < count; ++i) {
    for (float& value : rows.z.row(i)) value = static_cast<float>(draw());
    for (double& value : rows.t.row(i)) value = grid ? draw() : 4 * stream.uniform();
    rows.y.push_back(static_cast<std::int32_t>(stream.below(3)));
    rows.source.push_back(static_cast<std::int32_t>(i / 2));
  }
  for (std::int64_t j = 0; j < p; ++j) rows.period.push_back(j % 2 == 0 ? 4.0 : 0.0);
  return rows;
}

std::vector<MaxNormCounts> counts(const MaxNormProblem& problem, int k, int threads = 0) {
  return max_norm_counts(problem, std::span(&k, 1), {.threads = threads}).front();
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

}  // namespace

TEST_CASE("max norm: by hand, counts are strict and one more") {
  // From the first row: z at 1, 2, 5, 6, t at 3, 1, 0, 0; inside its class (rows 1, 2): max = 3 and 2, so r = 2.
  // z < 2: row 1. t < 2: rows 2, 3 and 4. Both: none. In the class: z row 1, t row 2.
  const Rows rows = line({0, 1, 2, 5, 6}, {0, 3, 1, 0, 0}, {0, 0, 0, 1, 1});
  CHECK(counts(rows.problem(), 1)[0] == MaxNormCounts{2, 4, 1, 2, 2, 1});
}

TEST_CASE("max norm: where the k-th distance ties, all at it count and none is added") {
  // From the first row: both others at max 2; r = 2, within = 2 > 1.
  const Rows rows = line({0, 2, 1}, {0, 0, 2}, {0, 0, 0});
  CHECK(counts(rows.problem(), 1)[0] == MaxNormCounts{2, 2, 2, 2, 2, 2});
  const Rows same = line({1, 1, 1}, {7, 7, 7}, {0, 0, 0});
  CHECK(counts(same.problem(), 1)[0] == MaxNormCounts{2, 2, 2, 2, 2, 2});
}

TEST_CASE("max norm: the short way round a circle") {
  const Rows rows = line({0, 0, 0}, {0.5, 3.5, 2}, {0, 0, 0}, 4);
  // From 0.5: to 3.5 it is 1, to 2 it is 1.5.
  CHECK(counts(rows.problem(), 2)[0] == MaxNormCounts{3, 2, 2, 3, 2, 2});
}

TEST_CASE("max norm: equals the definition, with sources, circles, ties and any number of threads") {
  for (const bool grid : {false, true}) {
    for (const auto& [d, p] : {std::pair<std::int64_t, std::int64_t>{1, 1}, {3, 2}, {17, 3}}) {
      CAPTURE(grid);
      CAPTURE(d);
      const Rows rows = random_rows(300, d, p, grid);
      const auto one = counts(rows.problem(), 3, 1);
      CHECK(one == counts(rows.problem(), 3, 2));
      for (std::int64_t i = 0; i < rows.z.rows(); ++i) {
        CHECK(one[static_cast<std::size_t>(i)] == by_definition(rows, i, 3));
      }
      const std::vector<int> ks{1, 3, 8};
      CHECK(max_norm_counts(rows.problem(), ks, {})[1] == one);
    }
  }
}

TEST_CASE("max norm: equals the definition with constant columns, duplicates and a lonely class's two rows") {
  Rows rows = random_rows(200, 4, 2, false);
  for (std::int64_t i = 0; i < rows.z.rows(); ++i) {
    rows.z(i, 1) = 0.1F;
    rows.t(i, 1) = 3.0;
    if (i % 3 == 2) {
      std::ranges::copy(rows.z.row(i - 1), rows.z.row(i).data());
      std::ranges::copy(rows.t.row(i - 1), rows.t.row(i).data());
    }
  }
  // Two rows of different sources alone in a class.
  rows.y[10] = rows.y[51] = 3;
  const auto found = counts(rows.problem(), 1);
  for (std::int64_t i = 0; i < rows.z.rows(); ++i)
    CHECK(found[static_cast<std::size_t>(i)] == by_definition(rows, i, 1));
}

TEST_CASE("max norm: what is refused") {
  const Rows good = line({0, 1, 2}, {0, 1, 2}, {0, 0, 1});
  CHECK(refusal_of([&] { counts(good.problem(), 1); }) ==
        "neighbors: k = 1 but row 2 has only 0 eligible rows in its class");
  CHECK(refusal_of([&] { counts(good.problem(), 0); }) == "neighbors: k = 0 is below 1");
  CHECK(refusal_of([&] {
          counts(line({0, NAN}, {0, 1}, {0, 0}).problem(), 1);
        }) == "neighbors: z[1, 0] = nan is not finite");
  CHECK(refusal_of([&] {
          counts(line({0, 1}, {HUGE_VAL, 1}, {0, 0}).problem(), 1);
        }) == "neighbors: t[0, 0] = inf is not finite");
  CHECK(refusal_of([&] { counts(line({0, 1}, {0, 1}, {0}).problem(), 1); }) == "neighbors: z has 2 rows but y has 1");
  Rows odd = line({0, 1}, {0, 1}, {0, 0});
  odd.source = {0};
  CHECK(refusal_of([&] { counts(odd.problem(), 1); }) == "neighbors: z has 2 rows but source has 1");
  odd = line({0, 1}, {0, 1}, {0, 0});
  odd.period = {};
  CHECK(refusal_of([&] { counts(odd.problem(), 1); }) == "neighbors: t has 1 components but 0 periods");
  odd = line({0, 1}, {0, 1}, {0, 0});
  odd.t = Matrix<double>(3, 1);
  CHECK(refusal_of([&] { counts(odd.problem(), 1); }) == "neighbors: z has 2 rows but t has 3");
  CHECK(refusal_of([&] { counts({}, 1); }) == "neighbors: there are no rows");
  CHECK(refusal_of([&] { counts(line({0}, {0}, {0}).problem(), 1); }) ==
        "neighbors: k = 1 but row 0 has only 0 eligible rows in its class");
}
