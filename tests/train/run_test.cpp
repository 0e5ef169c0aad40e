// Whole runs of the real program in a process of its own: killed, stopped, continued, refused.

#include <sys/wait.h>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <sstream>
#include <thread>

#include "core/sha256.h"
#include "store/features_reader.h"
#include "train/run_bench.h"
#include "train/synthetic.h"

#include <doctest/doctest.h>

using namespace equinfo;
namespace fs = std::filesystem;

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

TEST_CASE("killed at any time and started again, a run gives the bytes of an undisturbed one, on two threads") {
  const Bench bench("run_killed");
  const std::vector<std::string> threads{"train.threads=2"};
  REQUIRE_MESSAGE(bench.train("undisturbed", threads) == 0, bench.log());
  int kills = 0, status = 1;
  // Each start is killed a little later after its first sign of life, so that kills fall on every kind of moment.
  for (int delay_ms = 0; status != 0 && kills < 40; delay_ms += 20) {
    const auto stamp = [&] {
      std::error_code missing;
      return fs::last_write_time(bench.run("killed") / "checkpoint.pt", missing);
    };
    const auto before = stamp();
    const pid_t process = bench.start("killed", threads);
    int state = 0;
    wait_until([&] { return stamp() != before || waitpid(process, &state, WNOHANG) == process; });
    std::this_thread::sleep_for(std::chrono::milliseconds(delay_ms));
    if (kill(process, SIGKILL) == 0) status = bench.finish(process);
    if (fs::exists(bench.run("killed") / "weights.safetensors")) break;
    ++kills;
  }
  CHECK(kills >= 3);
  CHECK(bench.train("killed", threads) == 0);
  check_equal_runs(bench.run("undisturbed"), bench.run("killed"));
}

TEST_CASE("TensorBoard's events: an epoch each, also of a run that was killed, or is finished") {
  const Bench bench("run_events");
  const auto with_events = [&](const std::string& name) {
    auto words = bench.command_of(name, {"train.epochs=2"});
    words.emplace_back("--tensorboard");
    return bench.launch(words);
  };
  const auto events = bench.run("a") / "events.out.tfevents.equinfo";
  const auto count = [&] {
    const auto bytes = bytes_of(events);
    int found = 0;
    for (auto at = bytes.find("probe_accuracy"); at != std::string::npos; at = bytes.find("probe_accuracy", at + 1)) {
      ++found;
    }
    return found;
  };
  const pid_t process = with_events("a");
  REQUIRE(wait_until([&] { return fs::exists(events) && fs::exists(bench.run("a") / "checkpoint.pt"); }));
  kill(process, SIGKILL);
  bench.finish(process);
  CHECK(bench.train("a", {"train.epochs=2"}) == 0);  // keeps up what is there
  CHECK(count() == 3);
  const auto whole = bytes_of(events);
  fs::remove(events);
  CHECK(bench.train("a", {"train.epochs=2"}) == 0);
  CHECK(!fs::exists(events));
  CHECK(bench.finish(with_events("a")) == 0);
  CHECK(bytes_of(events) == whole);
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
