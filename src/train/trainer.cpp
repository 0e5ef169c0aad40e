#include "train/trainer.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <ATen/CPUGeneratorImpl.h>
#include <torch/nn/functional/loss.h>

#include "core/error.h"
#include "core/random.h"
#include "encoder/heads.h"
#include "train/crew.h"
#include "train/rounded_products.h"
#include "train/step_graph.h"

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

void check_ranks(const TrainConfig& config, const ObjectiveNeeds& needs, int ranks) {
  const auto& train = config.train;
  require(ranks == 1 || !needs.couples_images,
          "objective.name = \"{}\" compares the images of a whole batch: it runs in one process, not on {} ranks",
          config.objective.name, ranks);
  require(train.batch % (train.accumulate * ranks) == 0,
          "train.batch = {} cannot be shared evenly: train.accumulate = {}, and {} ranks", train.batch,
          train.accumulate, ranks);
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

Trainer::Trainer(const TrainConfig& config, DeviceImages images, std::int64_t classes, const Ranks& ranks)
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
             config.objective),
      precision_(find_precision(config.train.precision)) {
  check_ranks(config, needs_, ranks.count());
  prepare_precision(precision_, device());
  auto generator = make_generator(config.train.seed, "initial weights");
  initialize(*model_, generator);
  model_->to(device());
  arrange_parameters();
  descent_ = std::make_unique<Descent>(*model_, config, ranks, device());
  share_batches();
  const auto& wish = config.train.cuda_graphs;
  if (records_steps(wish, device(), ranks.count())) record_steps(make_cuda_recorder(device()), wish == "yes");
}

Trainer::Trainer(Trainer&&) noexcept = default;
Trainer::~Trainer() = default;

/// Among the threads of this process, and among all ranks.
void Trainer::share_batches() {
  const auto views = static_cast<std::int64_t>(needs_.views.size());
  const auto members =
      device().is_cpu() && needs_.trains_encoder ? crew_size(at::get_num_threads(), rows_of(0).count) : 1;
  if (members > 1) {
    crew_ = std::make_unique<Crew>(model_->encoder, config_.encoder_for(image_shape(images_)), members, views, ranks());
  } else if (ranks().count() > 1) {
    model_->encoder->share_batches({ranks().rank(), ranks().count(), views},
                                   [&ranks = ranks()](torch::Tensor& values) { ranks.sum(values); });
  }
}

void Trainer::arrange_parameters() {
  const torch::NoGradGuard no_gradient;
  for (auto& parameter : model_->parameters()) {
    if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(at::MemoryFormat::ChannelsLast));
  }
  if (graph_) graph_->forget();
}

void Trainer::record_steps(std::unique_ptr<KernelRecorder> recorder, bool required) {
  if (crew_) throw std::logic_error("a step that threads share cannot be recorded");
  descent_->keep_gradients();
  graph_ = std::make_unique<StepGraph>(std::move(recorder), model_, required);
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

Trainer::Rows Trainer::rows_of(std::int64_t part) const {
  const auto of_part = batch() / config_.train.accumulate, mine = of_part / ranks().count();
  return {progress_.step * batch() + part * of_part + ranks().rank() * mine, mine};
}

torch::Tensor Trainer::input(const View& view, const Rows& rows) const {
  const auto pixels = images_.pixels.index_select(0, rows.of(draws_.order));
  const auto changed =
      augment_.apply(pixels, rows.of(draws_.augment[static_cast<std::size_t>(view.draw)]), augment_options_);
  if (!view.transformed) return scale_(changed);
  return scale_(transform_.apply(changed, rows.of(draws_.labels), rows.of(draws_.noise)));
}

std::vector<torch::Tensor> Trainer::views_of(const Rows& rows) const {
  std::vector<torch::Tensor> views;
  for (const auto& view : needs_.views) views.push_back(input(view, rows));
  return views;
}

void Trainer::seed_dropout(Encoder& encoder, std::int64_t part) const {
  if (config_.encoder.dropout > 0) encoder->seed_dropout(dropout_seed(part));
}

/// z of some views, one after the other; all go through the encoder together, so that batch norm sees one distribution.
torch::Tensor Trainer::represent(Encoder& encoder, const std::vector<torch::Tensor>& views) const {
  const torch::AutoGradMode gradients(needs_.trains_encoder);
  const Autocast autocast(precision_, device());
  return encoder(views.size() == 1 ? views[0] : torch::cat(views)).to(torch::kFloat);
}

/// Adds the gradients of one part of the batch. Gives its share of the statistics: the loss, its terms, the hits; NaN
/// for what the objective does not have.
torch::Tensor Trainer::learn(std::int64_t part) {
  const auto rows = rows_of(part);
  const auto values = target_.classes(rows.of(draws_.labels));
  const auto classes = images_.labels.index_select(0, rows.of(draws_.order));
  if (crew_) {
    const auto z = crew_->represent([&](Encoder& encoder, std::int64_t member) {
      seed_dropout(encoder, part);
      return represent(encoder, views_of(rows.part(member, crew_->members())));
    });
    const auto statistics = descend(z, values, classes);
    crew_->descend();
    return statistics;
  }
  seed_dropout(model_->encoder, part);
  auto inputs = views_of(rows);
  inputs.insert(inputs.end(), {values, classes});
  if (!graph_) return learn_from(inputs);
  return graph_->run(inputs, [this](const std::vector<torch::Tensor>& held) { return learn_from(held); });
}

/// inputs: the views, what is to be predicted of T, the classes. What depends on the number of the step must be among
/// them, or set before: a recorded step does no more than launch the kernels of the one that was recorded.
torch::Tensor Trainer::learn_from(const std::vector<torch::Tensor>& inputs) {
  const std::vector<torch::Tensor> views(inputs.begin(), inputs.end() - 2);
  const auto z = represent(model_->encoder, views).split(views[0].size(0));
  return descend(z, inputs[views.size()], inputs[views.size() + 1]);
}

/// z of each view; statistics as of learn().
torch::Tensor Trainer::descend(const std::vector<torch::Tensor>& z, const torch::Tensor& values,
                               const torch::Tensor& classes) {
  const auto losses = objective_.losses(*model_, {config_.objective, target_, z, values, classes});
  const auto probe_loss = cross_entropy(model_->probe(z[0].detach()), classes);
  descent_->add((losses.descent.defined() ? losses.descent : losses.total) + probe_loss, share());

  const torch::NoGradGuard no_gradient;
  const auto none = torch::full({}, std::numeric_limits<float>::quiet_NaN(), torch::TensorOptions(device()));
  std::vector<torch::Tensor> numbers{losses.total * share()};
  for (const auto& term : losses.terms) numbers.push_back(term.defined() ? term * share() : none);
  numbers.push_back(losses.hits.defined() ? losses.hits.to(torch::kFloat) : none);
  return torch::stack(numbers);
}

void Trainer::record(const torch::Tensor& statistics) {
  const torch::NoGradGuard no_gradient;
  const auto step = progress_.step - 1;
  progress_.losses.select(0, step).copy_(statistics[0]);
  progress_.terms.select(0, step).copy_(statistics.narrow(0, 1, kLossTerms));
  if (needs_.transform_head) progress_.correct.add_(statistics[1 + kLossTerms].to(torch::kInt64));
}

void Trainer::step() {
  if (drawn_epoch_ != progress_.epoch + 1) begin_epoch();
  const RoundedProducts rounded(precision_, device());
  descent_->begin();
  auto statistics = learn(0);
  for (std::int64_t part = 1; part < config_.train.accumulate; ++part) statistics += learn(part);
  ++progress_.step;
  descent_->finish(last_rate(), statistics);
  record(statistics);
}

std::int64_t Trainer::steps_done() const { return progress_.epoch * steps_per_epoch() + progress_.step; }

std::uint64_t Trainer::dropout_seed(std::int64_t part) const {
  RandomStream stream(static_cast<std::uint64_t>(config_.train.seed), "dropout",
                      static_cast<std::uint64_t>(steps_done() * config_.train.accumulate + part));
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
  const auto fail = [&](const char* what, double value, std::int64_t i) {
    const auto step = progress_.epoch * steps_per_epoch() + i;
    throw std::runtime_error(fmt::format("the {} is {} at step {} (epoch {}), learning rate {:.6g}", what, value,
                                         step + 1, progress_.epoch + 1, schedule_.rate(step)));
  };
  const auto losses = progress_.losses.narrow(0, 0, progress_.step).cpu();
  const auto* values = losses.data_ptr<float>();
  for (std::int64_t i = 0; i < progress_.step; ++i) {
    if (!std::isfinite(values[i])) fail("loss", values[i], i);
  }
  // A step may spoil weights whose loss was still a number.
  std::vector<torch::Tensor> sums;
  for (const auto& parameter : model_->parameters()) sums.push_back(parameter.detach().sum());
  const double sum = torch::stack(sums).sum().item<double>();
  if (!std::isfinite(sum)) fail("sum of the weights", sum, progress_.step - 1);
}

}  // namespace equinfo
