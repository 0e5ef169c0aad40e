#include <torch/types.h>

#include "core/error.h"
#include "train/checkpoint.h"
#include "train/scratch.h"
#include "train/synthetic.h"
#include "train/weights.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

TrainConfig cropped_config() {
  TrainConfig config = tiny_config();
  config.augment.name = "crop_flip";
  config.train.batch = 16;
  return config;
}

Trainer make_trainer(const TrainConfig& config = cropped_config()) {
  return Trainer(config, to_device(synthetic_images(100, 1), torch::kCPU), 3);
}

void train_to_the_end(Trainer& trainer) {
  while (trainer.progress().epoch < 2) {
    while (trainer.progress().step < trainer.steps_per_epoch()) trainer.step();
    trainer.finish_epoch();
  }
}

}  // namespace

TEST_CASE("training from a checkpoint gives the bytes of undisturbed training, wherever it was taken") {
  const ScratchFolder folder("checkpoint");
  auto undisturbed = make_trainer();
  train_to_the_end(undisturbed);
  for (const int steps : {0, 1, 4, 6}) {
    CAPTURE(steps);
    auto first = make_trainer();
    for (int step = 0; step < steps; ++step) first.step();
    if (steps == 6) first.finish_epoch();
    const auto correct = steps % 6 == 0 ? 0 : first.progress().correct.item<std::int64_t>();
    save_checkpoint(folder.path() / "c.pt", first, {"sha", 3, "cpu"});
    auto second = make_trainer();
    const auto notes = load_checkpoint(folder.path() / "c.pt", second);
    CHECK(notes.dataset_sha256 == "sha");
    CHECK(notes.threads == 3);
    CHECK(notes.device == "cpu");
    CHECK(second.progress().step == steps % 6);
    if (steps % 6 != 0) CHECK(second.progress().correct.item<std::int64_t>() == correct);
    CHECK(safetensors_bytes(*second.model()) == safetensors_bytes(*first.model()));
    train_to_the_end(second);
    CHECK(safetensors_bytes(*second.model()) == safetensors_bytes(*undisturbed.model()));
    CHECK(torch::equal(second.progress().losses, undisturbed.progress().losses));
  }
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("an equivariant encoder with dropout goes on with the masks it would have drawn") {
  const ScratchFolder folder("checkpoint_dropout");
  auto config = cropped_config();
  config.encoder.kind = "p4_resnet";
  config.encoder.dropout = 0.3;
  auto undisturbed = make_trainer(config), first = make_trainer(config), second = make_trainer(config);
  train_to_the_end(undisturbed);
  for (int step = 0; step < 4; ++step) first.step();
  save_checkpoint(folder.path() / "c.pt", first, {"sha", 3, "cpu"});
  load_checkpoint(folder.path() / "c.pt", second);
  train_to_the_end(second);
  CHECK(safetensors_bytes(*second.model()) == safetensors_bytes(*undisturbed.model()));
}

TEST_CASE("a broken checkpoint and one of another model are refused in one line") {
  const ScratchFolder folder("checkpoint_errors");
  auto trainer = make_trainer();
  const auto broken = folder.write("broken.pt", "not an archive");
  const auto other = folder.path() / "other.pt";
  auto config = cropped_config();
  config.head_hidden = 0;
  auto different = make_trainer(config);
  save_checkpoint(other, different, {"sha", 1, "cpu"});
  for (const auto& path : {broken, other}) {
    try {
      load_checkpoint(path, trainer);
      FAIL("accepted");
    } catch (const IoError& error) {
      const std::string message = error.what();
      CHECK(message.starts_with(path.string() + ": no readable checkpoint of this run: "));
      CHECK(message.find('\n') == std::string::npos);
    }
  }
}

TEST_CASE("a checkpoint that cannot be written is an error") {
  auto trainer = make_trainer();
  CHECK_THROWS_AS(save_checkpoint("/nonexistent/c.pt", trainer, {"sha", 1, "cpu"}), IoError);
}
