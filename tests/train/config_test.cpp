#include "train/config.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "train/config_keys.h"
#include "train/metrics.h"
#include "train/scratch.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

const std::string kLeast = "[dataset]\npath = \"images\"\n";

TrainConfig parse(const std::string& text, const std::vector<std::string>& assignments = {}) {
  const ScratchFolder folder("config");
  return read_config(folder.write("c.toml", text), assignments);
}

/// The message of a refused configuration, from the file's name on.
std::string refusal(const std::string& text, const std::vector<std::string>& assignments = {}) {
  try {
    parse(text, assignments);
  } catch (const std::invalid_argument& error) {
    const std::string message = error.what();
    const auto file = message.find("c.toml");
    return file == std::string::npos ? message : message.substr(file);
  }
  return "accepted";
}

}  // namespace

TEST_CASE("what is not given keeps its default, --set wins over the file") {
  const auto config = parse(kLeast + "[train]\nepochs = 7\nlr = 1\n", {"train.epochs=9", "transform.name=hflip"});
  CHECK(config.dataset.path == "images");
  CHECK(config.train.epochs == 9);
  CHECK(config.train.lr == 1.0);
  CHECK(config.transform == "hflip");
  CHECK(config.encoder.blocks == std::vector<std::int64_t>{2, 2, 2, 2});
}

TEST_CASE("--set takes TOML values, and texts without their quotes") {
  const auto config = parse(kLeast, {"dataset.path=/data/a b.tar.gz", "encoder.blocks=[1, 2]", "train.nesterov=false",
                                     "train.lr=1e-2", "dump.epochs=all", "dump.layers=[\"stem\", \"encoder\"]"});
  CHECK(config.dataset.path == "/data/a b.tar.gz");
  CHECK(config.encoder.blocks == std::vector<std::int64_t>{1, 2});
  CHECK(!config.train.nesterov);
  CHECK(config.train.lr == 0.01);
  CHECK(config.dump.epochs.all);
  CHECK(config.dump.layers.size() == 2);
}

TEST_CASE("a preset comes before the other keys of the encoder, wherever it stands") {
  const auto config = parse(kLeast + "[encoder]\nwidth = 24\n", {"encoder.preset=small"});
  CHECK(config.encoder.width == 24);
  CHECK(config.encoder.blocks == std::vector<std::int64_t>{1, 1, 1});
}

TEST_CASE("chosen epochs count from either end") {
  const EpochChoice choice{false, {0, 3, -1}};
  for (const auto& [epoch, chosen] : {std::pair{0, true}, {1, false}, {3, true}, {9, false}, {10, true}}) {
    CHECK(choice.contains(epoch, 10) == chosen);
  }
  CHECK(parse(kLeast, {"dump.epochs=last"}).dump.epochs.list == std::vector<std::int64_t>{-1});
  CHECK(EpochChoice{true, {}}.contains(5, 10));
}

TEST_CASE("what --print-config prints is read back as the same configuration") {
  auto config = parse(kLeast, {"encoder.preset=small", "train.lr=0.05", "dump.epochs=all", "dataset.mean=[0.5]",
                               "dataset.std=[0.25]", "train.milestones=[1, 2]"});
  config.dataset.path = "a \"quoted\"\npath\\";
  for (const bool documented : {true, false}) {
    CHECK(!first_difference(parse(config_as_toml(config, documented)), config));
  }
  const auto json = nlohmann::json::parse(config_as_json(config));
  CHECK(json["train"]["lr"] == 0.05);
  CHECK(json["dataset"]["path"] == config.dataset.path);
  CHECK(json["dump"]["epochs"] == "all");
}

TEST_CASE("every key is documented, printed and listed, and its default is in range") {
  TrainConfig defaults;
  const std::string printed = config_as_toml(defaults, true), listed = config_key_list();
  for (const auto& key : config_keys()) {
    CAPTURE(key.name);
    CHECK(!key.doc.empty());
    CHECK(!key.range.empty());
    CHECK(printed.find("# " + key.doc) != std::string::npos);
    CHECK(listed.find(key.name + " = " + key.get(defaults)) != std::string::npos);
  }
  defaults.dataset.path = "images";
  CHECK(!first_difference(parse(config_as_toml(defaults, true)), defaults));
}

TEST_CASE("the first difference is named with both values") {
  TrainConfig first, second;
  CHECK(!first_difference(first, second));
  second.train.lr = 0.5;
  const auto difference = first_difference(first, second);
  REQUIRE(difference);
  CHECK(difference->key == "train.lr");
  CHECK(difference->first == "0.36");
  CHECK(difference->second == "0.5");
}

TEST_CASE("one message for each thing that can be wrong with a configuration") {
  CHECK(refusal(kLeast + "[train]\nepohcs = 3\n") ==
        "c.toml:4: unknown key train.epohcs; the nearest known one is train.epochs");
  CHECK(refusal(kLeast + "[trian]\nlr = 3\n") == "c.toml:4: unknown key trian.lr; the nearest known one is train.lr");
  CHECK(refusal(kLeast, {"train.epoch=3"}) == "--set: unknown key train.epoch; the nearest known one is train.epochs");
  CHECK(refusal(kLeast, {"train.epochs"}) == "--set train.epochs: must be key=value, such as train.epochs=3");
  CHECK(refusal(kLeast + "[train]\nepochs = \"three\"\n") ==
        "c.toml:4: train.epochs = 'three', but it must be an integer in 0 … 1000000");
  CHECK(refusal(kLeast + "[train]\nepochs = 2.5\n") ==
        "c.toml:4: train.epochs = 2.5, but it must be an integer in 0 … 1000000");
  CHECK(refusal(kLeast, {"train.batch=1"}) == "--set: train.batch = 1, but it must be an integer in 2 … 1000000");
  CHECK(refusal(kLeast, {"train.lr=-0.1"}) == "--set: train.lr = -0.1, but it must be a number > 0 and ≤ 1000");
  CHECK(refusal(kLeast, {"train.lr=nan"}) == "--set: train.lr = nan, but it must be a number > 0 and ≤ 1000");
  CHECK(refusal(kLeast, {"train.nesterov=1"}) == "--set: train.nesterov = 1, but it must be true or false");
  CHECK(refusal(kLeast, {"dataset.path=7"}) == "--set: dataset.path = 7, but it must be a text");
  CHECK(refusal(kLeast, {"transform.name=spin"}) ==
        "--set: transform: \"spin\" is unknown; the nearest known one is \"hflip\"");
  CHECK(refusal(kLeast, {"encoder.blocks=[]"}) ==
        "--set: encoder.blocks = [], but it must be a list of 1 to 6 values, each an integer in 1 … 100");
  CHECK(refusal(kLeast, {"dump.epochs=first"}) ==
        "--set: dump.epochs = 'first', but it must be \"all\", \"last\", or a list of integers");
}

TEST_CASE("one message for each contradiction") {
  CHECK(refusal("") == "c.toml: dataset.path is missing");
  CHECK(refusal(kLeast, {"dataset.mean=[0.5]"}) == "--set: numbers in dataset.mean: 1, but in dataset.std: 0");
  CHECK(refusal(kLeast, {"train.momentum=0"}) == "--set: train.nesterov needs train.momentum > 0");
  CHECK(refusal(kLeast, {"train.schedule=step"}) ==
        "--set: train.schedule = \"step\" needs train.milestones, such as [60, 120, 160]");
  CHECK(refusal(kLeast, {"train.milestones=[3, 2]"}) == "--set: train.milestones must ascend");
  CHECK(refusal(kLeast, {"encoder.preset=small", "dump.layers=[\"layer4\"]"}) ==
        "--set: dump.layers names \"layer4\", but this encoder's layers are stem, layer1, layer2, layer3, encoder");
  CHECK(refusal(kLeast, {"dump.layers=[\"stem\", \"stem\"]"}) == "--set: dump.layers names \"stem\" twice");
  CHECK(refusal(kLeast, {"train.epochs=3", "dump.epochs=[4]"}) == "--set: dump.epochs names 4, but epochs are 0 … 3");
}

TEST_CASE("a contradiction is blamed on --set if that set one of its keys, else on the file") {
  const std::string file = kLeast + "[train]\nmomentum = 0.0\n";
  CHECK(refusal(file) == "c.toml: train.nesterov needs train.momentum > 0");
  CHECK(refusal(file, {"train.lr=0.5"}) == "c.toml: train.nesterov needs train.momentum > 0");
  CHECK(refusal(file, {"train.nesterov=true"}) == "--set: train.nesterov needs train.momentum > 0");
}

TEST_CASE("settings that weights tell of their encoder may be repeated, not contradicted") {
  const std::vector<std::string> known{"encoder.kind=\"resnet\"", "encoder.width=64", "encoder.blocks=[2, 2, 2, 2]",
                                       "encoder.stem=\"7x7\"", "encoder.position_pool=\"mean\""};
  const auto read = [&](std::vector<std::string> assignments) {
    assignments.emplace_back("dataset.path=x");
    return read_config({}, assignments, known).encoder;
  };
  const auto refused = [&](std::vector<std::string> assignments) -> std::string {
    try {
      read(std::move(assignments));
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "accepted";
  };
  CHECK(read({}).stem == "7x7");
  CHECK(read({"encoder.width=64", "encoder.stem=7x7", "encoder.preset=resnet18"}).stem == "7x7");
  CHECK(read({"encoder.position_pool=flatten"}).position_pool == "flatten");  // how it is used, not what it is
  CHECK(refused({"encoder.width=32"}) == "--set: encoder.width = 32, but these weights are of an encoder with 64");
  CHECK(refused({"encoder.preset=resnet34"}) ==
        "--set: encoder.preset = \"resnet34\" means encoder.blocks = [3, 4, 6, 3], but these weights are of an encoder "
        "with [2, 2, 2, 2]");
  CHECK(refused({"encoder.preset=resnet18"}) ==
        "--set: encoder.preset = \"resnet18\" means encoder.stem = \"3x3\", but these weights are of an encoder with "
        "\"7x7\"");
  CHECK(refused({"encoder.preset=p4_resnet18"}) ==
        "--set: encoder.preset = \"p4_resnet18\" means encoder.kind = \"p4_resnet\", but these weights are of an "
        "encoder with \"resnet\"");
}

TEST_CASE("one message for each thing that an objective cannot have") {
  CHECK(refusal(kLeast, {"objective.name=simclr"}) ==
        "--set: objective.name = 'simclr', but it must be one of \"transformation\", \"supervised\", \"ntxent\", "
        "\"hybrid\", \"care\", \"random\"");
  CHECK(refusal(kLeast, {"objective.temperature=0"}) ==
        "--set: objective.temperature = 0, but it must be a number > 0 and ≤ 100");
  CHECK(refusal(kLeast, {"objective.temperature=0.1"}) ==
        "--set: objective.temperature = 0.1, but objective.name = \"transformation\" has no use for it");
  CHECK(refusal(kLeast, {"objective.name=ntxent", "augment.name=simclr", "objective.add_class=0.5"}) ==
        "--set: objective.add_class = 0.5, but objective.name = \"ntxent\" has no use for it");
  CHECK(refusal(kLeast, {"objective.add_class=0.5", "objective.eliminate_class=9"}) ==
        "--set: objective.add_class = 0.5 and objective.eliminate_class = 9 contradict each other");
  CHECK(refusal(kLeast, {"objective.class_hidden=64"}) ==
        "--set: objective.class_hidden = 64, but there is no class head without objective.add_class or "
        "eliminate_class");
  CHECK(refusal(kLeast, {"objective.name=ntxent", "augment.name=identity_crop"}) ==
        "--set: objective.name = \"ntxent\" compares several augmentations of an image, but augment.name = "
        "\"identity_crop\" makes them equal");
  CHECK(
      refusal(kLeast, {"objective.name=care"}) ==
      "--set: objective.name = \"care\" compares several augmentations of an image, but augment.name = \"none\" makes "
      "them equal; or set objective.alignment = 0");
  CHECK(refusal(kLeast, {"objective.name=care", "objective.alignment=0", "train.batch=30"}) ==
        "--set: objective.groups = 4 must cut train.batch = 30 into equal parts of at least 2 images");
  CHECK(refusal(kLeast, {"objective.name=care", "objective.alignment=0", "train.batch=4"}) ==
        "--set: objective.groups = 4 must cut train.batch = 4 into equal parts of at least 2 images");
  CHECK(refusal(kLeast, {"objective.name=care", "objective.alignment=0", "objective.uniformity=0",
                         "objective.equivariance=0"}) ==
        "--set: objective.alignment, uniformity and equivariance are all 0, so there is nothing to learn");
}

TEST_CASE("every objective has a configuration, and is listed") {
  for (const auto& name : objective_names()) {
    CAPTURE(name);
    const auto config = parse(kLeast, {"objective.name=" + name, "augment.name=simclr"});
    CHECK(config.objective.name == name);
    CHECK(objective_list().find(fmt::format("  {:<16} {}\n", name, find_objective(name).summary)) != std::string::npos);
  }
  CHECK(find_objective("care").name == "care");
  CHECK_THROWS_WITH_AS(find_objective("caer"), "objective: \"caer\" is unknown; the nearest known one is \"care\"",
                       std::invalid_argument);
}

TEST_CASE("a file that is missing or no TOML is the file's fault") {
  CHECK_THROWS_WITH_AS(read_config("/nonexistent/c.toml", {}), "/nonexistent/c.toml: no such file", IoError);
  const ScratchFolder folder("config_syntax");
  const auto path = folder.write("c.toml", "[train\n");
  try {
    read_config(path, {});
    FAIL("accepted");
  } catch (const IoError& error) {
    CHECK(std::string(error.what()).starts_with(path.string() + ":1: not valid TOML: "));
  }
}

TEST_CASE("metrics: rows up to the epoch that is resumed are kept, later ones replaced") {
  const ScratchFolder folder("metrics");
  EpochMetrics metrics;
  metrics.heldout_accuracy = 0.5;
  {
    MetricsFile file(folder.path() / "metrics.csv", -1);
    for (metrics.epoch = 0; metrics.epoch <= 2; ++metrics.epoch) file.append(metrics);
  }
  MetricsFile file(folder.path() / "metrics.csv", 1);
  metrics.epoch = 2;
  metrics.train_loss = 0.5;
  metrics.terms[0] = 0.25;
  file.append(metrics);
  CHECK(bytes_of(folder.path() / "metrics.csv") ==
        "epoch,lr,train_loss,transform_loss,class_loss,contrast_loss,alignment_loss,uniformity_loss,equivariance_loss,"
        "train_transform_accuracy,heldout_transform_accuracy,probe_accuracy,seconds,"
        "images_per_second\n0,,,,,,,,,,0.5,0,,\n1,0,0,,,,,,,,0.5,0,0.00,0.0\n2,0,0.5,0.25,,,,,,,0.5,0,0.00,0.0\n");
  const auto other = folder.write("other.csv", "a,b\n");
  CHECK_THROWS_WITH_AS(MetricsFile(other, 0),
                       (other.string() + ": its first line is not that of a metrics file").c_str(), IoError);
  const auto broken = folder.write("broken.csv", bytes_of(folder.path() / "metrics.csv") + "x,1\n");
  CHECK_THROWS_WITH_AS(MetricsFile(broken, 0),
                       (broken.string() + ": a row begins with \"x,1\" instead of an epoch").c_str(), IoError);
}
