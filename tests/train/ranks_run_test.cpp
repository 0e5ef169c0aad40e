// Whole runs of the real program on several ranks: held against one process, killed, refused.

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "train/run_bench.h"

#include <doctest/doctest.h>

namespace fs = std::filesystem;

#ifdef EQUINFO_MPIEXEC
namespace {

/// Runs on two ranks under mpirun, and whole runs in one process.
class PairBench : public Bench {
 public:
  using Bench::Bench;
  pid_t start_pair(const std::string& name, const std::vector<std::string>& assignments) const {
    // Open MPI's: as root, two ranks on one core if there are no more, bound to none.
    for (const char* setting : {"OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM",
                                "OMPI_MCA_rmaps_base_oversubscribe", "OMPI_MCA_mpi_yield_when_idle"}) {
      setenv(setting, "1", 1);
    }
    setenv("OMPI_MCA_hwloc_base_binding_policy", "none", 1);
    std::vector<std::string> words{EQUINFO_MPIEXEC, "-n", "2"};
    const auto command = command_of(name, assignments);
    words.insert(words.end(), command.begin(), command.end());
    return launch(words);
  }
  int train_pair(const std::string& name, const std::vector<std::string>& assignments) const {
    return finish(start_pair(name, assignments));
  }
};

/// The largest difference between two files of float32 weights, relative where they are large. What else is in there
/// (numbers of batches) counts as any difference.
double weights_apart(const fs::path& a, const fs::path& b) {
  const auto first = bytes_of(a / "weights.safetensors"), second = bytes_of(b / "weights.safetensors");
  REQUIRE(first.size() == second.size());
  std::uint64_t header = 0;
  std::memcpy(&header, first.data(), 8);
  double largest = 0;
  for (std::size_t i = 8 + header; i + 4 <= first.size(); i += 4) {
    float p = 0, q = 0;
    std::memcpy(&p, first.data() + i, 4);
    std::memcpy(&q, second.data() + i, 4);
    largest = std::max(largest, std::abs(static_cast<double>(p) - q) / std::max(1.0, std::abs(static_cast<double>(p))));
  }
  return largest;
}

const std::vector<std::string> kPairRun{"train.epochs=1", "encoder.dropout=0.2", "checkpoint.every_steps=2"};

}  // namespace

TEST_CASE("two ranks train to the weights of one process, to rounding, with one thread each or two") {
  const PairBench bench("run_pair");
  REQUIRE_MESSAGE(bench.train("one", kPairRun) == 0, bench.log());
  REQUIRE_MESSAGE(bench.train_pair("two", kPairRun) == 0, bench.log());
  CHECK(bench.log().find("two: finished; next: ") != std::string::npos);
  // Ten steps of rate .1; sums in another order differ by 1e-7 each, which ReLUs and moments carry on.
  CHECK(weights_apart(bench.run("one"), bench.run("two")) < 1e-4);
  auto on_threads = kPairRun;
  on_threads.emplace_back("train.threads=2");
  REQUIRE_MESSAGE(bench.train_pair("four", on_threads) == 0, bench.log());
  CHECK(weights_apart(bench.run("one"), bench.run("four")) < 1e-4);
}

TEST_CASE("two ranks that were killed end with the bytes of two that were not") {
  const PairBench bench("run_pair_killed");
  REQUIRE_MESSAGE(bench.train_pair("undisturbed", kPairRun) == 0, bench.log());
  const pid_t process = bench.start_pair("killed", kPairRun);
  REQUIRE(wait_until([&] { return fs::exists(bench.run("killed") / "checkpoint.pt"); }));
  kill(process, SIGKILL);
  CHECK(bench.finish(process) == -SIGKILL);
  // The ranks see that mpirun is gone.
  int status = 1;
  wait_until([&] { return (status = bench.train_pair("killed", kPairRun)) == 0; });
  CHECK_MESSAGE(status == 0, bench.log());
  check_equal_runs(bench.run("undisturbed"), bench.run("killed"));
}

TEST_CASE("what is wrong on all ranks is said once") {
  const PairBench bench("run_pair_wrong");
  CHECK(bench.train_pair("a", {"train.batch=63"}) != 0);
  const std::string line =
      "essl-train (rank 0 of 2): train.batch = 63 cannot be shared evenly: train.accumulate = 1, and 2 ranks\n";
  CHECK_MESSAGE(bench.log().find(line) != std::string::npos, bench.log());
  CHECK(bench.log().find("rank 1 of 2") == std::string::npos);
}
#else
TEST_CASE("two ranks train as one process: skipped, since MPI was not found") { MESSAGE("no MPI: skipped"); }
#endif
