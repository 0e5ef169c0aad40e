// Every configuration of analysis/studies trains, on a few images in the layout it names; every kind of encoder and
// every objective ends with the same weights after kill -9.

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "encoder/encoder_options.h"
#include "train/run.h"
#include "train/scratch.h"
#include "train/study_datasets.h"
#include "train/study_files.h"
#include "train/synthetic.h"

#include <doctest/doctest.h>

using namespace equinfo;
using namespace equinfo::testing;
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> kSmall{"encoder.width=4", "head.hidden=8",    "train.epochs=1",  "train.batch=8",
                                      "train.threads=1", "train.device=cpu", "dump.epochs=[-1]"};

/// Trains one step of a configuration of a study, with a narrow network.
void check_trains(TrainConfig config, const StudyDatasets& datasets, const fs::path& folder) {
  // In LibTorch 2.13 the gradient of a 1 × 1 convolution of stride 2 from 4 or 8 channels overruns its memory on images
  // of 64 × 64.
  if (config.dataset.path.ends_with("tiny-imagenet-200")) config.encoder.width = 16;
  config.dataset.path = datasets.in_place_of(config.dataset.path).string();
  CHECK(run_training(config, folder, [] { return false; }) == RunOutcome::kFinished);
  for (const char* file : {"weights.safetensors", "features.h5", "checkpoint.pt"}) CHECK(fs::exists(folder / file));
  std::stringstream metrics(bytes_of(folder / "metrics.csv"));
  std::string line;
  std::getline(metrics, line);
  CHECK(std::getline(metrics, line));
  CHECK(line.starts_with("0,"));
  CHECK(std::getline(metrics, line));
  CHECK(line.starts_with("1,"));
  fs::remove_all(folder);
}

/// All runs of the studies whose name begins so, each configuration once.
void check_studies(const std::string& beginning) {
  const ScratchFolder scratch("studies_" + beginning);
  const StudyDatasets datasets(scratch.path() / "data");
  std::set<std::string> seen;
  for (const auto& file : study_files(".study.toml")) {
    if (!file.filename().string().starts_with(beginning)) continue;
    const auto study = study_of(file);
    for (const auto& entry : study.runs) {
      const auto& run = *entry.as_table();
      CAPTURE(file.filename().string());
      CAPTURE(run["name"].value_or(std::string()));
      const auto config = configuration(study, run, kSmall);
      if (!seen.insert(config_as_toml(config, false)).second) continue;  // such as a quick study's
      check_trains(config, datasets, scratch.path() / "run");
    }
  }
  CHECK(seen.size() >= 15);
}

/// Trains in a process of its own, which ends itself by SIGKILL behind its third step if it is told to. The exit
/// status, or minus the signal.
int train_apart(const TrainConfig& config, const fs::path& folder, bool killed) {
  const pid_t process = fork();
  if (process == 0) {
    if (std::freopen((folder.string() + ".log").c_str(), "w", stderr) == nullptr) _exit(3);
    int steps = 0;
    try {
      run_training(config, folder, [&] { return killed && ++steps == 3 && std::raise(SIGKILL) == 0; });
    } catch (const std::exception& error) {
      fmt::print(stderr, "{}\n", error.what());
      std::fflush(stderr);
      _exit(1);
    }
    std::fflush(stderr);
    _exit(0);
  }
  int status = 0;
  waitpid(process, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

const std::vector<std::string> kObjectives{"transformation", "supervised", "ntxent", "hybrid", "care", "random"};

/// Each objective with this kind of encoder: killed between two checkpoints, and started again.
void check_killed(const std::string& kind, const std::vector<std::string>& further) {
  const ScratchFolder scratch("killed_" + kind);
  write_synthetic_dataset(scratch.path() / "data", 32, 6);
  for (const auto& objective : kObjectives) {
    CAPTURE(objective);
    std::vector<std::string> assignments{"dataset.path='" + (scratch.path() / "data").string() + "'",
                                         "objective.name=" + objective,
                                         "encoder.kind=" + kind,
                                         "encoder.blocks=[1, 1]",
                                         "encoder.dropout=0.2",
                                         "augment.name=crop_flip",
                                         "augment.padding=1",
                                         "checkpoint.every_steps=2",
                                         "train.lr=0.1"};
    assignments.insert(assignments.end(), kSmall.begin(), kSmall.end());
    assignments.insert(assignments.end(), further.begin(), further.end());
    const auto config = read_config({}, assignments);
    const auto whole = scratch.path() / (objective + "_whole"), broken = scratch.path() / (objective + "_broken");
    REQUIRE_MESSAGE(train_apart(config, whole, false) == 0, bytes_of(whole.string() + ".log"));
    CHECK(train_apart(config, broken, true) == -SIGKILL);
    CHECK(!fs::exists(broken / "weights.safetensors"));
    REQUIRE_MESSAGE(train_apart(config, broken, false) == 0, bytes_of(broken.string() + ".log"));
    CHECK(bytes_of(broken.string() + ".log").find("goes on after epoch 0, step 2 of 4") != std::string::npos);
    CHECK(!bytes_of(whole / "weights.safetensors").empty());
    CHECK(bytes_of(whole / "weights.safetensors") == bytes_of(broken / "weights.safetensors"));
  }
}

}  // namespace

TEST_CASE("every single configuration of analysis/studies trains") {
  const ScratchFolder scratch("configurations");
  const StudyDatasets datasets(scratch.path() / "data");
  for (const auto& file : study_files(".toml", ".study.toml")) {
    CAPTURE(file.string());
    check_trains(read_config(file, kSmall), datasets, scratch.path() / "run");
  }
}

TEST_CASE("every run of the studies of seven transformations trains") { check_studies("seven-transforms"); }
TEST_CASE("every run of the studies of class information trains") { check_studies("class-information"); }
TEST_CASE("every run of the studies of networks trains") { check_studies("networks"); }
TEST_CASE("every run of the studies of objectives trains") { check_studies("objectives"); }

TEST_CASE("no study is left out of the cases above") {
  for (const auto& file : study_files(".study.toml")) {
    const auto name = file.filename().string();
    CHECK_MESSAGE((name.starts_with("seven-transforms") || name.starts_with("class-information") ||
                   name.starts_with("networks") || name.starts_with("objectives")),
                  name);
  }
}

TEST_CASE("killed and started again, each objective gives equal weights: resnet") { check_killed("resnet", {}); }
TEST_CASE("killed and started again, each objective gives equal weights: p4_resnet") { check_killed("p4_resnet", {}); }
TEST_CASE("killed and started again, each objective gives equal weights: p4m_resnet") {
  check_killed("p4m_resnet", {});
}
TEST_CASE("killed and started again, each objective gives equal weights: vit") {
  check_killed("vit", {"encoder.heads=2", "encoder.patch=4", "encoder.dropout=0", "encoder.blocks=[1, 1]"});
}
