// Rank correlations by hand, and which run belongs to which transformation.

#include <cmath>
#include <fstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "audit/ranking.h"
#include "audit/ranking_report.h"
#include "core/error.h"
#include "support/temporary_folder.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

AuditRow synergy_of(const std::string& transform, double nats, const std::string& augmentation = "none") {
  AuditRow row;
  row.transform = transform;
  row.augmentation = augmentation;
  row.quantity = "synergy";
  row.nats = nats;
  row.ci_low = nats - 0.01;
  return row;
}

std::int64_t occurrences(const std::string& text, const std::string& what) {
  std::int64_t count = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

const std::vector<TrainedAccuracy> kTrained{{"rotation4", 1, 0.9}, {"hflip", 1, 0.5}, {"blur", 1, 0.7},
                                            {"rotation4", 2, 0.9}, {"hflip", 2, 0.7}, {"blur", 2, 0.5}};

const std::vector<AuditRow> kAudit{synergy_of("rotation4", 0.1), synergy_of("hflip", 0.0),
                                   synergy_of("hflip", 0.9, "gray"), synergy_of("blur", 0.05)};

}  // namespace

TEST_CASE("rank correlation: hand cases, ties share their rank") {
  const std::vector<double> rising{1.0, 2.0, 30.0}, falling{3.0, 2.0, 1.0};
  CHECK(rank_correlation(rising, rising) == 1.0);
  CHECK(rank_correlation(rising, falling) == -1.0);
  // Ranks 1, 2, 3, 4 and 1.5, 1.5, 3, 4: 4.5 / sqrt(5 · 4.5).
  CHECK(rank_correlation(std::vector<double>{1, 2, 3, 4}, std::vector<double>{5, 5, 6, 7}) ==
        doctest::Approx(0.9486832980505138).epsilon(1e-12));
  CHECK_THROWS_WITH_AS(rank_correlation(rising, std::vector<double>{1, 1, 1}),
                       "rank correlation: all values of one side are equal", std::domain_error);
}

TEST_CASE("ranking: seeds are the observations, rows under an augmentation do not count") {
  std::vector<TrainedAccuracy> trained = kTrained;
  trained.push_back({"rotation4", 3, 0.9});
  const RankAgreement agreement = rank_agreement(kAudit, trained, 0.95);
  CHECK(agreement.transforms == std::vector<std::string>{"rotation4", "hflip", "blur"});
  CHECK(agreement.seeds == std::vector<std::uint64_t>{1, 2});
  CHECK(agreement.correlation.nats == doctest::Approx(0.75));  // 1 and .5
  CHECK(agreement.correlation.std_error == doctest::Approx(0.25));
  CHECK(agreement.correlations == std::vector<double>{1.0, 0.5});
  CHECK(agreement.accuracy[1] == doctest::Approx(0.6));
  CHECK_THROWS_WITH_AS(rank_agreement({kAudit[0]}, trained, 0.95),
                       "ranking: 1 transformations are in both tables; three are needed", std::invalid_argument);
  CHECK_THROWS_WITH_AS(rank_agreement(kAudit, {trained.begin(), trained.begin() + 3}, 0.95),
                       "ranking: 1 seeds trained all of them; two are needed", std::invalid_argument);
}

TEST_CASE("ranking: nothing is ranked where no S is told from zero") {
  const std::vector<AuditRow> audit{synergy_of("rotation4", 0.001), synergy_of("hflip", -0.1), synergy_of("blur", 0.0)};
  CHECK_THROWS_WITH_AS(rank_agreement(audit, kTrained, 0.95),
                       "ranking: S of none of the 3 transformations is told from zero, so there is no order to compare",
                       std::invalid_argument);
}

TEST_CASE("ranking: readings not told from zero are ties, and orders are counted") {
  const std::vector<AuditRow> audit{synergy_of("a", 0.1), synergy_of("b", 0.005), synergy_of("c", 0.002),
                                    synergy_of("d", -0.2)};
  std::vector<TrainedAccuracy> trained;
  for (const std::uint64_t seed : {1, 2}) {
    trained.insert(trained.end(), {{"a", seed, 0.9}, {"b", seed, 0.5}, {"c", seed, 0.6}, {"d", seed, 0.7}});
  }
  const RankAgreement agreement = rank_agreement(audit, trained, 0.95);
  CHECK(agreement.synergy == std::vector<double>{0.1, 0.0, 0.0, 0.0});
  // Ranks 4, 2, 2, 2 and 4, 1, 2, 3: (1.5² + .5 · (1.5 + .5 − .5)) / √(3 · 5).
  CHECK(agreement.correlation.nats == doctest::Approx(3.0 / std::sqrt(15.0)).epsilon(1e-12));
  // As strong where the one that is told comes first or last: half of the orders.
  CHECK(agreement.as_strong == doctest::Approx(0.5).epsilon(1e-12));
}

TEST_CASE("ranking: linear probes are found by the run's name") {
  const TemporaryFolder folder;
  const auto path = folder / "evaluation.csv";
  std::ofstream(path) << "run,epoch,task,method,measure,truth,predicted,value,n,settings,seed,version\n"
                         "run-hflip-seed1,4,class,linear_probe,accuracy,,,0.5,100,,1,0.1.0\n"
                         "run-hflip-seed1,4,class,knn,accuracy,,,0.6,100,,1,0.1.0\n"
                         "runs/vhflip-2,4,class,linear_probe,accuracy,,,0.7,100,,2,0.1.0\n";
  const auto found = read_accuracies(path, {"hflip", "blur"});
  REQUIRE(found.size() == 1);
  CHECK(found[0].transform == "hflip");
  CHECK(found[0].accuracy == 0.5);
  CHECK(found[0].seed == 1);
  CHECK(read_accuracies(path, {"runs"}).empty());  // the folders above tell nothing
  std::ofstream(path, std::ios::app) << "run-hflip-simclr-seed1,4,class,linear_probe,accuracy,,,0.1,100,,1,0.1.0\n";
  CHECK_THROWS_WITH_AS(read_accuracies(path, {"hflip"}),
                       (path.string() + ":5: runs run-hflip-seed1 and run-hflip-simclr-seed1 are both of hflip with "
                                        "seed 1; one of them is needed")
                           .c_str(),
                       IoError);
  std::ofstream(path) << "a,b\n";
  CHECK_THROWS_WITH_AS(read_accuracies(path, {"hflip"}),
                       (path.string() + ": no column run; an evaluation.csv of essl-train is needed").c_str(), IoError);
}

TEST_CASE("a page and its JSON take the ranking in, the later one in place of the earlier") {
  const RankAgreement agreement = rank_agreement(kAudit, kTrained, 0.95);
  const std::string page = "<h1>Audit</h1><!-- ranking --><!-- /ranking --><section>rest</section>";
  const std::string ranked = page_with_ranking(page, agreement, "audit.html");
  CHECK(ranked.starts_with("<h1>Audit</h1><!-- ranking --><section id=\"ranking\">"));
  CHECK(ranked.ends_with("</section>\n<!-- /ranking --><section>rest</section>"));
  CHECK(ranked.find("Rank correlation 0.75 [-1.00, 1.00] over 2 training seeds, 3 transformations") !=
        std::string::npos);
  // Three transformations, each with a mean and two seeds; each with an interval.
  CHECK(occurrences(ranked, "<circle class=\"s1\"") == 3);
  CHECK(occurrences(ranked, "<circle class=\"s0\"") == 6);
  CHECK(occurrences(ranked, "<line class=\"s1\"") == 3);
  CHECK(page_with_ranking(ranked, agreement, "audit.html") == ranked);
  const auto json = nlohmann::json::parse(json_with_ranking(R"({"dataset": "d"})", agreement, "audit.json"));
  CHECK(json["dataset"] == "d");
  CHECK(json["ranking"]["rank_correlation"] == 0.75);
  CHECK(json["ranking"]["ci_low"] == -1.0);
  CHECK(json["ranking"]["rank_correlation_by_seed"] == nlohmann::json({1.0, 0.5}));
  CHECK(json["ranking"]["p_value"] == agreement.as_strong);
  CHECK(json["ranking"]["transforms"][1]["transform"] == "hflip");
  CHECK(json["ranking"]["transforms"][1]["accuracy_by_seed"] == nlohmann::json({0.5, 0.7}));
  CHECK_THROWS_WITH_AS(page_with_ranking("<h1></h1>", agreement, "old.html"),
                       "old.html: is no page of essl-audit, or of one that knew no rankings", IoError);
  CHECK_THROWS_WITH_AS(json_with_ranking("[]", agreement, "odd.json"), "odd.json: is no audit.json", IoError);
}

TEST_CASE("a figure of accuracies that are all alike still has a place for them") {
  std::vector<TrainedAccuracy> alike = kTrained;
  for (auto& one : alike) one.accuracy = one.transform == "blur" ? 0.5 + 1e-9 : 0.5;
  const std::string ranked =
      page_with_ranking("<!-- ranking --><!-- /ranking -->", rank_agreement(kAudit, alike, 0.95), "audit.html");
  CHECK(ranked.find("nan") == std::string::npos);
  CHECK(ranked.find("inf") == std::string::npos);
}
