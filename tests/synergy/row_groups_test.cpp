#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "support/ground_truth.h"
#include "synergy/measure.h"
#include "synergy/row_groups.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

/// Six rows: class 7 has four rows of two sources, class −2 two rows of one source.
struct Case {
  Labels labels = code_labels(std::vector<std::int64_t>{7, 7, 7, 7, -2, -2},
                              std::vector<std::int64_t>{0, 1, 0, 1, 0, 1}, std::vector<std::int64_t>{4, 4, 5, 5, 9, 9});
  Design design = describe_design(labels);
  RowInformation rows{{0.1, 0.1, 0.3, 0.3, 0.2, 0.4}, {0.0, 0.1, 0.0, 0.1, 0.1, 0.1}, {0.3, 0.4, 0.7, 0.8, 0.1, 0.3}};
};

}  // namespace

TEST_CASE("row groups by hand: each class's mean, its clustered error, contribution and share") {
  const Case c;
  const RowGroups groups = group_rows(c.rows, c.labels, c.design, Grouping::kClass, 0.95);
  REQUIRE(groups.groups.size() == 2);
  const RowGroup &few = groups.groups[0], &many = groups.groups[1];  // in the order of the labels
  CHECK((few.value == -2 && few.rows == 2 && few.sources == 1));
  CHECK((many.value == 7 && many.rows == 4 && many.sources == 2));
  const GroupEstimate& s = many.at(Quantity::kSynergy);
  // Contributions .2 .2 .4 .4: sources deviate by −.2 and +.2, so the error is √(2/1 · .08) / 4 = .1.
  CHECK(std::abs(s.nats - 0.3) < 1e-12);
  CHECK(std::abs(*s.std_error - 0.1) < 1e-12);
  CHECK(std::abs(*s.ci_high - (0.3 + 12.706204736 * 0.1)) < 1e-8);  // Student, one degree of freedom
  CHECK(std::abs(s.contribution_nats - 0.2) < 1e-12);
  CHECK(std::abs(few.at(Quantity::kSynergy).nats + 0.2) < 1e-12);
  CHECK(!few.at(Quantity::kSynergy).std_error);
  CHECK(std::abs(*s.share - 0.2 / (0.2 - 0.2 / 3.0)) < 1e-12);
  CHECK(std::abs(*few.at(Quantity::kSynergy).share + 0.5) < 1e-12);
  CHECK(std::abs(many.at(Quantity::kZTGivenY).nats - 0.35) < 1e-12);
}

TEST_CASE("row groups: the parts sum to the headline's totals, for classes and transformations, probes and kNN") {
  const testing::Sample sample = testing::draw("G05_mac_a2_b1", {1000, 4, 2});
  const Labels labels = code_labels(sample.y, sample.t, sample.source);
  for (const std::vector<std::string>& estimators : {kFastEstimators, std::vector<std::string>{"knn"}}) {
    MeasureOptions options;
    options.estimators = estimators;
    CHECK(measure(sample.z, labels, options).rows.z_y.empty());
    options.keep_rows = true;
    const Measurement m = measure(sample.z, labels, options);
    CHECK(m.chosen.size() == (estimators.size() > 1 ? 5 : 0));
    for (const Grouping by : {Grouping::kClass, Grouping::kTransform}) {
      const RowGroups groups = group_rows(m.rows, labels, m.design, by, 0.95);
      for (const Quantity quantity : kQuantities) {
        if (!is_row_mean(quantity)) continue;
        double sum = 0.0;
        for (const RowGroup& group : groups.groups) {
          const double weight = static_cast<double>(group.rows) / static_cast<double>(labels.rows());
          sum += weight * group.at(quantity).nats;
        }
        CHECK(std::abs(sum - m.panels.front().at(quantity).nats) < 1e-12);
      }
    }
  }
}

TEST_CASE("top rows by hand: the largest first, ties by row, no more than there are") {
  const Case c;
  const auto top = top_synergy_rows(c.rows, c.labels, 3);
  REQUIRE(top.size() == 3);
  CHECK(top[0].synergy >= top[1].synergy);
  CHECK(std::min(top[0].row, top[1].row) == 2);
  CHECK(std::max(top[0].row, top[1].row) == 3);
  CHECK((top[0].y == 7 && top[0].source == 1));
  CHECK(std::abs(top[0].synergy - 0.4) < 1e-12);
  CHECK(top_synergy_rows(c.rows, c.labels, 100).size() == 6);
  CHECK(top_synergy_rows(c.rows, c.labels, 0).empty());
  RowInformation equal{std::vector<double>(6, 0.0), std::vector<double>(6, 0.0), std::vector<double>(6, 0.5)};
  const auto tied = top_synergy_rows(equal, c.labels, 2);
  CHECK((tied[0].row == 0 && tied[1].row == 1));
}

TEST_CASE("row groups: what is refused") {
  const Case c;
  const RowInformation short_rows{{0.1}, {0.1}, {0.1}};
  CHECK_THROWS_WITH_AS(group_rows(short_rows, c.labels, c.design, Grouping::kClass, 0.95),
                       "there are readings of 1 rows but labels of 6", std::invalid_argument);
  CHECK_THROWS_WITH_AS(top_synergy_rows(short_rows, c.labels, 1), "there are readings of 1 rows but labels of 6",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(top_synergy_rows(c.rows, c.labels, -1), "-1 is no number of rows", std::invalid_argument);
  CHECK_THROWS_WITH_AS(grouping_named("angle"), "'angle' is no grouping; there is class and transform",
                       std::invalid_argument);
  const RowGroups groups = group_rows(c.rows, c.labels, c.design, Grouping::kTransform, 0.95);
  CHECK_THROWS_WITH_AS(groups.groups[0].at(Quantity::kSynergyShare), "a group of rows has no synergy_share",
                       std::invalid_argument);
  CHECK_THROWS_AS(row_value(Quantity::kSynergyShare, c.rows, c.design, 0), std::invalid_argument);
}

TEST_CASE("panel numbers: the learning curve, what it leaves open, and the gates of each fold") {
  const testing::Sample sample = testing::draw("G05_mac_a2_b1", {1000, 4, 2});
  const Labels labels = code_labels(sample.y, sample.t, sample.source);
  MeasureOptions options;
  options.estimators = {"lda"};
  const Measurement m = measure(sample.z, labels, options);
  const auto number = [&](const std::string& item, std::optional<Quantity> quantity) {
    for (const PanelNumber& n : m.panels[0].numbers) {
      if (n.item == item && n.quantity == quantity) return n.value;
    }
    return std::nan("");
  };
  CHECK(number("raw", Quantity::kZYT) == m.panels[1].at(Quantity::kZYT).nats);
  CHECK(number("extrapolated", Quantity::kSynergy) == m.panels[0].at(Quantity::kSynergy).nats);
  const double limit = 8.0 / 3.0 * number("raw", Quantity::kZT) - 2.0 * number("raw_half", Quantity::kZT) +
                       number("raw_quarter", Quantity::kZT) / 3.0;
  CHECK(std::abs(limit - number("extrapolated", Quantity::kZT)) < 1e-12);
  const double missing = number("extrapolated", Quantity::kZYT) - number("raw", Quantity::kZYT);
  CHECK(std::abs(number("shortfall", Quantity::kZYT) - std::abs(missing)) < 1e-12);
  CHECK(number("bias_low", Quantity::kSynergy) == -number("shortfall", Quantity::kZYT));
  CHECK(number("bracket_low", Quantity::kSynergy) == 0.0);
  CHECK(number("bracket_high", Quantity::kSynergy) == *m.panels[0].at(Quantity::kSynergy).ceiling_nats);
  CHECK(number("gate_class_5", std::nullopt) > 0.0);
}
