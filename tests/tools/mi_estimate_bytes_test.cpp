// mi-estimate writes the same bytes whatever the number of threads and the memory it may take.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "report/small_features.h"
#include "tools/mi_estimate.h"

#include <doctest/doctest.h>

using namespace equinfo;

TEST_CASE("mi-estimate: whatever is too large for the memory it may take lies in files, and the bytes are the same") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  const std::string work =
      "f.h5 --estimators lda,qda_y,logistic,mlp,knn,quantized --permutations 9 --power 1 --ignore-label 2 --quiet ";
  CHECK(estimate(work + "--csv 1.csv --details 1", folder).status == 0);
  CHECK(estimate(work + "--csv 2.csv --details 2 --memory 0", folder).status == 0);
  CHECK(file_text(folder / "1.csv") != "");
  CHECK(file_text(folder / "1.csv") == file_text(folder / "2.csv"));
  CHECK(file_text(folder / "1" / "details.csv") == file_text(folder / "2" / "details.csv"));
  const ProgramRun nowhere = run_command(
      "TMPDIR=/nowhere " + program_path("mi-estimate") + " f.h5 --fast --memory 0 --ignore-label 2", folder);
  check_refused(nowhere, 1,
                "/nowhere: 1.92 kB are needed here for rows that memory has no room for: No such file or directory "
                "(TMPDIR names the folder)");
  check_refused(estimate("f.h5 --memory -1", folder), 2,
                "--memory: '-1' is no number of GB from 0 on (see mi-estimate --help)");
}

TEST_CASE("mi-estimate: the same numbers for any number of threads") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  const std::string one = estimate("f.h5 --csv - --quiet --threads 1", folder).out;
  CHECK(!one.empty());
  CHECK(estimate("f.h5 --csv - --quiet --threads 2", folder).out == one);
  CHECK(estimate("f.h5 --csv - --quiet --seed 1", folder).out != one);
}

TEST_CASE("mi-estimate: the same bytes for one thread and two, in every file and with everything that can be asked") {
  const TemporaryFolder folder;
  SmallFeatures angles;
  angles.transforms = 6;
  write_small_features(folder / "angles.h5", angles);
  for (const std::string name : {"a1", "a2", "b1", "b2"}) {
    SmallFeatures features;
    features.seed = name[0] + 2 * name[1];
    write_small_features(folder / (name + ".h5"), features);
  }
  const std::vector<std::pair<std::string, std::size_t>> commands{
      {"a1.h5 --estimators lda,qda,knn,knn_own,knn_logits,quantized --repeats 2 --knn-subsamples 3 --by "
       "class,transform "
       "--top-rows 3 --pid --pid-null 2 --permutations 5 --plan 0.1 --power 1",
       7},
      {"angles.h5 --fast --t-kind continuous --t-period 6 --repeats 2 --by transform --pid --pid-null 1 --permutations "
       "3 "
       "--power 1",
       5},
      {"--compare 'a?.h5' 'b?.h5' --fast --by class --pid --pid-null 0", 6}};
  for (const auto& [command, files] : commands) {
    CAPTURE(command);
    for (const std::string threads : {"1", "2"}) {
      const std::string out = "out" + threads;
      std::filesystem::remove_all(folder / out);
      std::filesystem::create_directory(folder / out);
      const ProgramRun run = estimate(
          fmt::format("{} --threads {} --details {} --csv {}/results.csv --quiet", command, threads, out, out), folder);
      CHECK(run.status == 0);
      CHECK(run.error == "");
    }
    std::size_t compared = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "out1")) {
      CAPTURE(entry.path().filename());
      CHECK(file_text(entry.path()) == file_text(folder / "out2" / entry.path().filename()));
      ++compared;
    }
    CHECK(compared == files);
  }
}
