// Whole runs of the real program in a process of its own: killed, stopped, continued, refused.

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <functional>
#include <sstream>
#include <thread>

#include <fmt/format.h>

#include "core/sha256.h"
#include "store/features_reader.h"
#include "train/scratch.h"
#include "train/synthetic.h"

#include <doctest/doctest.h>

using namespace equinfo;
namespace fs = std::filesystem;

namespace {

const std::string kConfig = R"([dataset]
path = "DATA"
[augment]
name = "crop_flip"
padding = 1
[encoder]
width = 4
blocks = [1, 1]
[head]
hidden = 16
[train]
epochs = 3
batch = 64
lr = 0.1
threads = 1
device = "cpu"
[dump]
epochs = "all"
layers = ["layer1", "encoder"]
dtype = "float32"
[checkpoint]
every_steps = 3
)";

/// A dataset, a configuration for it, and runs of essl-train on them.
class Bench {
 public:
  explicit Bench(const std::string& name, std::int64_t train = 640, std::int64_t test = 60) : folder_(name) {
    write_synthetic_dataset(folder_.path() / "data", train, test);
    std::string text = kConfig;
    config_ = folder_.write("c.toml", text.replace(text.find("DATA"), 4, (folder_.path() / "data").string()));
  }

  fs::path run(const std::string& name) const { return folder_.path() / name; }
  const ScratchFolder& folder() const { return folder_; }

  pid_t start(const std::string& name, const std::vector<std::string>& assignments = {}) const {
    return launch(command_of(name, assignments));
  }

  std::vector<std::string> command_of(const std::string& name, const std::vector<std::string>& assignments) const {
    std::vector<std::string> words{EQUINFO_BINARY_DIR "/bin/essl-train", config_.string(), "-o", run(name).string()};
    for (const auto& assignment : assignments) words.insert(words.end(), {"--set", assignment});
    return words;
  }

  /// Exit status, or minus the signal that ended it.
  int finish(pid_t process) const {
    int status = 0;
    waitpid(process, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  int train(const std::string& name, const std::vector<std::string>& assignments = {}) const {
    return finish(start(name, assignments));
  }

  pid_t launch(std::vector<std::string> words) const {
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const auto log = (folder_.path() / "log").string();
    fs::remove(log);  // a process that still writes keeps its own
    const pid_t process = fork();
    if (process != 0) return process;
    const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    if (file_limit_ > 0) {
      // A write beyond the limit then fails with EFBIG, in the places where it would with ENOSPC on a full disk.
      const rlimit limit{file_limit_, file_limit_};
      setrlimit(RLIMIT_FSIZE, &limit);
      std::signal(SIGXFSZ, SIG_IGN);
    }
    execv(arguments[0], arguments.data());
    _exit(127);
  }

  /// Largest file that programs launched from now on can write, in bytes; 0 = any.
  void limit_files(rlim_t bytes) { file_limit_ = bytes; }

  /// What the last process said.
  std::string log() const { return bytes_of(folder_.path() / "log"); }

 private:
  ScratchFolder folder_;
  fs::path config_;
  rlim_t file_limit_ = 0;
};

/// Waits until `seen()`, at most a minute.
bool wait_until(const std::function<bool()>& seen) {
  for (int tick = 0; tick < 60000; ++tick) {
    if (seen()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

/// metrics.csv without its two columns of times.
std::string metrics_without_times(const fs::path& run) {
  std::stringstream file(bytes_of(run / "metrics.csv"));
  std::string text, line;
  while (std::getline(file, line)) {
    line.resize(line.rfind(',', line.rfind(',') - 1));
    text += line + "\n";
  }
  return text;
}

void check_equal_features(const fs::path& a, const fs::path& b) {
  const FeatureFile first(a / "features.h5", {}, Pooling::kRefuse), second(b / "features.h5", {}, Pooling::kRefuse);
  REQUIRE(first.embeddings().size() == second.embeddings().size());
  CHECK(first.labels().y == second.labels().y);
  CHECK(first.labels().t == second.labels().t);
  CHECK(first.labels().source == second.labels().source);
  for (std::size_t i = 0; i < first.embeddings().size(); ++i) {
    const auto p = first.read(first.embeddings()[i]), q = second.read(second.embeddings()[i]);
    REQUIRE(p.rows() * p.cols() == q.rows() * q.cols());
    CHECK(std::equal(p.data(), p.data() + p.rows() * p.cols(), q.data()));
  }
  for (const std::string name : {"weights_sha256", "config_sha256", "dataset_sha256"}) {
    CHECK(first.attributes().at(name) == second.attributes().at(name));
  }
}

void check_equal_runs(const fs::path& a, const fs::path& b) {
  CHECK(!bytes_of(a / "weights.safetensors").empty());
  CHECK(bytes_of(a / "weights.safetensors") == bytes_of(b / "weights.safetensors"));
  CHECK(metrics_without_times(a) == metrics_without_times(b));
  check_equal_features(a, b);
}

}  // namespace

TEST_CASE("a run leaves what it promises, learns, and is not done twice") {
  const Bench bench("run_whole", 3200);
  REQUIRE_MESSAGE(bench.train("a") == 0, bench.log());
  const auto run = bench.run("a");
  CHECK(bytes_of(run / "config.toml").find("every_steps = 3") != std::string::npos);
  const FeatureFile features(run / "features.h5", {}, Pooling::kRefuse);
  REQUIRE(features.embeddings().size() == 8);
  CHECK(features.embeddings().front().epoch == 0);
  CHECK(features.embeddings().back().epoch == 3);
  CHECK(features.embeddings().back().rows == 240);
  for (std::int64_t row = 0; row < 240; ++row) {
    const auto i = static_cast<std::size_t>(row);
    CHECK(features.labels().t[i] == row % 4);
    CHECK(features.labels().source->at(i) == row / 4);
    CHECK(features.labels().y[i] == row / 4 % 3);
  }
  const auto& attributes = features.attributes();
  CHECK(attributes.at("transform") == "rotation4");
  CHECK(attributes.at("transform_names") == R"(["0","90","180","270"])");
  CHECK(attributes.at("class_names") == R"(["0","1","2"])");
  CHECK(attributes.at("split") == "test");
  CHECK(attributes.at("device") == "cpu");
  CHECK(attributes.at("dtype") == "float32");
  CHECK(attributes.at("finished") == "1");
  CHECK(attributes.at("config_sha256") == sha256_of_text(attributes.at("config")));
  const FeatureFile last(run / "features/epoch_0003.h5", {}, Pooling::kRefuse);
  CHECK(last.attributes().at("weights_sha256") == sha256_of_file(run / "weights.safetensors"));
  // Held-out accuracy in the last row: the slope shows the way up almost always, chance is .25.
  std::stringstream csv(metrics_without_times(run));
  std::string line, field;
  while (std::getline(csv, line)) field = line;
  CHECK(std::stod(field.substr(field.rfind(',', field.rfind(',') - 1) + 1)) > 0.8);

  const auto written = fs::last_write_time(run / "metrics.csv");
  CHECK(bench.train("a") == 0);
  CHECK(bench.log() == run.string() + ": this run is finished; next: mi-estimate " + run.string() + "/features.h5\n");
  CHECK(fs::last_write_time(run / "metrics.csv") == written);
}

TEST_CASE("killed at any time and started again, a run gives the bytes of an undisturbed one") {
  const Bench bench("run_killed");
  REQUIRE_MESSAGE(bench.train("undisturbed") == 0, bench.log());
  int kills = 0, status = 1;
  // Each start is killed a little later after its first sign of life, so that kills fall on every kind of moment.
  for (int delay_ms = 0; status != 0 && kills < 40; delay_ms += 20) {
    const auto stamp = [&] {
      std::error_code missing;
      return fs::last_write_time(bench.run("killed") / "checkpoint.pt", missing);
    };
    const auto before = stamp();
    const pid_t process = bench.start("killed");
    int state = 0;
    wait_until([&] { return stamp() != before || waitpid(process, &state, WNOHANG) == process; });
    std::this_thread::sleep_for(std::chrono::milliseconds(delay_ms));
    if (kill(process, SIGKILL) == 0) status = bench.finish(process);
    if (fs::exists(bench.run("killed") / "weights.safetensors")) break;
    ++kills;
  }
  CHECK(kills >= 3);
  CHECK(bench.train("killed") == 0);
  check_equal_runs(bench.run("undisturbed"), bench.run("killed"));
}

TEST_CASE("killed during a dump, only the shard in flight is lost") {
  const Bench bench("run_dump", 640, 3000);
  const auto partial = bench.run("a") / "features/epoch_0001.h5.partial";
  const std::vector<std::string> shorter{"train.epochs=1"};
  const pid_t process = bench.start("a", shorter);
  REQUIRE(wait_until([&] { return fs::exists(partial); }));
  kill(process, SIGKILL);
  CHECK(bench.finish(process) == -SIGKILL);
  REQUIRE(fs::exists(partial));
  CHECK(!fs::exists(bench.run("a") / "features/epoch_0001.h5"));
  const FeatureFile index(bench.run("a") / "features.h5", {}, Pooling::kRefuse);
  CHECK(index.embeddings().size() == 2);
  CHECK(index.attributes().at("finished") == "0");
  CHECK(index.read(index.embeddings()[1]).rows() == 12000);

  REQUIRE_MESSAGE(bench.train("a", shorter) == 0, bench.log());
  CHECK(bench.log().find("goes on after epoch 0, step 9 of 10") != std::string::npos);
  CHECK(!fs::exists(partial));
  REQUIRE(bench.train("undisturbed", shorter) == 0);
  check_equal_runs(bench.run("undisturbed"), bench.run("a"));
}

TEST_CASE("told to stop, a run saves its state within the epoch and goes on from there") {
  const Bench bench("run_stopped");
  const std::vector<std::string> longer{"train.epochs=20", "dump.epochs=[0, -1]", "checkpoint.every_steps=0"};
  const pid_t process = bench.start("a", longer);
  REQUIRE(wait_until([&] { return fs::exists(bench.run("a") / "checkpoint.pt"); }));
  kill(process, SIGTERM);
  CHECK(bench.finish(process) == 128 + SIGTERM);
  CHECK(bench.log().find("stopped and saved; the same command goes on from here\n") != std::string::npos);
  REQUIRE(bench.train("a", longer) == 0);
  REQUIRE(bench.train("undisturbed", longer) == 0);
  check_equal_runs(bench.run("undisturbed"), bench.run("a"));
}

TEST_CASE("another configuration, another dataset and a second process are refused") {
  const Bench bench("run_refused");
  const std::vector<std::string> longer{"train.epochs=100000"};
  const pid_t process = bench.start("a", longer);
  REQUIRE(wait_until([&] { return fs::exists(bench.run("a") / "checkpoint.pt"); }));
  const auto run = bench.run("a").string();
  CHECK(bench.train("a", longer) == 1);
  CHECK(bench.log() == "essl-train: " + run + ": another process is training in this folder\n");
  kill(process, SIGKILL);
  bench.finish(process);
  CHECK(bench.train("a", {"train.epochs=100000", "train.lr=0.2"}) == 2);
  CHECK(bench.log() == "essl-train: " + run +
                           ": this run was started with train.lr = 0.1, not 0.2; choose another folder or the same "
                           "configuration\n");
  write_synthetic_dataset(bench.run("data"), 641, 60);
  CHECK(bench.train("a", longer) == 1);
  CHECK(bench.log().find("the dataset has changed since this run was started (sha256 ") != std::string::npos);
}

TEST_CASE("a start that failed leaves the folder free for a corrected configuration") {
  const Bench bench("run_corrected");
  CHECK(bench.train("a", {"dataset.path=/none", "train.epochs=1"}) == 1);
  CHECK(bench.train("a", {"train.batch=100000", "train.epochs=1"}) != 0);
  REQUIRE_MESSAGE(bench.train("a", {"train.epochs=1"}) == 0, bench.log());
  CHECK(bench.train("a", {"train.epochs=2"}) == 2);
  CHECK(bench.log().find("this run was started with train.epochs = 1, not 2") != std::string::npos);
}

TEST_CASE("a loss that is no number ends the run and names the checkpoint to go back to") {
  const Bench bench("run_nan");
  CHECK(bench.train("a", {"train.lr=1000", "train.momentum=0.99", "train.weight_decay=1", "train.epochs=50"}) == 1);
  CHECK(bench.log().find("the loss is ") != std::string::npos);
  CHECK(bench.log().find(", learning rate ") != std::string::npos);
  CHECK(bench.log().find("; the last good checkpoint is " + (bench.run("a") / "checkpoint.pt").string()) !=
        std::string::npos);
}

TEST_CASE("a disk that is full ends a run in one line, and what was there before stays good") {
  Bench bench("run_full", 640, 600);
  const std::vector<std::string> wide{"head.hidden=4096", "train.epochs=2"};
  REQUIRE_MESSAGE(bench.train("undisturbed", wide) == 0, bench.log());
  const auto shard = fs::file_size(bench.run("undisturbed") / "features/epoch_0001.h5");
  const auto checkpoint = fs::file_size(bench.run("undisturbed") / "checkpoint.pt");
  REQUIRE(shard < checkpoint / 2);
  const auto run = bench.run("a");

  bench.limit_files(shard - 1000);
  CHECK(bench.train("a", wide) == 1);
  CHECK(bench.log() == "essl-train: " + (run / "features/epoch_0000.h5.partial").string() +
                           ": /z/encoder: HDF5: cannot be written: File too large\n");
  CHECK(fs::is_empty(run / "features"));

  // Before the first step there is no momentum, so the checkpoint is half as large as later.
  bench.limit_files(checkpoint * 3 / 4);
  CHECK(bench.train("a", wide) == 1);
  CHECK(bench.log().find("essl-train: " + (run / "checkpoint.pt").string() + ": cannot be written: File too large\n") !=
        std::string::npos);
  CHECK(fs::exists(run / "features/epoch_0000.h5"));
  bench.limit_files(0);
  REQUIRE_MESSAGE(bench.train("a", wide) == 0, bench.log());
  CHECK(bench.log().find("goes on after epoch 0, step 0 of 10") != std::string::npos);
  check_equal_runs(bench.run("undisturbed"), run);
}

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

TEST_CASE("a chosen subset of the held-out images is dumped, evenly of all classes") {
  const Bench bench("run_subset");
  REQUIRE(bench.train("a", {"train.epochs=0", "dump.limit=12", "dump.dtype=float16", "transform.name=hflip"}) == 0);
  const FeatureFile features(bench.run("a") / "features.h5", {}, Pooling::kRefuse);
  const auto& labels = features.labels();
  REQUIRE(labels.y.size() == 24);
  CHECK(std::count(labels.y.begin(), labels.y.end(), 0) == 8);
  CHECK(std::is_sorted(labels.source->begin(), labels.source->end()));
  for (std::size_t i = 0; i < 24; ++i) CHECK(labels.y[i] == labels.source->at(i) % 3);
}

TEST_CASE("the sheet of all transformations is a picture of the dataset's images") {
  const Bench bench("run_sheet");
  const std::string program = EQUINFO_BINARY_DIR "/bin/essl-train",
                    config = (bench.folder().path() / "c.toml").string();
  const auto sheet = bench.run("sheet.png");
  REQUIRE_MESSAGE(bench.finish(bench.launch({program, config, "--show-transforms", sheet.string()})) == 0, bench.log());
  const auto bytes = bytes_of(sheet);
  REQUIRE(bytes.size() > 10000);
  CHECK(bytes.substr(1, 3) == "PNG");
  const auto big_endian = [&](std::size_t at) {
    return (static_cast<unsigned char>(bytes[at + 2]) << 8) + static_cast<unsigned char>(bytes[at + 3]);
  };
  // 12 pixels are drawn 7 times as large: names, nine columns of 84 + 14, the margin.
  CHECK(big_endian(16) == 230 + 9 * 98 + 12);
  CHECK(bench.finish(bench.launch({program, config, "--show-transforms", "sheet.jpg"})) == 2);
  CHECK(bench.log() == "essl-train: sheet.jpg: --show-transforms writes a .png\n");
}

TEST_CASE("usage: help, version, missing arguments, a dataset that is not there") {
  const Bench bench("run_usage");
  const std::string program = EQUINFO_BINARY_DIR "/bin/essl-train";
  CHECK(bench.finish(bench.launch({program, "--help"})) == 0);
  CHECK(bench.log().find("train.epochs = 200\n") != std::string::npos);
  CHECK(bench.log().find("Examples:\n") != std::string::npos);
  CHECK(bench.finish(bench.launch({program, "--version"})) == 0);
  CHECK(bench.log().starts_with("essl-train "));
  CHECK(bench.finish(bench.launch({program, "--print-config"})) == 0);
  CHECK(bench.log().find("[train]\n# passes over the training images: an integer") != std::string::npos);
  CHECK(bench.finish(bench.launch({program})) == 2);
  CHECK(bench.log() == "essl-train: CONFIG.toml is missing; essl-train --help shows examples\n");
  CHECK(bench.finish(bench.launch({program, bench.run("c.toml").string()})) == 2);
  CHECK(bench.log() == "essl-train: -o RUN is missing: the folder of the run\n");
  CHECK(bench.finish(bench.launch({program, "--sett", "a=1"})) == 2);
  CHECK(bench.train("a", {"dataset.path=/nonexistent"}) == 1);
  CHECK(bench.log() == "essl-train: /nonexistent: no such file or folder\n");
}
