// Claims made again from rows, and audits of features.

#include <algorithm>
#include <cmath>
#include <fstream>

#include "audit/audit_csv.h"
#include "audit/audit_table.h"
#include "audit/features_audit.h"
#include "audit/glyphs.h"
#include "audit/judged.h"
#include "audit/recheck.h"
#include "core/error.h"
#include "report/small_features.h"
#include "support/temporary_folder.h"

#include <doctest/doctest.h>

using namespace equinfo;
using namespace equinfo::testing;

namespace {

/// A report on one made-up audit.
AuditReport made_up_report() {
  AuditReport report;
  report.dataset = "made, up";
  report.images = 100;
  report.class_names = {"a", "b", "c"};
  AuditEntry entry;
  TransformAudit& audit = entry.audit;
  audit.transform = "hflip";
  audit.augmentation = "none";
  audit.values = {"none", "flipped"};
  audit.entropy = 0.6931;
  audit.n = 200;
  audit.sources = 100;
  audit.classes = 3;
  audit.t_x = {0.5, 0.01, 0.48, 0.52};
  audit.h_t_given_x = subtracted_from(audit.entropy, audit.t_x);
  audit.h_t_given_xy = {0.1, 0.01, 0.08, 0.12};
  audit.synergy = {0.09, 0.01, 0.07, 0.11};
  audit.views.push_back({"border",
                         true,
                         {0.4, 0.01, 0.38, 0.42},
                         Reading{0.35, 0.01, 0.33, 0.37},
                         Reading{0.7, 0.02, 0.66, 0.74},
                         Reading{0.1, 0.01, 0.08, 0.12},
                         200,
                         100,
                         {}});
  entry.verdict = judge(audit);
  report.entries.push_back(entry);
  return report;
}

ResultRow row_of(Quantity quantity, double nats) {
  ResultRow row;
  row.file = "features.h5";
  row.layer = "encoder";
  row.quantity = quantity;
  row.estimator = "best";
  row.nats = nats;
  row.ci_low = nats - 0.01;
  row.ci_high = nats + 0.01;
  row.sources = 500;
  return row;
}

/// H(T) = ln 2, I(Z;T) = .3, I(Z;Y) = .5, I(Z;Y,T) = .9: S = .1.
std::vector<ResultRow> consistent_rows() {
  std::vector<ResultRow> rows{row_of(Quantity::kZY, 0.5),
                              row_of(Quantity::kZT, 0.3),
                              row_of(Quantity::kZYGivenT, 0.6),
                              row_of(Quantity::kZTGivenY, 0.4),
                              row_of(Quantity::kZYT, 0.9),
                              row_of(Quantity::kYT, 0.0),
                              row_of(Quantity::kYTGivenZ, 0.1),
                              row_of(Quantity::kSynergy, 0.1),
                              row_of(Quantity::kSynergyShare, 0.1 / (std::log(2.0) - 0.3))};
  rows[1].ceiling_nats = std::log(2.0);
  return rows;
}

}  // namespace

TEST_CASE("audit.csv and verdicts.csv are read back as they were written, and the rows give the verdict") {
  const TemporaryFolder folder;
  const AuditReport report = made_up_report();
  CHECK(report.entries[0].verdict.verdict == "shortcut-prone");
  std::ofstream(folder / "audit.csv") << text_of(audit_rows_of(report));
  std::ofstream(folder / "verdicts.csv") << text_of(verdict_rows_of(report));
  const auto rows = read_audit_csv(folder / "audit.csv");
  auto verdicts = read_verdicts_csv(folder / "verdicts.csv");
  CHECK(rows == audit_rows_of(report));
  CHECK(verdicts == verdict_rows_of(report));
  CHECK(recheck_verdicts(rows, verdicts).mismatches.empty());
  verdicts[0].verdict = "useless";
  CHECK(recheck_verdicts(rows, verdicts).mismatches ==
        std::vector<std::string>{
            "made, up, hflip under none: the rows give verdict \"shortcut-prone\", not \"useless\""});
  verdicts[0] = verdict_rows_of(report)[0];
  verdicts[0].shortcut_views = "level";
  CHECK(recheck_verdicts(rows, verdicts).mismatches ==
        std::vector<std::string>{"made, up, hflip under none: the rows give views \"border\", not \"level\""});
  CHECK(recheck_verdicts({}, verdicts).mismatches ==
        std::vector<std::string>{"made, up, hflip under none: a verdict without its rows in audit.csv"});
  CHECK(recheck_verdicts(rows, {}).mismatches ==
        std::vector<std::string>{"made, up, hflip under none: rows in audit.csv without a verdict"});
}

TEST_CASE("a broken audit.csv is named with its line") {
  const TemporaryFolder folder;
  std::string text = text_of(audit_rows_of(made_up_report()));
  text.replace(text.find("0.5,"), 3, "0.x");
  std::ofstream(folder / "audit.csv") << text;
  const std::string path = (folder / "audit.csv").string();
  CHECK_THROWS_WITH_AS(read_audit_csv(path), (path + ":2: '0.x' is no number").c_str(), IoError);
}

TEST_CASE("results.csv: chain rules, share and ceilings are made again") {
  CHECK(recheck_results(consistent_rows()).mismatches.empty());
  CHECK(recheck_results(consistent_rows()).claims == 5 + 9);
  auto rows = consistent_rows();
  rows[2].nats = 0.61;
  CHECK(
      recheck_results(rows).mismatches ==
      std::vector<std::string>{"features.h5 encoder best: I(Z;Y|T) is 0.610000, but I(Z;Y,T) − I(Z;T) gives 0.600000"});
  rows = consistent_rows();
  rows[8].nats = 0.5;
  REQUIRE(recheck_results(rows).mismatches.size() == 1);
  CHECK(recheck_results(rows).mismatches[0].starts_with("features.h5 encoder best: the synergy's share is 0.500000"));
  rows = consistent_rows();
  rows[0].ceiling_nats = 0.4;
  CHECK(recheck_results(rows).mismatches ==
        std::vector<std::string>{
            "features.h5 encoder best: I(Z;Y) = 0.500000 is above its ceiling 0.400000 without a flag"});
  rows[0].flags = {"above_ceiling"};
  CHECK(recheck_results(rows).mismatches.empty());
  std::swap(*rows[0].ci_low, *rows[0].ci_high);
  CHECK(
      recheck_results(rows).mismatches ==
      std::vector<std::string>{"features.h5 encoder best: the interval of I(Z;Y) is upside down: 0.510000 > 0.490000"});
}

TEST_CASE("results.csv: what a run kept of T is judged from its headline") {
  const auto verdicts = run_verdicts(consistent_rows());
  REQUIRE(verdicts.size() == 1);
  CHECK(verdicts[0].verdict == "lossy and class-relevant");
}

TEST_CASE("features: every embedding is audited, and what carries over to unseen classes shown") {
  const TemporaryFolder folder;
  SmallFeatures what;
  what.embeddings = {{"encoder", "encoder", 3, 6}};
  what.sources = 400;
  write_small_features(folder / "features.h5", what);
  const AuditReport report = audit_features(FeatureFile(folder / "features.h5"), small_options());
  REQUIRE(report.entries.size() == 1);
  const TransformAudit& audit = report.entries[0].audit;
  CHECK(audit.transform == "rotation4");
  CHECK(audit.augmentation == "encoder, epoch 3");
  // T moves one coordinate by one deviation whatever the class: I(T;Z) = .1114 (numerical integral), S = 0.
  CHECK(std::abs(audit.t_x.nats - 0.1114) < 4 * audit.t_x.std_error);
  CHECK(audit.t_x.std_error < 0.02);
  CHECK(std::abs(audit.synergy.nats) < 0.01);
  CHECK(audit.views[0].share->nats == doctest::Approx(1.0).epsilon(0.2));
  CHECK(report.entries[0].verdict.verdict == "class-irrelevant");
  const std::string table = audit_table(report);
  CHECK(table.find("(test, features) · 400 images · 3 classes") != std::string::npos);
  CHECK(table.find("rotation4 in encoder, epoch 3: class-irrelevant") != std::string::npos);
  CHECK(audit_json(report).find("\"augmentation\": \"encoder, epoch 3\"") != std::string::npos);
}

TEST_CASE("features without sources: the table says so behind the verdict, and without a split names none") {
  AuditReport report;
  report.dataset = "features.h5";
  report.color = "features";
  report.entries.resize(1);
  report.entries[0].audit.transform = "T";
  report.entries[0].audit.flags = {"no_source"};
  report.entries[0].verdict.verdict = "undecided";
  const std::string table = audit_table(report);
  CHECK(table.find("features.h5 (features) · 0 images") != std::string::npos);
  CHECK(table.find("WARNING: The file has no /source: ") != std::string::npos);
  report.entries[0].audit.flags.clear();
  CHECK(audit_table(report).find("WARNING") == std::string::npos);
}
