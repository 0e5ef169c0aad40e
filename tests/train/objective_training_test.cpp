// Whole trainings by each objective, on tiny images.

#include <cmath>

#include "train/checkpoint.h"
#include "train/heldout.h"
#include "train/scratch.h"
#include "train/synthetic.h"
#include "train/weights.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

constexpr std::int64_t kEpochs = 12;

TrainConfig config_for(const std::string& objective) {
  TrainConfig config;
  config.objective.name = objective;
  config.objective.projection = 8;
  config.encoder.width = 4;
  config.encoder.blocks = {1, 1};
  config.head_hidden = 8;
  config.augment.name = "crop_flip";
  config.augment.padding = 1;
  config.train.epochs = kEpochs;
  config.train.batch = 32;
  config.train.lr = 0.1;
  return config;
}

Trainer make_trainer(const TrainConfig& config) {
  return Trainer(config, to_device(synthetic_images(128, 1), torch::kCPU), 3);
}

/// Trains on; gives total and parts [epochs, 1 + terms], means over the steps of each epoch.
torch::Tensor train_to_the_end(Trainer& trainer) {
  std::vector<torch::Tensor> course;
  auto& progress = trainer.progress();
  while (progress.epoch < kEpochs) {
    while (progress.step < trainer.steps_per_epoch()) trainer.step();
    course.push_back(torch::cat({progress.losses.view({-1, 1}), progress.terms}, 1).mean(0));
    trainer.finish_epoch();
  }
  return torch::stack(course);
}

double value(const torch::Tensor& course, std::int64_t epoch, LossTerm term) {
  return course[epoch][1 + static_cast<std::int64_t>(term)].item<double>();
}

}  // namespace

TEST_CASE("each objective lowers what it minimises") {
  for (const std::string name : {"transformation", "supervised", "ntxent", "hybrid", "care"}) {
    CAPTURE(name);
    auto trainer = make_trainer(config_for(name));
    const auto total = train_to_the_end(trainer).select(1, 0);
    CHECK(total[kEpochs - 1].item<double>() < total[0].item<double>() - 0.1);
  }
}

TEST_CASE("class information added is learnt, eliminated it is kept from the head while the transformation is learnt") {
  auto adding = config_for("transformation"), eliminating = adding;
  adding.objective.add_class = 1;
  eliminating.objective.eliminate_class = 0.3;
  auto first = make_trainer(adding), second = make_trainer(eliminating);
  const auto added = train_to_the_end(first), eliminated = train_to_the_end(second);
  CHECK(value(added, kEpochs - 1, LossTerm::kClass) < 0.8 * std::log(3.0));
  CHECK(value(eliminated, kEpochs - 1, LossTerm::kClass) > 0.95 * std::log(3.0));
  CHECK(value(eliminated, kEpochs - 1, LossTerm::kTransform) < value(eliminated, 0, LossTerm::kTransform) - 0.1);
  CHECK(eliminated[kEpochs - 1][0].item<double>() < eliminated[0][0].item<double>() - 0.1);
}

TEST_CASE("the random baseline: the encoder keeps its bytes, those others start with, and only head and probe move") {
  auto trainer = make_trainer(config_for("random"));
  const auto before = safetensors_bytes(*trainer.model()->encoder);
  auto other = make_trainer(config_for("ntxent"));
  CHECK(safetensors_bytes(*other.model()->encoder) == before);
  const auto head = safetensors_bytes(*trainer.model()->head), probe = safetensors_bytes(*trainer.model()->probe);
  train_to_the_end(trainer);
  CHECK(safetensors_bytes(*trainer.model()->encoder) == before);
  CHECK(safetensors_bytes(*trainer.model()->head) != head);
  CHECK(safetensors_bytes(*trainer.model()->probe) != probe);
}

TEST_CASE(
    "from a checkpoint within an epoch objectives of several views and heads go on to the bytes of an undisturbed "
    "run") {
  const ScratchFolder folder("checkpoint_objective");
  for (const std::string name : {"hybrid", "care"}) {
    CAPTURE(name);
    const auto config = config_for(name);
    auto undisturbed = make_trainer(config), first = make_trainer(config), second = make_trainer(config);
    const auto course = train_to_the_end(undisturbed);
    for (int step = 0; step < 2; ++step) first.step();
    save_checkpoint(folder.path() / "c.pt", first, {"sha", 1, "cpu"});
    load_checkpoint(folder.path() / "c.pt", second);
    const auto resumed = train_to_the_end(second);
    CHECK(safetensors_bytes(*second.model()) == safetensors_bytes(*undisturbed.model()));
    CHECK(torch::equal(resumed.nan_to_num(), course.nan_to_num()));
  }
}

TEST_CASE("views of one image differ between augmentations, and the parts of CARE's batch share T") {
  auto config = config_for("care");
  config.objective.groups = 16;  // pairs of images
  config.objective.projection = 0;
  config.train.lr = 1e-9;
  auto trainer = make_trainer(config);
  trainer.step();
  const auto terms = trainer.progress().terms[0];
  CHECK(terms[static_cast<std::int64_t>(LossTerm::kAlignment)].item<double>() > 0);
  CHECK(std::isnan(terms[static_cast<std::int64_t>(LossTerm::kClass)].item<double>()));
  // An encoder that commutes with rotations and keeps their order permutes its features: cosines of a pair stay if both
  // images are turned alike, and are the same images as before.
  config.encoder.kind = "p4_resnet";
  config.encoder.position_pool = "mean";
  config.encoder.group_pool = "none";
  auto equivariant = make_trainer(config);
  equivariant.step();
  CHECK(equivariant.progress().terms[0][static_cast<std::int64_t>(LossTerm::kEquivariance)].item<double>() < 1e-8);
  config.objective.groups = 1;
  config.train.batch = 128;
  auto whole = make_trainer(config);
  whole.step();
  CHECK(whole.progress().terms[0][static_cast<std::int64_t>(LossTerm::kEquivariance)].item<double>() < 1e-8);
}

TEST_CASE("without a transformation head there is no accuracy of the transformation, and the class probe is measured") {
  const auto config = config_for("ntxent");
  auto trainer = make_trainer(config);
  const auto heldout = to_device(synthetic_images(30, 2), torch::kCPU);
  const auto accuracy = measure_heldout(trainer, heldout, {config, heldout});
  CHECK(!accuracy.transform);
  CHECK(accuracy.probe >= 0);
}
