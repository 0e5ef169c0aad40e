// A batch shared by threads: the losses, weights and running moments of one thread, to rounding.

#include <cmath>

#include "train/crew.h"
#include "train/synthetic.h"
#include "train/trainer.h"
#include "train/weights.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

/// LibTorch's threads, as long as it lives.
class Threads {
 public:
  explicit Threads(int number) : before_(at::get_num_threads()) { at::set_num_threads(number); }
  ~Threads() { at::set_num_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

struct Trained {
  torch::Tensor losses, terms;
  std::vector<torch::Tensor> weights;  // and running moments
  std::string bytes;
};

Trained train(const TrainConfig& config, int threads) {
  const Threads limit(threads);
  Trainer trainer(config, to_device(synthetic_images(96, 1), torch::kCPU), 3);
  for (int step = 0; step < 3; ++step) trainer.step();
  Trained trained{trainer.progress().losses, trainer.progress().terms, {}, safetensors_bytes(*trainer.model())};
  for (const auto& tensor : trainer.model()->parameters()) trained.weights.push_back(tensor.detach());
  for (const auto& tensor : trainer.model()->buffers()) trained.weights.push_back(tensor);
  return trained;
}

/// A step of rate .1 carries on the rounding of sums in another order: 1e-7 of each, which ReLUs and moments enlarge.
bool close(const torch::Tensor& a, const torch::Tensor& b) {
  return torch::allclose(a.to(torch::kDouble), b.to(torch::kDouble), 1e-4, 1e-4, true);
}

}  // namespace

TEST_CASE("who shares a batch: equal parts of at least four images, and more than half of the threads") {
  CHECK(crew_size(1, 128) == 1);
  CHECK(crew_size(2, 128) == 2);
  CHECK(crew_size(3, 128) == 2);
  CHECK(crew_size(12, 128) == 8);
  CHECK(crew_size(16, 32) == 1);  // 8 members would leave half of the threads idle
  CHECK(crew_size(8, 32) == 8);
  CHECK(crew_size(2, 33) == 1);
  CHECK(crew_size(4, 9) == 1);
}

TEST_CASE("threads that share batches train to what one thread does, for every objective, and to the same bits again") {
  for (const std::string name : {"transformation", "ntxent", "hybrid", "care"}) {
    CAPTURE(name);
    auto config = tiny_config();
    config.objective.name = name;
    config.objective.projection = 8;
    config.augment.name = "crop_flip";
    config.encoder.dropout = 0.2;
    const auto one = train(config, 1);
    for (const int threads : {2, 4}) {
      CAPTURE(threads);
      const auto several = train(config, threads);
      CHECK(close(several.losses, one.losses));
      CHECK(close(several.terms, one.terms));
      for (std::size_t i = 0; i < one.weights.size(); ++i) CHECK(close(several.weights[i], one.weights[i]));
      CHECK(several.bytes != one.bytes);  // another order of sums: the threads were at work
      CHECK(several.bytes == train(config, threads).bytes);
    }
  }
}

TEST_CASE("the same for batches in parts, for group encoders and for transformers") {
  auto in_parts = tiny_config(), group = in_parts, transformer = in_parts;
  in_parts.train.accumulate = 2;
  group.encoder.kind = "p4_resnet";
  transformer.encoder.kind = "vit";
  transformer.encoder.width = 6;
  for (const auto& config : {in_parts, group, transformer}) {
    CAPTURE(config.encoder.kind);
    const auto one = train(config, 1), two = train(config, 2);
    CHECK(close(two.losses, one.losses));
    for (std::size_t i = 0; i < one.weights.size(); ++i) CHECK(close(two.weights[i], one.weights[i]));
  }
}

TEST_CASE("weights that are replaced between steps, as by a checkpoint, are those of all members") {
  const Threads limit(2);
  const auto config = tiny_config();
  const auto images = to_device(synthetic_images(96, 1), torch::kCPU);
  Trainer kept(config, images, 3), replaced(config, images, 3);
  for (auto* trainer : {&kept, &replaced}) trainer->step();
  for (auto& parameter : replaced.model()->parameters()) parameter.set_data(parameter.detach().clone());
  for (auto* trainer : {&kept, &replaced}) trainer->step();
  CHECK(safetensors_bytes(*kept.model()) == safetensors_bytes(*replaced.model()));
}

TEST_CASE("the failure of one member ends the step with its words, and the others do not wait") {
  const Threads limit(3);
  EncoderOptions options;
  options.width = 4;
  options.blocks = {1};
  options.image = {1, 8, 8};
  Crew crew(make_encoder(options), options, 3, 1, no_ranks());
  const auto images = torch::rand({4, 1, 8, 8}).contiguous(at::MemoryFormat::ChannelsLast);
  CHECK_THROWS_WITH_AS(crew.represent([&](Encoder& encoder, std::int64_t member) {
    if (member == 1) throw std::runtime_error("a member's fault");
    return encoder(images);
  }),
                       "a member's fault", std::runtime_error);
  const auto z = crew.represent([&](Encoder& encoder, std::int64_t) { return encoder(images); });
  REQUIRE(z.size() == 1);
  CHECK(z[0].sizes() == torch::IntArrayRef({12, 4}));
}
