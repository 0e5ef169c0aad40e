#include <nlohmann/json.hpp>

#include "core/error.h"
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
  CHECK_THROWS_WITH_AS(Output({.csv = "-", .json = "-"}), "CSV and JSON cannot both go to standard output",
                       std::invalid_argument);
}
