#include <bit>
#include <cmath>
#include <cstring>

#include <torch/nn/modules/linear.h>
#include <nlohmann/json.hpp>

#include "train/heldout.h"
#include "train/synthetic.h"
#include "train/trainer.h"
#include "train/weights.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

Trainer make_trainer(const TrainConfig& config, const ImageDataset& images) {
  return Trainer(config, to_device(images, torch::kCPU), 3);
}

std::vector<torch::Tensor> copies(const std::vector<torch::Tensor>& tensors) {
  std::vector<torch::Tensor> result;
  for (const auto& tensor : tensors) result.push_back(tensor.detach().clone());
  return result;
}

}  // namespace

TEST_CASE("the first loss of a silent head is ln K, and one step moves its bias as by hand") {
  const auto config = tiny_config();
  auto trainer = make_trainer(config, synthetic_images(64, 1));
  auto last = trainer.model()->head->ptr<torch::nn::LinearImpl>(2);
  {
    const torch::NoGradGuard no_gradient;
    last->weight.zero_();
    last->bias.zero_();
  }
  trainer.step();
  const auto& progress = trainer.progress();
  CHECK(progress.losses[0].item<double>() == doctest::Approx(std::log(4.0)).epsilon(1e-6));
  // All logits are equal, so the first value is predicted: `correct` counts the images with value 0. The gradient of
  // its bias is 1/4 − correct / 32, and a first Nesterov step moves it by −lr (1 + momentum) times that.
  const double gradient = 0.25 - progress.correct.item<double>() / 32;
  CHECK(last->bias[0].item<double>() == doctest::Approx(-0.1 * 1.9 * gradient).epsilon(1e-5));
}

TEST_CASE("two steps of SGD with Nesterov momentum and weight decay, by hand from the gradients") {
  const auto config = tiny_config();
  auto trainer = make_trainer(config, synthetic_images(64, 1));
  const auto parameters = trainer.model()->parameters();
  std::vector<torch::Tensor> momentum;
  for (int step = 0; step < 2; ++step) {
    const auto before = copies(parameters);
    trainer.step();
    const double rate = 6e-4 + (0.1 - 6e-4) * 0.5 * (1 + std::cos(M_PI * step / 4));
    CHECK(trainer.last_rate() == doctest::Approx(rate).epsilon(1e-12));
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const auto gradient = parameters[i].grad() + 0.01 * before[i];
      if (step == 0) momentum.push_back(gradient.clone());
      if (step > 0) momentum[i] = 0.9 * momentum[i] + gradient;
      const auto expected = before[i] - rate * (gradient + 0.9 * momentum[i]);
      CHECK(torch::allclose(parameters[i], expected, 1e-5, 1e-6));
    }
  }
}

TEST_CASE("the class probe learns, and never teaches the encoder") {
  const auto config = tiny_config();
  auto images = synthetic_images(64, 1);
  auto trainer = make_trainer(config, images);
  for (auto& label : images.labels) label = (label + 1) % 3;
  auto other = make_trainer(config, images);
  for (int step = 0; step < 2; ++step) {
    trainer.step();
    other.step();
  }
  const auto encoder = trainer.model()->encoder->parameters(), same = other.model()->encoder->parameters();
  for (std::size_t i = 0; i < encoder.size(); ++i) CHECK(torch::equal(encoder[i], same[i]));
  CHECK(!torch::equal(trainer.model()->probe->weight, other.model()->probe->weight));
}

TEST_CASE("equal seeds give equal weights, other seeds others") {
  auto config = tiny_config();
  config.augment.name = "crop_flip";
  const auto images = synthetic_images(64, 1);
  auto first = make_trainer(config, images), second = make_trainer(config, images);
  config.train.seed = 2;
  auto third = make_trainer(config, images);
  for (auto* trainer : {&first, &second, &third}) {
    trainer->step();
    trainer->step();
    trainer->finish_epoch();
    trainer->step();
  }
  CHECK(safetensors_bytes(*first.model()) == safetensors_bytes(*second.model()));
  CHECK(safetensors_bytes(*first.model()) != safetensors_bytes(*third.model()));
}

TEST_CASE("held-out rows are grouped by image, value after value, in evaluation mode") {
  const auto config = tiny_config();
  auto trainer = make_trainer(config, synthetic_images(64, 1));
  const auto heldout = to_device(synthetic_images(300, 2), torch::kCPU);
  const HeldoutValues rotations(config, heldout);
  const auto rows = torch::tensor({5, 7, 200}, torch::kInt64);
  int calls = 0;
  for_each_transformed(*trainer.model(), trainer.scale(), heldout, rows, rotations,
                       [&](const auto& inputs, const auto& values, const auto& some) {
                         ++calls;
                         CHECK(!trainer.model()->encoder->is_training());
                         CHECK(torch::equal(some, rows));
                         CHECK(torch::equal(values, torch::arange(12).remainder(4)));
                         for (std::int64_t i = 0; i < 3; ++i) {
                           const auto expected =
                               heldout.pixels[rows[i].template item<std::int64_t>()].to(torch::kFloat) / 255;
                           for (std::int64_t t = 0; t < 4; ++t) {
                             CHECK(torch::allclose(inputs[4 * i + t], torch::rot90(expected, t, {1, 2}), 0, 1e-7));
                           }
                         }
                       });
  CHECK(calls == 1);
}

TEST_CASE("held-out accuracies agree with one forward pass of everything") {
  const auto config = tiny_config();
  auto trainer = make_trainer(config, synthetic_images(64, 1));
  for (int step = 0; step < 2; ++step) trainer.step();
  const auto heldout = to_device(synthetic_images(150, 2), torch::kCPU);
  const auto accuracy = measure_heldout(trainer, heldout, {config, heldout});
  const torch::NoGradGuard no_gradient;
  trainer.model()->eval();
  double hits = 0;
  for (std::int64_t t = 0; t < 4; ++t) {
    const auto z = trainer.model()->encoder(trainer.scale()(torch::rot90(heldout.pixels, t, {2, 3})));
    hits += trainer.model()->head->forward(z).argmax(1).eq(t).sum().item<double>();
    if (t > 0) continue;
    const auto predicted = trainer.model()->probe(z).argmax(1);
    CHECK(accuracy.probe == predicted.eq(heldout.labels).sum().item<double>() / 150);
  }
  CHECK(accuracy.transform == hits / 600);
}

TEST_CASE("a continuous transformation is predicted by bins: classes, ln B at first, held-out draws that stay") {
  auto config = tiny_config();
  config.transform = "rotation*crop";
  config.transform_bins = 8;
  config.transform_draws = 3;
  auto trainer = make_trainer(config, synthetic_images(64, 1));
  CHECK(trainer.target().components() == 3);
  CHECK(trainer.target().outputs() == 24);
  const auto labels = torch::tensor({{0.0, 0.5, 0.999}, {359.9, 0.0, 0.25}, {45.0, 1.0, 0.1}}, torch::kDouble);
  CHECK(torch::equal(trainer.target().classes(labels), torch::tensor({{0, 4, 7}, {7, 0, 2}, {1, 7, 0}})));
  // The right bin of the first and third component of every image, the wrong one of the second.
  auto logits = torch::zeros({3, 24});
  for (std::int64_t n = 0; n < 3; ++n) {
    const auto classes = trainer.target().classes(labels)[n];
    logits[n][classes[0].item<std::int64_t>()] = 1;
    logits[n][8 + (classes[1].item<std::int64_t>() + 1) % 8] = 1;
    logits[n][16 + classes[2].item<std::int64_t>()] = 1;
  }
  CHECK(trainer.target().hits(logits, trainer.target().classes(labels)).item<std::int64_t>() == 6);
  const double sum = std::log(7 + std::exp(1.0));
  CHECK(trainer.target().loss(logits, trainer.target().classes(labels)).item<double>() ==
        doctest::Approx(3 * sum - 2).epsilon(1e-6));
  {
    const torch::NoGradGuard no_gradient;
    trainer.model()->head->ptr<torch::nn::LinearImpl>(2)->weight.zero_();
    trainer.model()->head->ptr<torch::nn::LinearImpl>(2)->bias.zero_();
  }
  trainer.step();
  CHECK(trainer.progress().losses[0].item<double>() == doctest::Approx(3 * std::log(8.0)).epsilon(1e-6));
  const auto heldout = to_device(synthetic_images(5, 2), torch::kCPU);
  const HeldoutValues values(config, heldout), again(config, heldout);
  CHECK(values.per_image == 3);
  CHECK(values.labels.sizes() == torch::IntArrayRef({15, 3}));
  CHECK(torch::equal(values.labels, again.labels));
  const auto accuracy = measure_heldout(trainer, heldout, values);
  REQUIRE(accuracy.transform);
  CHECK(*accuracy.transform >= 0);
  CHECK(*accuracy.transform <= 1);
  const torch::NoGradGuard no_gradient;
  trainer.model()->eval();
  const auto predicted = trainer.model()->probe(trainer.model()->encoder(trainer.scale()(heldout.pixels))).argmax(1);
  CHECK(accuracy.probe == predicted.eq(heldout.labels).sum().item<double>() / 5);
}

TEST_CASE("simclr and a transformation with noise of its own train, equally for equal seeds") {
  auto config = tiny_config();
  config.transform = "blur";
  config.augment.name = "simclr";
  const auto images = synthetic_images(64, 1);
  auto first = make_trainer(config, images), second = make_trainer(config, images);
  first.step();
  second.step();
  CHECK(std::isfinite(first.progress().losses[0].item<double>()));
  CHECK(safetensors_bytes(*first.model()) == safetensors_bytes(*second.model()));
}

TEST_CASE("pixels become numbers in [0, 1], and standardised ones with mean and std") {
  const auto pixels = torch::tensor({0, 255, 51, 102}, torch::kUInt8).view({1, 2, 1, 2});
  const auto plain = PixelScale(2, {}, {}, torch::kCPU)(pixels);
  CHECK(torch::allclose(plain.flatten(), torch::tensor({0.0F, 1.0F, 0.2F, 0.4F})));
  const auto scaled = PixelScale(2, {0.5, 0.2}, {0.25, 0.1}, torch::kCPU)(pixels);
  CHECK(torch::allclose(scaled.flatten(), torch::tensor({-2.0F, 2.0F, 0.0F, 2.0F}), 1e-5, 1e-6));
  CHECK_THROWS_WITH_AS(PixelScale(1, {0.5, 0.2}, {0.25, 0.1}, torch::kCPU),
                       "numbers in dataset.mean: 2, but channels of the images: 1", std::invalid_argument);
}

TEST_CASE("a loss that is no number stops with its step and learning rate") {
  auto trainer = make_trainer(tiny_config(), synthetic_images(64, 1));
  trainer.step();
  CHECK_NOTHROW(trainer.check_finite());
  {
    const torch::NoGradGuard no_gradient;
    trainer.model()->parameters()[0].fill_(NAN);
  }
  trainer.step();
  CHECK_THROWS_WITH_AS(trainer.check_finite(), "the loss is nan at step 2 (epoch 1), learning rate 0.0854432",
                       std::runtime_error);
}

TEST_CASE("more images a batch than there are is refused") {
  CHECK_THROWS_WITH_AS(make_trainer(tiny_config(), synthetic_images(20, 1)),
                       "train.batch = 32, but there are only 20 training images", std::invalid_argument);
}

TEST_CASE("safetensors: header, offsets and values of every tensor") {
  auto trainer = make_trainer(tiny_config(), synthetic_images(64, 1));
  auto& encoder = *trainer.model()->encoder;
  const auto bytes = safetensors_bytes(encoder);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  CHECK(length % 8 == 0);
  const auto header = nlohmann::json::parse(bytes.substr(8, length));
  CHECK(header["__metadata__"]["format"] == "pt");
  std::size_t total = 0;
  for (const auto& item : encoder.named_parameters()) {
    const auto& entry = header.at(item.key());
    CHECK(entry["dtype"] == "F32");
    CHECK(entry["shape"] == item.value().sizes().vec());
    const std::size_t begin = entry["data_offsets"][0], end = entry["data_offsets"][1];
    const auto plain = item.value().detach().contiguous();
    REQUIRE(end - begin == plain.nbytes());
    CHECK(std::memcmp(bytes.data() + 8 + length + begin, plain.data_ptr(), end - begin) == 0);
    total += end - begin;
  }
  CHECK(header.at("bn1.num_batches_tracked")["dtype"] == "I64");
  CHECK(bytes.size() > 8 + length + total);
}
