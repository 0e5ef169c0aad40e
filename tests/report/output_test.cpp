#include <unistd.h>
#include <algorithm>
#include <array>
#include <fstream>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "report/appended_csv.h"
#include "report/fixed_result.h"
#include "report/locked_file.h"
#include "report/output.h"
#include "support/temporary_folder.h"

#include <doctest/doctest.h>

using namespace equinfo;

TEST_CASE("rows are in the CSV file as soon as an embedding is measured, JSON at the end") {
  const TemporaryFolder folder;
  const auto csv = folder / "r.csv", json = folder / "r.json";
  Output output({.csv = csv.string(), .json = json.string(), .table = false});
  CHECK(!std::filesystem::exists(csv));
  output.add(fixed_result());
  CHECK(read_results(csv).size() == 27);
  output.add(fixed_result());
  CHECK(!std::filesystem::exists(json));
  output.finish();
  CHECK(nlohmann::json::parse(read_whole_file(json))["embeddings"].size() == 2);
  CHECK(read_results(csv).size() == 54);
}

TEST_CASE("output that cannot be written is refused before anything is measured") {
  const TemporaryFolder folder;
  CHECK_THROWS_AS(Output({.csv = (folder / "none/r.csv").string()}), IoError);
  CHECK_THROWS_AS(Output({.json = (folder / "none/r.json").string()}), IoError);
  CHECK_THROWS_AS(Output({.csv = folder.path().string()}), IoError);
  CHECK_THROWS_WITH_AS(Output({.csv = "-", .json = "-"}), "CSV and JSON cannot both go to standard output",
                       std::invalid_argument);
}

TEST_CASE("an output that is an input or another output is refused") {
  const TemporaryFolder folder;
  const std::string file = (folder / "f.h5").string(), table = (folder / "details.csv").string();
  std::ofstream(file) << "features";
  const std::string input = fmt::format("--json {0}: is the same file as the input FILE {0}", file);
  CHECK_THROWS_WITH_AS(Output({.json = file, .inputs = {{"FILE", file}}}), input.c_str(), std::invalid_argument);
  const std::string twice = fmt::format("--csv {0} and --json {0} are the same file", table);
  CHECK_THROWS_WITH_AS(Output({.csv = table, .json = table}), twice.c_str(), std::invalid_argument);
  const std::string side = fmt::format("--csv {0} and --details {0} are the same file", table);
  CHECK_THROWS_WITH_AS(Output({.csv = table, .details = folder.path().string()}), side.c_str(), std::invalid_argument);
  const std::string pid = fmt::format("--details {0}: is the same file as the input --pid-table {0}", table);
  CHECK_THROWS_WITH_AS(report_pid_table(table, {.details = folder.path().string(), .inputs = {{"--pid-table", table}}}),
                       pid.c_str(), std::invalid_argument);
  CHECK(read_whole_file(file) == "features");
  CHECK(!std::filesystem::exists(table));
}

TEST_CASE("a number that rounds to zero has no sign, in words and figures as in the table") {
  CHECK(number_text(-0.0004, kNats) == "0.000");
  CHECK(Reason("S is {}", {-0.0004}).text() == "S is 0.000");
}

TEST_CASE("a full device says so, and a pipe gets one header and every row") {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("/dev/full", folder / "full");
  const std::string full = (folder / "full").string(), words = full + ": cannot be written: No space left on device";
  Output csv({.csv = full, .table = false});
  CHECK_THROWS_WITH_AS(csv.add(fixed_result()), words.c_str(), IoError);
  Output json({.json = full, .table = false});
  json.add(fixed_result());
  CHECK_THROWS_WITH_AS(json.finish(), words.c_str(), IoError);
  CHECK_THROWS_WITH_AS(append_csv(folder / "full", {"t.csv", {"a"}}, "1\n"), words.c_str(), IoError);
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  Output piped({.csv = fmt::format("/dev/fd/{}", ends[1]), .table = false});
  piped.add(fixed_result());
  piped.add(fixed_result());
  close(ends[1]);
  std::string text(1 << 16, ' ');
  const ssize_t size = read(ends[0], text.data(), text.size());
  close(ends[0]);
  REQUIRE(size > 0);
  text.resize(static_cast<std::size_t>(size));
  CHECK(std::ranges::count(text, '\n') == 1 + 54);
  CHECK(text.starts_with(results_header()));
}
