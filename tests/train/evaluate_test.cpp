// The real program on finished runs and on weights from elsewhere: --evaluate and --dump.

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "core/sha256.h"
#include "store/features_reader.h"
#include "tools/program.h"
#include "train/synthetic.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

const std::string kSettings =
    " --set dataset.path=data train.threads=1 train.device=cpu train.batch=64 train.lr=0.1 head.hidden=16"
    " dump.dtype=float32 encoder.width=4 'encoder.blocks=[1, 1]' ";

/// A folder with a dataset of 12 × 12 images, 640 to learn from and 60 held out, and an empty configuration.
struct Workplace : TemporaryFolder {
  Workplace() {
    write_synthetic_dataset(*this / "data", 640, 60);
    std::ofstream(*this / "c.toml") << "";
  }
  ProgramRun train(const std::string& settings) const {
    return run_program("essl-train", "c.toml -o run" + kSettings + settings, *this);
  }
  ProgramRun call(const std::string& arguments) const { return run_program("essl-train", arguments, *this); }
};

using Table = std::vector<std::vector<std::string>>;

Table table_of(const std::string& text) {
  Table table;
  std::stringstream lines(text);
  for (std::string line, field; std::getline(lines, line);) {
    table.emplace_back();
    std::stringstream fields(line);
    while (std::getline(fields, field, ',')) table.back().push_back(field);
  }
  return table;
}

const std::string kHeader = "run,epoch,task,method,measure,truth,predicted,value,n,settings,seed,version";

Matrix<float> features_of(const std::filesystem::path& path, std::size_t embedding) {
  const FeatureFile file(path);
  return file.read(file.embeddings().at(embedding));
}

void check_equal(const Matrix<float>& a, const Matrix<float>& b) {
  REQUIRE(a.rows() == b.rows());
  REQUIRE(a.cols() == b.cols());
  CHECK(std::equal(a.data(), a.data() + a.rows() * a.cols(), b.data()));
}

/// Rows 0, K, 2K, … of a dump, the untransformed images, against features that torchvision wrote as CSV.
void check_against_csv(const Matrix<float>& features, const std::filesystem::path& path, std::int64_t values) {
  const auto expected = table_of(file_text(path));
  REQUIRE(static_cast<std::int64_t>(expected.size()) * values == features.rows());
  REQUIRE(static_cast<std::int64_t>(expected[0].size()) == features.cols());
  double largest = 0, difference = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    for (std::size_t j = 0; j < expected[i].size(); ++j) {
      const double truth = std::stod(expected[i][j]);
      const auto row = static_cast<std::int64_t>(i) * values, column = static_cast<std::int64_t>(j);
      largest = std::max(largest, std::abs(truth));
      difference = std::max(difference, std::abs(truth - features.data()[row * features.cols() + column]));
    }
  }
  // float32 through 18 layers, the same operations in another memory order: 1e-5 of the largest.
  CHECK(difference < 1e-5 * largest);
}

}  // namespace

TEST_CASE("--evaluate: accuracies agree with the log, confusions with accuracies, rows are appended") {
  const Workplace place;
  REQUIRE(place.train("--set train.epochs=2 encoder.kind=p4_resnet encoder.position_pool=flatten").status == 0);
  const auto first = place.call("--evaluate run");
  CHECK_MESSAGE(first.status == 0, first.error);
  CHECK(contains(first.out, "linear_probe"));
  const auto rows = table_of(file_text(place / "run/evaluation.csv"));
  CHECK(file_text(place / "run/evaluation.csv").starts_with(kHeader + "\n"));
  const auto metrics = table_of(file_text(place / "run/metrics.csv")).back();
  std::map<std::string, double> accuracy, right, shares;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto& row = rows[i];
    REQUIRE(row.size() == 12);
    CHECK(row[0] == "run");
    CHECK(row[1] == "2");
    CHECK(row[10] == "1");
    const auto method = row[2] + " " + row[3];
    const double value = std::stod(row[7]), n = std::stod(row[8]);
    const double images = row[2] == "class" ? 60 : 240;
    if (row[4] == "accuracy") {
      accuracy[method] = value;
      CHECK(n == images);
    } else {
      CHECK(row[4] == "confusion");
      shares[method + row[5]] += value;
      if (row[5] == row[6]) right[method] += value * n / images;
    }
  }
  CHECK(accuracy.size() == 4);
  for (const auto& [method, value] : accuracy) CHECK(right[method] == doctest::Approx(value).epsilon(1e-12));
  for (const auto& [cell, share] : shares) CHECK(share == doctest::Approx(1).epsilon(1e-12));
  // The last columns: held-out accuracies of the transformation and the class, seconds, images a second.
  CHECK(accuracy["transform head"] == std::stod(metrics[metrics.size() - 4]));
  CHECK(accuracy["class online_probe"] == std::stod(metrics[metrics.size() - 3]));
  // Slopes 1, 2 and 3 under noise: a linear map of these features tells them apart far above the chance of 1/3.
  CHECK(accuracy["class linear_probe"] > 0.6);
  CHECK(accuracy["class knn"] > 0.6);

  CHECK(place.call("--evaluate run --csv other.csv").status == 0);
  CHECK(place.call("--evaluate run --csv other.csv").status == 0);
  const auto twice = table_of(file_text(place / "other.csv"));
  REQUIRE(twice.size() == 2 * rows.size() - 1);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    CHECK(twice[i] == rows[i]);
    CHECK(twice[i + rows.size() - 1] == rows[i]);
  }
}

TEST_CASE("--evaluate refuses what is no finished run, and a table that is not its own") {
  const Workplace place;
  auto refused = place.call("--evaluate nowhere");
  CHECK(refused.status == 1);
  CHECK(refused.error == "essl-train: nowhere: is no finished run: there is no config.toml in it\n");
  std::ofstream(place / "table.csv") << "a,b\n";
  refused = place.call("--evaluate nowhere --csv table.csv");
  CHECK(refused.status == 1);
  CHECK(refused.error ==
        "essl-train: table.csv: is not a evaluation.csv of this version: column 1 is 'a', not 'run'\n");
  CHECK(place.call("--csv table.csv").status == 2);
  CHECK(place.call("--evaluate a --dump b").status == 2);
}

TEST_CASE("--dump of a run's own weights gives the features of its last epoch, bit for bit") {
  for (const std::string kind :
       {"encoder.kind=p4_resnet encoder.match=none encoder.group_pool=none encoder.position_pool=flatten",
        "encoder.kind=vit encoder.heads=2 encoder.patch=3 'dataset.mean=[0.4]' 'dataset.std=[0.3]'"}) {
    CAPTURE(kind);
    const Workplace place;
    const auto trained = place.train("--set train.epochs=1 " + kind);
    REQUIRE_MESSAGE(trained.status == 0, trained.error);
    const auto dumped = place.call(
        "--dump run/weights.safetensors -o f.h5 --set dataset.path=data dump.dtype=float32 train.threads=1 "
        "train.device=cpu");
    REQUIRE_MESSAGE(dumped.status == 0, dumped.error);
    const FeatureFile file(place / "f.h5");
    REQUIRE(file.embeddings().size() == 1);
    CHECK(file.embeddings()[0].layer == "encoder");
    CHECK(!file.embeddings()[0].epoch);
    CHECK(file.attributes().at("weights_sha256") == sha256_of_file(place / "run/weights.safetensors"));
    check_equal(file.read(file.embeddings()[0]), features_of(place / "run/features.h5", 1));
    CHECK(file.labels().t == FeatureFile(place / "run/features.h5").labels().t);
  }
}

TEST_CASE("--dump: one line for each thing that can be wrong") {
  const Workplace place;
  REQUIRE(place.train("--set train.epochs=0").status == 0);
  const auto refusal = [&](const std::string& arguments, int status) {
    const auto refused = place.call("--dump " + arguments);
    CHECK(refused.status == status);
    CHECK(!std::filesystem::exists(place / "f.h5"));
    return refused.error;
  };
  const std::string weights = "run/weights.safetensors";
  CHECK(refusal(weights, 2) == "essl-train: -o FILE is missing: the file of features\n");
  CHECK(refusal(weights + " -o f.h5", 2) == "essl-train: --set: dataset.path is missing\n");
  CHECK(refusal(weights + " -o " + weights + " --set dataset.path=data", 2) ==
        "essl-train: --output " + weights + ": is the same file as the input --dump " + weights + "\n");
  CHECK(refusal(weights + " --evaluate run", 2) == "essl-train: --dump excludes --evaluate (see essl-train --help)\n");
  CHECK(refusal("nowhere -o f.h5 --set dataset.path=data", 1) == "essl-train: nowhere: no such file\n");
  CHECK(refusal("c.toml -o f.h5 --set dataset.path=data", 1) ==
        "essl-train: c.toml: is no safetensors file: it does not begin with the length of a header\n");
  CHECK(refusal(weights + " -o f.h5 --set dataset.path=data encoder.width=5", 2) ==
        "essl-train: --set: encoder.width = 5, but these weights are of an encoder with 4\n");
  CHECK(refusal(weights + " -o f.h5 --set dataset.path=data encoder.preset=resnet18", 2)
            .starts_with("essl-train: --set: encoder.preset = \"resnet18\" means encoder.blocks = [2, 2, 2, 2], but "));
  CHECK(refusal(weights + " -o f.h5 --set dataset.path=data dataset.colour=rgb", 1) ==
        "essl-train: run/weights.safetensors: tensor conv1.weight is [4, 1, 3, 3], but this encoder needs "
        "[4, 3, 3, 3]\n");
}

TEST_CASE("torchvision's own network and ours give the same features, in both directions") {
  const Workplace place;
  REQUIRE(run_program("essl-train",
                      "c.toml -o run --set dataset.path=data dataset.colour=rgb train.epochs=0 train.device=cpu "
                      "train.batch=64 train.threads=1 dump.dtype=float32 encoder.preset=resnet10 encoder.stem=7x7",
                      place)
              .status == 0);
  const std::string own_python = EQUINFO_SOURCE_DIR "/.venv/bin/python";
  const char* chosen = std::getenv("EQUINFO_PYTHON");
  const std::string python = chosen != nullptr ? chosen : std::filesystem::exists(own_python) ? own_python : "python3";
  const std::string script = EQUINFO_SOURCE_DIR "/tests/train/torchvision_check.py";
  const auto folder = place.path().string();
  const int status = std::system(
      (python + " '" + script + "' '" + folder + "/data/t10k-images-idx3-ubyte' '" + folder + "' 2>/dev/null").c_str());
  if (WEXITSTATUS(status) == 77) {
    MESSAGE("no torchvision here: skipped (EQUINFO_PYTHON names a Python that has it)");
    return;
  }
  REQUIRE(status == 0);
  check_against_csv(features_of(place / "run/features.h5", 0), place / "run.csv", 4);
  const auto dumped = place.call(
      "--dump resnet18.safetensors -o f.h5 --set dataset.path=data dataset.colour=rgb dump.dtype=float32 "
      "transform.name=hflip train.threads=1 train.device=cpu");
  REQUIRE_MESSAGE(dumped.status == 0, dumped.error);
  check_against_csv(features_of(place / "f.h5", 0), place / "resnet18.csv", 2);
  const auto grey = place.call("--dump resnet18.safetensors -o g.h5 --set dataset.path=data");
  CHECK(grey.status == 2);
  CHECK(grey.error ==
        "essl-train: resnet18.safetensors: this encoder sees images of 3 channels, but data has 1; dataset.colour = "
        "\"rgb\" or \"luma\" changes them\n");
}
