#include <algorithm>
#include <fstream>
#include <thread>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "report/fixed_result.h"
#include "report/locked_file.h"
#include "report/output.h"
#include "report/plan_table.h"
#include "report/side_tables.h"
#include "report/where_table.h"
#include "support/temporary_folder.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

/// A result that holds something for every side table.
EmbeddingResult full_result() {
  EmbeddingResult result = fixed_result();
  result.panels[0].numbers = {{"raw", Quantity::kZY, 1.125}, {"gate_class_1", std::nullopt, 0.5}};
  result.groups = {{Grouping::kTransform, 0.95, {{-1, 60, 30, {}}, {5, 140, 70, {}}}}};
  for (RowGroup& group : result.groups[0].groups) {
    for (const Quantity quantity : kQuantities) {
      if (is_row_mean(quantity)) group.estimates.push_back({quantity, 0.25, 0.01, 0.23, 0.27, 0.125, 0.5});
    }
  }
  result.top_rows = {{41, 1007, 3, 5, 0.1, -0.2, 1.5, 1.6}};
  Pid pid;
  pid.measure = "broja";
  pid.atoms[3] = {0.5, 0.625, 0.01, 0.48, 0.52};
  pid.flags = {"overconfident"};
  result.pids = {pid};
  result.pid_nulls = {{"broja", {}}};
  result.pid_nulls[0].parts[3] = {0.125, 0.03, 0.05};
  result.plan = Plan{0.1, 5000, {{Quantity::kZY, 0.05, 1250}, {Quantity::kSynergy, 0.2, std::nullopt}}};
  result.power = Power{"best", 10, {{0.1, {{Quantity::kSynergy, 0.005, 0.004, 8, 9}}}}};
  return result;
}

std::vector<CsvRecord> read(const std::filesystem::path& path) {
  return parse_csv(read_whole_file(path), path.string());
}

std::vector<std::string> line_with(const std::vector<CsvRecord>& records, std::size_t column, const std::string& text) {
  for (const CsvRecord& record : records) {
    if (record.fields[column] == text) return record.fields;
  }
  return {};
}

}  // namespace

TEST_CASE("side tables: every line has the keys and as many fields as the header") {
  const TemporaryFolder folder;
  append_side_tables(folder.path(), full_result());
  for (const SideTable& table : side_tables()) {
    const auto records = read(folder / table.kind.name);
    CHECK(records.size() > 1);
    CHECK(records[0].fields == table.kind.columns);
    for (std::size_t i = 1; i < records.size(); ++i) {
      CHECK(records[i].fields.size() == table.kind.columns.size());
      CHECK(records[i].fields[0] == "demo");
      CHECK(records[i].fields[3] == "encoder");
    }
  }
}

TEST_CASE("side tables: plans and planted signals") {
  const TemporaryFolder folder;
  append_side_tables(folder.path(), full_result());
  const auto plan = read(folder / "plan.csv"), power = read(folder / "power.csv");
  const std::vector<std::string> possible{"z_y", "0.1", "0.05", "5000", "1250", "5000"};
  CHECK(std::equal(possible.begin(), possible.end(), line_with(plan, 5, "z_y").begin() + 5));
  CHECK((line_with(plan, 5, "synergy")[9] == "" && line_with(plan, 5, "synergy")[10] == ""));
  const std::vector<std::string> planted{"synergy", "0.1", "0.005", "0.004", "10", "8", "9"};
  CHECK(std::equal(planted.begin(), planted.end(), line_with(power, 5, "synergy").begin() + 5));
}

TEST_CASE("side tables: what their lines say") {
  const TemporaryFolder folder;
  append_side_tables(folder.path(), full_result());
  const auto details = read(folder / "details.csv");
  CHECK((line_with(details, 5, "raw")[6] == "z_y" && line_with(details, 5, "raw")[7] == "1.125"));
  CHECK((line_with(details, 5, "gate_class_1")[6] == "" && line_with(details, 5, "gate_class_1")[7] == "0.5"));
  CHECK(line_with(details, 5, "chosen")[8] == "lda");
  CHECK(line_with(details, 5, "verdict")[8] == "GREEN");
  CHECK(line_with(details, 5, "verdict_reason")[8] == "the probe and kNN agree");
  CHECK(nlohmann::json::parse(line_with(details, 5, "options")[8])["folds"] == 5);
  const auto groups = read(folder / "groups.csv");
  CHECK(groups.size() == 1 + 2 * 8);
  const auto group = line_with(groups, 9, "synergy");
  CHECK(std::vector<std::string>(group.begin() + 4, group.begin() + 17) ==
        std::vector<std::string>{"best", "transform", "-1", "60", "30", "synergy", "0.25", "0.23", "0.27", "0.95",
                                 "0.01", "0.125", "0.5"});
  const auto row = read(folder / "rows.csv").at(1).fields;
  CHECK(std::vector<std::string>(row.begin() + 5, row.begin() + 14) ==
        std::vector<std::string>{"1", "41", "1007", "3", "5", "1.6", "0.1", "-0.2", "1.5"});
  const auto pid = line_with(read(folder / "pid.csv"), 6, "synergy");
  CHECK((pid[5] == "broja" && pid[7] == "0.5" && pid[8] == "0.625" && pid[13] == "0.125" && pid[14] == "0.05" &&
         pid[19] == "overconfident"));
}

TEST_CASE("side tables: what was not asked for makes no file, and two that append lose no line") {
  const TemporaryFolder folder;
  std::thread other([&] { append_side_tables(folder.path(), fixed_result()); });
  append_side_tables(folder.path(), fixed_result());
  other.join();
  const auto records = read(folder / "details.csv");
  CHECK(std::ranges::count_if(records, [](const CsvRecord& r) { return r.fields[5] == "options"; }) == 2);
  for (const char* name : {"groups.csv", "rows.csv", "pid.csv"}) CHECK(!std::filesystem::exists(folder / name));
}

TEST_CASE("side tables: another header, or a file where the folder should be, is refused before anything is measured") {
  const TemporaryFolder folder;
  std::ofstream(folder / "groups.csv") << "run,file,layer\n";
  const std::string path = (folder / "groups.csv").string();
  CHECK_THROWS_WITH_AS(Output({.details = folder.path().string()}),
                       (path + ": is not a groups.csv of this version: column 3 is 'layer', not 'epoch'").c_str(),
                       IoError);
  CHECK_THROWS_WITH_AS(check_side_tables(path), (path + ": cannot be made a folder: Not a directory").c_str(), IoError);
  check_side_tables(folder / "new/deep");
  CHECK(std::filesystem::is_empty(folder / "new/deep"));
}

TEST_CASE("where tables: each group, the top rows and the decomposition, with a word on how to read them") {
  const EmbeddingResult result = full_result();
  const std::string where = where_tables(result, {.unit = kNats});
  CHECK(where.starts_with("\nrotation  rows"));
  CHECK(where.find("-1    60   0.250") != std::string::npos);
  CHECK(where.find("[ 0.230,  0.270]      0.125  50.0 %") != std::string::npos);
  CHECK(where.find(" 41    1007      3         5  1.600") != std::string::npos);
  CHECK(where.find("misreads") != std::string::npos);
  CHECK(where_tables(fixed_result(), {}).empty());
  const std::string pid = pid_table(result, {.unit = kNats});
  CHECK(pid.find("unique rotation") != std::string::npos);
  CHECK(pid.find("0.500 [ 0.480,  0.520]  overconfident") != std::string::npos);
  CHECK(pid_table(fixed_result(), {}).empty());
}

TEST_CASE("where tables: values of a continuous T are named by what lies in their bins, and so among the details") {
  EmbeddingResult result = full_result();
  result.groups[0].groups[0].value = 1;
  result.top_rows[0].t = 0;
  result.bins = {{{350.0, 20.5}, {0.0, 0.0}}, {{21.0, 180.0}, {0.25, 1.0}}};
  const std::string where = where_tables(result, {});
  CHECK(where.find("21 to 180 × 0.25 to 1    60") != std::string::npos);
  CHECK(where.find("350 to 20.5 × 0") != std::string::npos);
  const TemporaryFolder folder;
  append_side_tables(folder.path(), result);
  CHECK(line_with(read(folder / "details.csv"), 5, "bin_1")[8] == "21 to 180 × 0.25 to 1");
}

TEST_CASE("power tables: in three dimensions and fewer nothing of the embedding's own noise is left") {
  EmbeddingResult result = full_result();
  for (const Quantity quantity : {Quantity::kZY, Quantity::kZT, Quantity::kZYT}) {
    result.power->strengths[0].quantities.push_back({quantity, 0.005, 0.004, 8, 9});
  }
  const auto says = [&](const std::string& words) {
    return power_table(result, {.width = 1000}).find(words) != std::string::npos;
  };
  CHECK(!says("of whose shape"));
  result.dims = 3;
  CHECK(says("Z has only 3 dimensions, and signals are planted along up to 3"));
  result.dims = 1;
  CHECK(says("Z has a single dimension"));
}

TEST_CASE("decompositions: what their flags mean and what to do stands below the table") {
  EmbeddingResult result = full_result();
  result.pids[0].flags = {"not_converged"};
  CHECK(pid_table(result, {}).find("--t-bins") != std::string::npos);
  result.pids[0].flags.clear();
  CHECK(pid_table(result, {}).find("--t-bins") == std::string::npos);
}

TEST_CASE("where tables: of many groups those that weigh most are shown, and the rest is counted") {
  EmbeddingResult result = full_result();
  RowGroup group = result.groups[0].groups[0];
  result.groups[0].groups.clear();
  for (int value = 100; value < 130; ++value) {
    group.value = value;
    for (GroupEstimate& estimate : group.estimates) estimate.contribution_nats = value == 103 ? 0.0 : 0.01 * value;
    result.groups[0].groups.push_back(group);
  }
  const std::string where = where_tables(result, {.unit = kNats});
  CHECK(where.find("… and 6 more; --details writes them all") != std::string::npos);
  CHECK(where.find("\n     103 ") == std::string::npos);
  CHECK(where.find("\n     129 ") != std::string::npos);
}
