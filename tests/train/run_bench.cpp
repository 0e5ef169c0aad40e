#include "train/run_bench.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <sstream>
#include <thread>

#include "store/features_reader.h"
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

}  // namespace

Bench::Bench(const std::string& name, std::int64_t train, std::int64_t test) : folder_(name) {
  write_synthetic_dataset(folder_.path() / "data", train, test);
  std::string text = kConfig;
  config_ = folder_.write("c.toml", text.replace(text.find("DATA"), 4, (folder_.path() / "data").string()));
}

std::vector<std::string> Bench::command_of(const std::string& name, const std::vector<std::string>& assignments) const {
  std::vector<std::string> words{EQUINFO_BINARY_DIR "/bin/essl-train", config_.string(), "-o", run(name).string()};
  for (const auto& assignment : assignments) words.insert(words.end(), {"--set", assignment});
  return words;
}

int Bench::finish(pid_t process) const {
  int status = 0;
  waitpid(process, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

pid_t Bench::launch(std::vector<std::string> words) const {
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

bool wait_until(const std::function<bool()>& seen) {
  for (int tick = 0; tick < 60000; ++tick) {
    if (seen()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

std::string metrics_without_times(const fs::path& run) {
  std::stringstream file(bytes_of(run / "metrics.csv"));
  std::string text, line;
  while (std::getline(file, line)) {
    line.resize(line.rfind(',', line.rfind(',') - 1));
    text += line + "\n";
  }
  return text;
}

void check_equal_runs(const fs::path& a, const fs::path& b) {
  CHECK(!bytes_of(a / "weights.safetensors").empty());
  CHECK(bytes_of(a / "weights.safetensors") == bytes_of(b / "weights.safetensors"));
  CHECK(metrics_without_times(a) == metrics_without_times(b));
  check_equal_features(a, b);
}
