// mi-estimate in several processes, as mpirun starts them.

#include <filesystem>
#include <string>

#include "report/small_features.h"
#include "tools/program.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

/// Works for root too, and with fewer cores than ranks.
const std::string kMpirun =
    "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 mpirun ";

bool can_start_ranks() {
#ifdef EQUINFO_MPI
  if (std::system("command -v mpirun >/dev/null") == 0) return true;
  MESSAGE("skipped: there is no mpirun");
#else
  MESSAGE("skipped: built without MPI");
#endif
  return false;
}

}  // namespace

TEST_CASE("ranks: two of them write the bytes of one") {
  if (!can_start_ranks()) return;
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  const std::string work = " f.h5 --estimators lda,qda,knn,quantized --permutations 19 --threads 1 --quiet";
  const ProgramRun one = run_program("mi-estimate", work + " --csv 1.csv --details 1", folder);
  CHECK(one.status == 0);
  const ProgramRun two =
      run_command(kMpirun + "-n 2 " + program_path("mi-estimate") + work + " --csv 2.csv --details 2", folder);
  CHECK(two.status == 0);
  CHECK(two.out == "");
  CHECK(two.error == "");
  CHECK(file_text(folder / "1.csv") != "");
  CHECK(file_text(folder / "1.csv") == file_text(folder / "2.csv"));
  CHECK(file_text(folder / "1" / "details.csv") == file_text(folder / "2" / "details.csv"));
}

TEST_CASE("ranks: some images alone, three ranks, and any engine give the bytes of one") {
  if (!can_start_ranks()) return;
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  const std::string work = " f.h5 --estimators knn --anchors 60 --threads 1 --quiet --knn-engine ";
  CHECK(run_program("mi-estimate", work + "auto --csv 1.csv", folder).status == 0);
  CHECK(file_text(folder / "1.csv") != "");
  for (const std::string& ranks : {std::string("2"), std::string("3")}) {
    const std::string csv = ranks + " " + program_path("mi-estimate") + work + "product --csv " + ranks + ".csv";
    CHECK(run_command(kMpirun + "-n " + csv, folder).status == 0);
    CHECK(file_text(folder / "1.csv") == file_text(folder / (ranks + ".csv")));
  }
}

TEST_CASE("ranks: engines may differ from one to the other, as processors do") {
  if (!can_start_ranks()) return;
  const TemporaryFolder folder;
  SmallFeatures wide;
  wide.embeddings = {{"encoder", "encoder", 0, 16}};  // enough columns for auto to ask more of an engine
  write_small_features(folder / "f.h5", wide);
  const std::string work = " f.h5 --estimators knn --knn-dims 0 --threads 1 --quiet --csv ";
  CHECK(run_program("mi-estimate", work + "1.csv", folder).status == 0);
  const std::string both = program_path("mi-estimate") + work + "2.csv";
  CHECK(run_command(kMpirun + "-n 1 " + both + " : -n 1 " + both + " --knn-engine product", folder).status == 0);
  CHECK(file_text(folder / "1.csv") != "");
  CHECK(file_text(folder / "1.csv") == file_text(folder / "2.csv"));
}

TEST_CASE("ranks: one that reads another file is noticed") {
  if (!can_start_ranks()) return;
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  SmallFeatures others;
  others.seed = 1;
  write_small_features(folder / "g.h5", others);
  const std::string program = program_path("mi-estimate"), work = " --fast --quiet --threads 1 --csv r.csv";
  const ProgramRun run =
      run_command(kMpirun + "-n 1 " + program + " f.h5" + work + " : -n 1 " + program + " g.h5" + work, folder);
  CHECK(run.status != 0);
  CHECK(contains(run.error,
                 "mi-estimate: f.h5: epoch 0, encoder: the ranks read different rows or labels; the file must be the "
                 "same on all machines\n"));
  CHECK(!std::filesystem::exists(folder / "r.csv"));
}

TEST_CASE("ranks: one that fails ends the run with its line, and nothing is written") {
  if (!can_start_ranks()) return;
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  const std::string program = program_path("mi-estimate");
  const ProgramRun run = run_command(kMpirun + "-n 1 " + program + " f.h5 --fast --quiet --json r.json : -n 1 " +
                                         program + " missing.h5 --fast --quiet --json r.json",
                                     folder);
  CHECK(run.status != 0);
  CHECK(contains(run.error, "mi-estimate: missing.h5"));
  CHECK(!std::filesystem::exists(folder / "r.json"));
}
