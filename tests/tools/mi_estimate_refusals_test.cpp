// What mi-estimate refuses: wrong command lines with exit status 2, failures with 1, each in one line.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compute/cuda_device.h"
#include "report/small_features.h"
#include "store/features_writer.h"
#include "synergy/measure.h"
#include "tools/mi_estimate.h"

#include <doctest/doctest.h>

using namespace equinfo;

TEST_CASE("mi-estimate: a wrong command line is one line and exit status 2") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  const auto refused = [&](const std::string& arguments, const std::string& line) {
    CAPTURE(arguments);
    check_refused(estimate(arguments, folder), 2, line + " (see mi-estimate --help)");
  };
  refused("", "FILE is required");
  refused("f.h5 --bogus", "The following argument was not expected: --bogus");
  refused("f.h5 --estimators lda,nope",
          fmt::format("--estimators: nope not in {{{}}}", fmt::join(estimator_names(), ",")));
  refused("f.h5 --pool none", "--pool: none not in {max,mean}");
  refused("f.h5 --t-kind maybe", "--t-kind: maybe not in {continuous,discrete}");
  refused("f.h5 --unit bans", "--unit: bans not in {nats,bits}");
  refused("f.h5 --device tpu", "--device: tpu not in {auto,cpu,cuda}");
  refused("f.h5 --ci-level 1", "--ci-level: '1' does not lie between 0 and 1");
  refused("f.h5 --knn-k 0", "--knn-k: '0' is no number from 1 on");
  refused("f.h5 --threads -1", "--threads: '-1' is no number from 0 on");
  refused("f.h5 --permutations 2.5", "--permutations: '2.5' is no whole number, or a number too large");
  refused("f.h5 --threads 99999999999", "--threads: '99999999999' is no whole number, or a number too large");
  refused("f.h5 --where depth=3", "--where: 'depth=3' is neither layer=NAME nor epoch=NUMBER");
  refused("f.h5 --by angle", "--by: angle not in {class,transform}");
  refused("f.h5 --top-rows -1", "--top-rows: '-1' is no number from 0 on");
  refused("f.h5 --pid-table p.csv", "--pid-table: takes no FILE");
  refused("--pid-table p.csv --plan 0.1", "--pid-table: takes no --plan");
  refused("--pid-table p.csv --quiet", "--quiet: needs --details, or nothing would come out");
  refused("f.h5 --quiet", "--quiet: needs --csv, --json or --details, or nothing would come out");
}

TEST_CASE("mi-estimate: an option that another one leaves without effect is a mistake") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  write_small_features(folder / "g.h5");
  const auto refused = [&](const std::string& arguments, const std::string& line) {
    CAPTURE(arguments);
    check_refused(estimate(arguments, folder), 2, line + " (see mi-estimate --help)");
  };
  for (const std::string option : {"--plan 0.1", "--power 2", "--pid"}) {
    const std::string name = option.substr(0, option.find(' '));
    refused("--compare f.h5 g.h5 " + option, name +
                                                 ": would not be seen, since --compare shows no table of a single "
                                                 "embedding: add --details or --json");
  }
  refused("--group x=f.h5,g.h5 --by class",
          "--by: would not be seen, since --group shows no table of a single embedding: add --details");
  refused("f.h5 --quiet --csv r.csv --top-rows 3 --json r.json",
          "--top-rows: would not be seen, since --quiet shows no table of a single embedding: add --details");
  refused("f.h5 --quiet --csv r.csv --unit bits",
          "--unit: is for the table, which --quiet leaves out; files are in nats");
  refused("f.h5 --fast --estimators lda", "--fast: is a choice of --estimators; give one of the two");
  refused("f.h5 --pid-null 3", "--pid-null: is the null of --pid, which is missing");
  refused("f.h5 --estimators lda --knn-k 3", "--knn-k: needs knn or knn_own or knn_logits among the estimators");
  refused("f.h5 --estimators knn_logits,lda --knn-dims 3", "--knn-dims: needs knn or knn_own among the estimators");
  refused("f.h5 --estimators knn_own --knn-subsamples 3", "--knn-subsamples: needs knn among the estimators");
  refused("f.h5 --estimators lda --knn-engine product", "--knn-engine: needs knn among the estimators");
  refused("f.h5 --fast --device cuda", "--device: needs logistic among the estimators");
  refused("f.h5 --fast --codewords 8", "--codewords: needs quantized among the estimators");
  refused("f.h5 --entropy nsb", "--entropy: needs quantized among the estimators");
  CHECK(
      estimate("f.h5 --estimators knn --repeats 2", folder).error.starts_with("mi-estimate: --repeats: needs lda or"));
  CHECK(estimate("--compare f.h5 g.h5 --fast --plan 0.1 --details out", folder).status == 0);
  CHECK(std::filesystem::exists(folder / "out/plan.csv"));
}

TEST_CASE("mi-estimate: a failure is one line and exit status 1") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  if (const std::string absence = cuda_absence(); !absence.empty()) {
    check_refused(estimate("f.h5 --device cuda", folder), 1, "--device cuda: " + absence);
  }
  check_refused(estimate("f.h5 --csv - --json -", folder), 1, "CSV and JSON cannot both go to standard output");
  check_refused(estimate("f.h5 --where layer=x", folder), 1,
                "no embedding is the one asked for; there is epoch=0,layer=encoder");
  std::ofstream(folder / "other.csv") << "a,b\n";
  check_refused(estimate("f.h5 --csv other.csv", folder), 1,
                "other.csv: is not a results.csv of this version: column 1 is 'a', not 'run'");
  CHECK(file_text(folder / "other.csv") == "a,b\n");
  const ProgramRun missing = estimate("none.h5", folder);
  CHECK(missing.status == 1);
  CHECK(missing.error.starts_with("mi-estimate: none.h5"));
  CHECK(std::ranges::count(missing.error, '\n') == 1);
  check_refused(estimate("f.h5 --pid --estimators knn", folder), 1,
                "a decomposition needs posteriors: there is no probe among the estimators knn");
  CHECK(entries(folder) == 2);
}

TEST_CASE("mi-estimate: an output may be a pipe, but not an input or another output") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  std::filesystem::create_symlink("f.h5", folder / "link.h5");
  const std::string before = file_text(folder / "f.h5");
  check_refused(estimate("f.h5 --fast --json link.h5", folder), 1,
                "--json link.h5: is the same file as the input FILE f.h5");
  check_refused(estimate("f.h5 --fast --csv r --json ./r", folder), 1, "--csv r and --json ./r are the same file");
  CHECK(file_text(folder / "f.h5") == before);
  CHECK(entries(folder) == 2);
  write_feature_index(folder / "index.h5", {"f.h5"}, true);
  check_refused(estimate("index.h5 --fast --json f.h5", folder), 1,
                "--json f.h5: is the same file as the input FILE index.h5, which links to f.h5");
  CHECK(file_text(folder / "f.h5") == before);
  std::filesystem::remove(folder / "index.h5");
  const ProgramRun piped = run_command(
      "bash -c \"" + program_path("mi-estimate") + " f.h5 --fast --quiet --json >(cat >all.json; echo >done)\"",
      folder);
  CHECK(piped.status == 0);
  for (int tenths = 0; tenths < 100 && !std::filesystem::exists(folder / "done"); ++tenths) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  CHECK(nlohmann::json::accept(file_text(folder / "all.json")));
}

TEST_CASE("mi-estimate: a file given twice is refused, and a run's folder leads to its features") {
  const TemporaryFolder folder;
  write_small_features(folder / "features.h5");
  check_refused(estimate("features.h5 ./features.h5", folder), 1,
                "features.h5 and ./features.h5 are the same file; give each file once");
  check_refused(estimate(".", folder), 1, ".: is a folder; its file of features is ./features.h5");
}

TEST_CASE("mi-estimate: of the processes of mpirun the first alone speaks of a wrong command line") {
  const TemporaryFolder folder;
  const std::string wrong = program_path("mi-estimate") + " --bogus";
  CHECK(contains(run_command("OMPI_COMM_WORLD_RANK=0 " + wrong, folder).error, "--bogus"));
  const ProgramRun other = run_command("OMPI_COMM_WORLD_RANK=1 " + wrong, folder);
  CHECK((other.status == 2 && other.error.empty()));
}

TEST_CASE("mi-estimate: where there is no memory for a product of matrices it says so, and ends") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
#ifdef __SANITIZE_ADDRESS__
  return;  // which takes terabytes of addresses, and is ended by the limit itself
#endif
  // By itself the library takes as much for each further core before the program begins.
  const ProgramRun run = run_command("ulimit -d 100000 && OPENBLAS_NUM_THREADS=1 timeout 10 " +
                                         program_path("mi-estimate") + " f.h5 --fast --threads 1",
                                     folder);
  CHECK(run.status == 1);
  CHECK(run.out == "");
  CHECK(contains(run.error, "mi-estimate: OpenBLAS needs 128 MiB to multiply matrices: Cannot allocate memory"));
}

TEST_CASE("mi-estimate: a full disk under standard output is noticed") {
  const TemporaryFolder folder;
  if (!std::filesystem::exists("/dev/full")) return;
  write_small_features(folder / "f.h5");
  const std::string command =
      "cd '" + folder.path().string() + "' && '" EQUINFO_BINARY_DIR "/bin/mi-estimate' f.h5 >/dev/full 2>error";
  CHECK(WEXITSTATUS(std::system(command.c_str())) == 1);
  CHECK(file_text(folder / "error") == "mi-estimate: standard output: No space left on device\n");
}
