#include <cmath>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "report/csv.h"
#include "report/difference_table.h"
#include "report/estimate_files.h"
#include "report/locked_file.h"
#include "report/output.h"
#include "report/pooled_table.h"
#include "report/results_json.h"
#include "report/small_features.h"
#include "support/temporary_folder.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A run's features, of a configuration named by its learning rate.
void write_run(const std::filesystem::path& path, int seed, const std::string& rate, SmallFeatures features = {}) {
  std::filesystem::create_directories(path.parent_path());
  features.seed = seed;
  features.attributes["config"] = fmt::format(R"({{"train":{{"seed":{},"rate":{}}}}})", seed, rate);
  write_small_features(path, features);
}

EstimateJob job_for(std::vector<std::filesystem::path> files, const std::vector<std::string>& groups) {
  EstimateJob job;
  job.groups = parse_groups(groups, files);
  job.files = std::move(files);
  job.measure.estimators = {"lda"};
  job.measure.threads = 1;
  return job;
}

std::vector<EmbeddingResult> results_of(const EstimateJob& job) {
  std::vector<EmbeddingResult> results;
  estimate_files(job, [&](EmbeddingResult result) { results.push_back(std::move(result)); });
  return results;
}

}  // namespace

TEST_CASE("runs of one configuration are pooled whatever their seed, and another configuration stays apart") {
  const TemporaryFolder folder;
  for (const int seed : {1, 2, 3}) write_run(folder / fmt::format("a{}/features.h5", seed), seed, "0.1");
  write_run(folder / "b/features.h5", 1, "0.2");
  const auto results = results_of(job_for(
      {folder / "a1/features.h5", folder / "a2/features.h5", folder / "b/features.h5", folder / "a3/features.h5"},
      {"config"}));
  const auto pools = pooled_runs(results);
  REQUIRE(pools.size() == 2);
  CHECK((pools[0].pool.runs == 3 && pools[0].pool.same_images && pools[1].pool.runs == 1));
  CHECK(pools[0].group.starts_with("config "));
  const PooledEstimate& pooled = pools[0].pool.at(Quantity::kZY);
  double mean = 0.0;
  for (const std::size_t r : {0u, 1u, 3u}) mean += results[r].headline().at(Quantity::kZY).nats / 3.0;
  CHECK(std::abs(pooled.over_runs.mean - mean) < 1e-12);
  CHECK(pooled.ci_low < pooled.over_runs.mean - pooled.over_runs.runs_error);
  const std::string table = pooled_table(pools, {});
  CHECK(contains(table, "encoder · 3 runs"));
  CHECK(contains(table, "SD of runs"));
  CHECK(contains(table, "A single run: its interval is over images alone"));
  const auto lines = parse_csv(pooled_lines(pools), "lines");
  CHECK(lines.size() == 2 * (kQuantities.size() - 1));
  for (const CsvRecord& line : lines) CHECK(line.fields.size() == pooled_csv().columns.size());
  CHECK(lines.front().fields[6] == "a1;a2;a3");
  CHECK(lines.back().fields[17] == "one_run");
  CHECK(nlohmann::json::parse(results_json(results))["pooled"].size() == 2);
}

TEST_CASE("groups by folder and by hand, patterns included") {
  const TemporaryFolder folder;
  for (const int seed : {1, 2}) {
    write_run(folder / fmt::format("a/{}/features.h5", seed), seed, "0.1");
    write_run(folder / fmt::format("b/{}/features.h5", seed), seed + 2, "0.1");
  }
  const auto path = [&](const std::string& name) { return (folder / name).string(); };
  auto results = results_of(job_for({folder / "a/1/features.h5", folder / "a/2/features.h5"}, {"folder"}));
  CHECK((results[0].group == "a" && results[1].group == "a"));
  EstimateJob job = job_for({}, {fmt::format("first={}", path("a/*/features.h5")),
                                 fmt::format("second={},{}", path("b/1/features.h5"), path("b/2/features.h5"))});
  job.compare = true;
  CHECK(job.files.size() == 4);
  results = results_of(job);
  CHECK((results[0].group == "first" && results[3].group == "second"));
  const auto pools = pooled_runs(results);
  const std::string table = group_difference_table(pools, {});
  CHECK(contains(table, "A: first · epoch 0 · encoder · 2 runs"));
  CHECK(contains(table, "Intervals are over runs"));
  const auto lines = parse_csv(group_difference_lines(pools), "lines");
  CHECK(lines.size() == kQuantities.size() - 1);
  for (const CsvRecord& line : lines) {
    CHECK(line.fields.size() == difference_csv().columns.size());
    CHECK((line.fields[18] == "1" && line.fields[19] == "2"));  // paired, runs of a
    CHECK(std::stod(line.fields[14]) <= 0.0);                   // both groups are draws of one thing
    CHECK(std::stod(line.fields[15]) >= 0.0);
  }
  std::vector<std::filesystem::path> patterns{path("a/*/features.h5"), path("b/*/features.h5")};
  CHECK(groups_of_patterns(patterns).named.size() == 2);
  CHECK(patterns.size() == 4);
  std::vector<std::filesystem::path> plain{path("a/1/features.h5"), path("b/1/features.h5")};
  CHECK(groups_of_patterns(plain).kind == GroupRule::Kind::kNone);
}

TEST_CASE("runs on different images are pooled with their largest error, and said to be") {
  const TemporaryFolder folder;
  SmallFeatures other;
  other.first_source = 1000;
  write_run(folder / "a/features.h5", 1, "0.1");
  write_run(folder / "b/features.h5", 2, "0.1", other);
  const auto results = results_of(job_for({folder / "a/features.h5", folder / "b/features.h5"}, {"config"}));
  const auto pools = pooled_runs(results);
  CHECK(!pools[0].pool.same_images);
  const auto error = [&](std::size_t r) { return *results[r].headline().at(Quantity::kZY).std_error; };
  CHECK(std::abs(pools[0].pool.at(Quantity::kZY).over_runs.images_error - (error(0) + error(1)) / 2.0) < 1e-12);
  CHECK(contains(pooled_table(pools, {}), "different images"));
  CHECK(contains(pooled_lines(pools), "images_differ"));
}

TEST_CASE("pooled.csv and compare.csv are written among the details, else beside results.csv") {
  const TemporaryFolder folder;
  for (const int seed : {1, 2}) {
    write_run(folder / fmt::format("a{}.h5", seed), seed, "0.1");
    write_run(folder / fmt::format("b{}.h5", seed), seed, "0.2");
  }
  EstimateJob job = job_for({folder / "a1.h5", folder / "a2.h5", folder / "b1.h5", folder / "b2.h5"}, {"config"});
  job.compare = true;
  Output output({.details = (folder / "details").string(), .compare = true, .pool = true, .table = false});
  estimate_files(job, [&](EmbeddingResult result) { output.add(std::move(result)); });
  output.finish();
  CHECK(std::filesystem::exists(folder / "details/pooled.csv"));
  CHECK(std::filesystem::exists(folder / "details/compare.csv"));
  Output beside({.csv = (folder / "results.csv").string(), .compare = true, .pool = true, .table = false});
  estimate_files(job, [&](EmbeddingResult result) { beside.add(std::move(result)); });
  beside.finish();
  for (const std::string name : {"pooled.csv", "compare.csv"}) {
    CHECK(read_whole_file(folder / name) == read_whole_file(folder / "details" / name));
  }
  std::ofstream(folder / "pooled.csv") << "other\n";
  CHECK_THROWS_AS(Output({.csv = (folder / "results.csv").string(), .pool = true}), IoError);
}

TEST_CASE("pooled intervals and differences are shown cut to what is possible, and stored whole") {
  const TemporaryFolder folder;
  for (const int seed : {1, 2}) {
    write_run(folder / fmt::format("a{}.h5", seed), seed, "0.1");
    write_run(folder / fmt::format("b{}.h5", seed), seed, "0.2");
  }
  const auto results =
      results_of(job_for({folder / "a1.h5", folder / "a2.h5", folder / "b1.h5", folder / "b2.h5"}, {"config"}));
  auto pools = pooled_runs(results);
  for (PooledRuns& pool : pools) {
    PooledEstimate& z_t = pool.pool.estimates[1];
    REQUIRE(z_t.quantity == Quantity::kZT);
    z_t.over_runs.mean = 0.25, z_t.ci_low = -0.5, z_t.ci_high = 3.0;
  }
  CHECK(contains(pooled_table(pools, {}), "0.250  [ 0.000,  0.693]"));  // H(T) = ln 2
  CHECK(contains(pooled_lines(pools), ",-0.5,3,"));
  pools[0].pool.estimates.back().empty_interval = true;
  CHECK(contains(pooled_table(pools, {.width = 1000}), "leaves nothing between 0 and its ceiling"));
  CHECK(contains(pooled_lines(pools), ",empty_interval,"));
}

TEST_CASE("groups that cannot be pooled are refused in one line") {
  const TemporaryFolder folder;
  write_run(folder / "a.h5", 1, "0.1");
  write_run(folder / "b.h5", 1, "0.2");
  write_run(folder / "again.h5", 1, "0.1");
  write_small_features(folder / "foreign.h5");
  SmallFeatures four;
  four.classes = 4;
  write_run(folder / "four.h5", 2, "0.1", four);
  const auto path = [&](const std::string& name) { return (folder / name).string(); };
  const auto refused = [&](const std::vector<std::string>& names, const std::vector<std::string>& groups,
                           const std::string& words) {
    std::vector<std::filesystem::path> files;
    for (const auto& name : names) files.push_back(path(name));
    CHECK_THROWS_WITH_AS(pooled_runs(results_of(job_for(files, groups))), words.c_str(), std::invalid_argument);
  };
  refused({"a.h5"}, {"config"},
          "--group: no two of the 1 files are runs of one configuration, so there is nothing to pool");
  refused({"a.h5", "b.h5"}, {"config"},
          "--group: no two of the 2 files are runs of one configuration, so there is nothing to pool");
  refused({"a.h5", "again.h5"}, {"config"},
          path("a.h5") + " and " + path("again.h5") +
              " are the same run (seed 1): runs are pooled that differ by "
              "their seed");
  refused({"foreign.h5"}, {"config"},
          path("foreign.h5") +
              ": has no attribute config, so its runs cannot be told by it; --group folder or --group "
              "NAME=FILE,FILE do without");
  refused({"a.h5", "four.h5"}, {"config"},
          path("a.h5") + " and " + path("four.h5") +
              " are no runs of one thing: the set of classes differs, of "
              "transformations agrees, and /source agrees");
  refused({"a.h5"}, {"x"},
          "--group 'x' is neither config nor folder nor NAME=FILE,FILE, such as --group "
          "'mine=runs/mine-*/features.h5'");
  refused({}, {"x=none*.h5"}, "'none*.h5' stands for no file");
  refused({}, {"x=a.h5", "x=b.h5"}, "--group: there are two groups named 'x'");
  refused({}, {"x=a.h5", "z=a.h5"}, "--group: a.h5 stands in 'x' and again in 'z'");
  refused({"b.h5"}, {fmt::format("x={}", path("a.h5"))},
          path("b.h5") +
              ": is in no --group; the files of a group are one word with commas between them: --group "
              "NAME=FILE,FILE");
  EstimateJob job =
      job_for({}, {fmt::format("x={},{}", path("a.h5"), path("b.h5")), fmt::format("z={}", path("again.h5"))});
  job.compare = true;
  CHECK_THROWS_WITH_AS(results_of(job),
                       "a comparison over runs takes two groups of at least two runs, not x (2 runs), z (1 runs)",
                       std::invalid_argument);
}
