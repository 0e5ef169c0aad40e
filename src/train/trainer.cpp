#include "train/trainer.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <ATen/CPUGeneratorImpl.h>

#include "core/error.h"
#include "core/random.h"
#include "encoder/heads.h"

namespace equinfo {
namespace {

using torch::nn::functional::cross_entropy;

Schedule schedule_of(const TrainConfig& config, std::int64_t images) {
  const auto& train = config.train;
  require(images >= train.batch, "train.batch = {}, but there are only {} training images", train.batch, images);
  return {train.schedule == "cosine" ? Decay::kCosine : Decay::kStep,
          train.lr,
          train.final_lr,
          train.gamma,
          train.milestones,
          train.epochs,
          images / train.batch};
}

std::unique_ptr<torch::optim::SGD> make_optimizer(const TrainConfig& config, torch::nn::Module& model) {
  const auto& train = config.train;
  return std::make_unique<torch::optim::SGD>(model.parameters(), torch::optim::SGDOptions(train.lr)
                                                                     .momentum(train.momentum)
                                                                     .nesterov(train.nesterov)
                                                                     .weight_decay(train.weight_decay));
}

AugmentOptions augment_options_of(const TrainConfig& config, const DeviceImages& images) {
  const auto& augment = config.augment;
  return {augment.padding,  images.pixels.size(2), images.pixels.size(3),
          augment.min_area, augment.jitter,        augment.blur};
}

}  // namespace

at::Generator make_generator(std::int64_t seed, const std::string& purpose, std::int64_t index) {
  RandomStream stream(static_cast<std::uint64_t>(seed), purpose, static_cast<std::uint64_t>(index));
  return at::make_generator<at::CPUGeneratorImpl>(static_cast<std::uint64_t>(stream.below(std::int64_t{1} << 62)));
}

Trainer::Trainer(const TrainConfig& config, DeviceImages images, std::int64_t classes)
    : config_(config),
      images_(std::move(images)),
      transform_(find_transform(config.transform)),
      target_(transform_, config.transform_bins),
      objective_(find_objective(config.objective.name)),
      needs_(objective_.needs(config.objective)),
      augment_(find_augment(config.augment.name)),
      augment_options_(augment_options_of(config, images_)),
      scale_(images_.pixels.size(1), config.dataset.mean, config.dataset.std, images_.pixels.device()),
      schedule_(schedule_of(config, images_.count())),
      model_(PretextShape{config.encoder_for(image_shape(images_)), target_.outputs(), classes, config.head_hidden},
             config.objective) {
  auto generator = make_generator(config.train.seed, "initial weights");
  initialize(*model_, generator);
  model_->to(device());
  arrange_parameters();
  optimizer_ = make_optimizer(config, *model_);
}

void Trainer::arrange_parameters() {
  const torch::NoGradGuard no_gradient;
  for (auto& parameter : model_->parameters()) {
    if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(at::MemoryFormat::ChannelsLast));
  }
}

EpochDraws Trainer::draw_epoch(std::int64_t epoch) const {
  const auto seed = config_.train.seed;
  const auto count = images_.count();
  auto order =
      RandomStream(static_cast<std::uint64_t>(seed), "order", static_cast<std::uint64_t>(epoch)).permutation(count);
  auto labels = make_generator(seed, "transformation labels", epoch);
  auto noise = make_generator(seed, "transformation noise", epoch);
  auto drawn_labels = transform_.draw_labels(count, labels), drawn_noise = transform_.draw_noise(count, noise);
  if (needs_.groups > 0) {
    const auto size = batch() / needs_.groups;
    const auto first_of_group = torch::arange(count, torch::kInt64).floor_divide(size).mul_(size);
    drawn_labels = drawn_labels.index_select(0, first_of_group);
    drawn_noise = drawn_noise.index_select(0, first_of_group);
  }
  return {torch::from_blob(order.data(), {count}, torch::kInt64).clone().to(device()), drawn_labels.to(device()),
          drawn_noise.to(device()), draw_augmentations(epoch)};
}

std::vector<torch::Tensor> Trainer::draw_augmentations(std::int64_t epoch) const {
  std::vector<torch::Tensor> draws;
  for (const auto& view : needs_.views) {
    if (view.draw < static_cast<std::int64_t>(draws.size())) continue;
    const auto purpose = view.draw == 0 ? "augmentation" : fmt::format("augmentation {}", view.draw);
    auto generator = make_generator(config_.train.seed, purpose, epoch);
    draws.push_back(augment_.draw(images_.count(), augment_options_, generator).to(device()));
  }
  return draws;
}

void Trainer::begin_epoch() {
  draws_ = draw_epoch(progress_.epoch + 1);
  drawn_epoch_ = progress_.epoch + 1;
  model_->train();
  if (!needs_.trains_encoder) model_->encoder->eval();
  if (progress_.step > 0) return;  // resumed within the epoch: its sums are there
  progress_.losses = torch::zeros({steps_per_epoch()}, torch::TensorOptions(device()));
  progress_.terms = torch::full({steps_per_epoch(), kLossTerms}, std::numeric_limits<float>::quiet_NaN(),
                                torch::TensorOptions(device()));
  progress_.correct = torch::zeros({}, torch::TensorOptions(device()).dtype(torch::kInt64));
  progress_.seconds = 0;
}

torch::Tensor Trainer::input(const View& view, std::int64_t first) const {
  const auto pixels = images_.pixels.index_select(0, draws_.order.narrow(0, first, batch()));
  const auto& draws = draws_.augment[static_cast<std::size_t>(view.draw)];
  const auto changed = augment_.apply(pixels, draws.narrow(0, first, batch()), augment_options_);
  if (!view.transformed) return scale_(changed);
  return scale_(
      transform_.apply(changed, draws_.labels.narrow(0, first, batch()), draws_.noise.narrow(0, first, batch())));
}

/// z of each view; all views go through the encoder together, so that batch norm sees one distribution.
std::vector<torch::Tensor> Trainer::represent(std::int64_t first) {
  std::vector<torch::Tensor> views;
  for (const auto& view : needs_.views) views.push_back(input(view, first));
  if (config_.encoder.dropout > 0) model_->encoder->seed_dropout(dropout_seed());
  const torch::AutoGradMode gradients(needs_.trains_encoder);
  const auto z = model_->encoder(views.size() == 1 ? views[0] : torch::cat(views));
  return z.split(batch());
}

void Trainer::record(const ObjectiveLosses& losses) {
  const torch::NoGradGuard no_gradient;
  const auto step = progress_.step - 1;
  progress_.losses.select(0, step).copy_(losses.total);
  for (std::int64_t i = 0; i < kLossTerms; ++i) {
    const auto& term = losses.terms[static_cast<std::size_t>(i)];
    if (term.defined()) progress_.terms[step].select(0, i).copy_(term);
  }
  if (losses.hits.defined()) progress_.correct.add_(losses.hits);
}

void Trainer::step() {
  if (drawn_epoch_ != progress_.epoch + 1) begin_epoch();
  const auto first = progress_.step * batch();
  const auto values = target_.classes(draws_.labels.narrow(0, first, batch()));
  const auto classes = images_.labels.index_select(0, draws_.order.narrow(0, first, batch()));
  const auto z = represent(first);
  const auto losses = objective_.losses(*model_, {config_.objective, target_, z, values, classes});
  const auto probe_loss = cross_entropy(model_->probe(z[0].detach()), classes);
  optimizer_->zero_grad();
  ((losses.descent.defined() ? losses.descent : losses.total) + probe_loss).backward();
  ++progress_.step;
  for (auto& group : optimizer_->param_groups()) {
    static_cast<torch::optim::SGDOptions&>(group.options()).lr(last_rate());
  }
  optimizer_->step();
  record(losses);
}

std::int64_t Trainer::steps_done() const { return progress_.epoch * steps_per_epoch() + progress_.step; }

std::uint64_t Trainer::dropout_seed() const {
  RandomStream stream(static_cast<std::uint64_t>(config_.train.seed), "dropout",
                      static_cast<std::uint64_t>(steps_done()));
  return static_cast<std::uint64_t>(stream.below(std::int64_t{1} << 62));
}

double Trainer::last_rate() const { return schedule_.rate(std::max<std::int64_t>(0, steps_done() - 1)); }

void Trainer::finish_epoch() {
  check_finite();
  ++progress_.epoch;
  progress_.step = 0;
}

void Trainer::check_finite() const {
  if (progress_.step == 0) return;
  const auto losses = progress_.losses.narrow(0, 0, progress_.step).cpu();
  const auto* values = losses.data_ptr<float>();
  for (std::int64_t i = 0; i < progress_.step; ++i) {
    if (std::isfinite(values[i])) continue;
    const auto step = progress_.epoch * steps_per_epoch() + i;
    throw std::runtime_error(fmt::format("the loss is {} at step {} (epoch {}), learning rate {}", values[i], step + 1,
                                         progress_.epoch + 1, schedule_.rate(step)));
  }
}

}  // namespace equinfo
