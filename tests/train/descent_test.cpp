// What becomes of losses: precision, parts of a batch, fused steps, ranks.

#include <cstring>

#include "train/checkpoint.h"
#include "train/scratch.h"
#include "train/synthetic.h"
#include "train/trainer.h"
#include "train/weights.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

Trainer trained(const TrainConfig& config, int steps) {
  Trainer trainer(config, to_device(synthetic_images(128, 1), torch::kCPU), 3);
  for (int i = 0; i < steps; ++i) trainer.step();
  return trainer;
}

/// The largest difference between the weights of two models.
double apart(Trainer& a, Trainer& b) {
  double largest = 0;
  const auto p = a.model()->parameters(), q = b.model()->parameters();
  for (std::size_t i = 0; i < p.size(); ++i) {
    largest = std::max(largest, (p[i] - q[i]).abs().max().item<double>());
  }
  return largest;
}

/// Three ranks that are all like this one, to whom it speaks as the second.
class Echo : public RankTransport {
 public:
  void all_to_all(const std::byte* send, std::byte* receive, std::size_t bytes) override {
    for (std::size_t r = 0; r < 3; ++r) std::memcpy(receive + r * bytes, send + bytes, bytes);
  }
  void all_gather(const std::byte* send, std::byte* receive, std::size_t bytes) override {
    for (std::size_t r = 0; r < 3; ++r) std::memcpy(receive + r * bytes, send, bytes);
  }
  void leave() override {}
  void abort() noexcept override {}
};

}  // namespace

TEST_CASE("a fused step is the usual one to rounding, and its momentum is kept in a checkpoint") {
  if (!has_fused_sgd()) return;
  auto config = tiny_config();
  auto usual = trained(config, 3);
  config.train.fused = "yes";
  auto fused = trained(config, 3);
  // Three steps of rate .1: float32 rounding of values below 1, carried through two more steps.
  CHECK(apart(usual, fused) < 1e-5);
  const ScratchFolder folder("fused");
  save_checkpoint(folder.path() / "c.pt", fused, {});
  auto resumed = trained(config, 0);
  load_checkpoint(folder.path() / "c.pt", resumed);
  fused.step();
  resumed.step();
  CHECK(apart(fused, resumed) == 0);
}

TEST_CASE("a batch in parts gives the step of the whole where images do not meet") {
  auto config = tiny_config();
  config.encoder.kind = "vit";
  config.encoder.width = 12;
  auto whole = trained(config, 3);
  config.train.accumulate = 4;
  auto parts = trained(config, 3);
  CHECK(apart(whole, parts) < 1e-5);  // sums in another order
  CHECK(torch::allclose(whole.progress().losses.narrow(0, 0, 3), parts.progress().losses.narrow(0, 0, 3), 1e-5, 0));
  CHECK(whole.progress().correct.item<std::int64_t>() == parts.progress().correct.item<std::int64_t>());
}

TEST_CASE("bf16 training takes nearly the same steps, with float32 weights, and leaves LibTorch as it was") {
  auto config = tiny_config();
  auto usual = trained(config, 1);
  config.train.precision = "bf16";
  auto reduced = trained(config, 1);
  // bf16 keeps 8 bits: gradients are off by some percent, but not by their size.
  CHECK(apart(usual, reduced) > 0);
  CHECK(apart(usual, reduced) < 0.05);
  for (const auto& parameter : reduced.model()->parameters()) CHECK((parameter.scalar_type() == torch::kFloat));
  const auto product = torch::mm(torch::ones({2, 2}), torch::ones({2, 2}));
  CHECK((product.scalar_type() == torch::kFloat));
}

TEST_CASE("fp16 trains where the CPU has it, else says so in one line") {
  auto config = tiny_config();
  config.train.precision = "fp16";
  try {
    auto trainer = trained(config, 2);
    CHECK(std::isfinite(trainer.progress().losses[1].item<float>()));
    const ScratchFolder folder("fp16");
    trainer.descent().scaler()->factor.fill_(512);
    save_checkpoint(folder.path() / "c.pt", trainer, {});
    auto resumed = trained(config, 0);
    load_checkpoint(folder.path() / "c.pt", resumed);
    CHECK(resumed.descent().scaler()->factor.item<float>() == 512);
  } catch (const std::runtime_error& error) {
    CHECK(std::string(error.what()) ==
          "train.precision = \"fp16\": this LibTorch has no such convolutions on the CPU; use bf16");
  }
  config.train.precision = "tf32";
  CHECK_THROWS_WITH_AS(trained(config, 0), "train.precision = \"tf32\" is of CUDA devices; on the CPU use fp32 or bf16",
                       std::runtime_error);
}

#if TORCH_VERSION_MAJOR >= 2
TEST_CASE("the factor of the loss is halved by an overflow, and gradients come back to scale") {
  LossScaler scaler(torch::kCPU);
  std::vector<torch::Tensor> good{torch::full({3}, 65536.0F * 2), torch::full({2}, 65536.0F)};
  CHECK(scaler.unscale(good).item<float>() == 0);
  CHECK(good[0][0].item<float>() == 2);
  CHECK(scaler.factor.item<float>() == 65536);
  std::vector<torch::Tensor> bad{torch::full({3}, std::numeric_limits<float>::infinity())};
  CHECK(scaler.unscale(bad).item<float>() == 1);
  CHECK(scaler.factor.item<float>() == 32768);
}
#endif

TEST_CASE("ranks add in their order in float64, whatever the number of values") {
  const Ranks ranks({"mpirun", 1, 3, 1, 3}, std::make_unique<Echo>());
  for (const std::int64_t count : {1, 2, 3, 7}) {
    // The echo sends back the second block of what it is sent, three times, and gives all blocks that sum.
    auto values = torch::arange(1, count + 1).to(torch::kFloat);
    const auto block = (count + 2) / 3;
    auto expected = torch::zeros({3 * block});
    for (std::int64_t i = 0; i < block && block + i < count; ++i) expected[i].fill_(3 * (block + i + 1));
    for (std::int64_t r = 1; r < 3; ++r) expected.narrow(0, r * block, block).copy_(expected.narrow(0, 0, block));
    ranks.sum(values);
    CHECK(torch::equal(values, expected.narrow(0, 0, count)));
  }
  CHECK(ranks.any(true));
  CHECK(!ranks.any(false));
  CHECK(no_ranks().any(true));
  CHECK(no_ranks().first());
}

TEST_CASE("a batch that the ranks cannot share evenly is refused") {
  const Ranks ranks({"mpirun", 1, 3, 1, 3}, std::make_unique<Echo>());
  CHECK_THROWS_WITH_AS(Trainer(tiny_config(), to_device(synthetic_images(128, 1), torch::kCPU), 3, ranks),
                       "train.batch = 32 cannot be shared evenly: train.accumulate = 1, and 3 ranks",
                       std::invalid_argument);
}

TEST_CASE("objectives that compare the images of a batch are refused on several ranks, and in parts of a batch") {
  const Ranks ranks({"mpirun", 1, 3, 1, 3}, std::make_unique<Echo>());
  for (const std::string name : {"ntxent", "hybrid", "care"}) {
    CAPTURE(name);
    auto config = tiny_config();
    config.objective.name = name;
    config.augment.name = "crop_flip";
    config.train.batch = 48;
    const auto message = "objective.name = \"" + name +
                         "\" compares the images of a whole batch: it runs in one process, not on 3 ranks";
    CHECK_THROWS_WITH_AS(Trainer(config, to_device(synthetic_images(128, 1), torch::kCPU), 3, ranks), message.c_str(),
                         std::invalid_argument);
    const std::string of_parts =
        "--set: train.accumulate = 2, but objective.name = \"" + name + "\" compares the images of a whole batch";
    CHECK_THROWS_WITH_AS(
        read_config({}, {"dataset.path=x", "augment.name=crop_flip", "objective.name=" + name, "train.accumulate=2"}),
        of_parts.c_str(), std::invalid_argument);
  }
}

TEST_CASE("a batch that its parts cannot share evenly is refused") {
  CHECK_THROWS_WITH_AS(
      read_config({}, {"dataset.path=x", "train.batch=32", "train.accumulate=5"}),
      "--set: train.batch = 32 cannot be cut into train.accumulate = 5 equal parts of at least 2 images",
      std::invalid_argument);
}
