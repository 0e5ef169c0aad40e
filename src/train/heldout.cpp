#include "train/heldout.h"

#include <algorithm>

namespace equinfo {
namespace {

/// Rows of one forward pass: enough to keep a device busy, little enough for a small machine's memory.
constexpr std::int64_t kRowsPerBatch = 512;

}  // namespace

HeldoutValues::HeldoutValues(const TrainConfig& config, const DeviceImages& images)
    : transform(find_transform(config.transform)),
      per_image(transform.continuous() ? config.transform_draws : transform.count()) {
  auto label_generator = make_generator(kMeasurementSeed, "held-out labels");
  auto noise_generator = make_generator(kMeasurementSeed, "held-out noise");
  const auto rows = images.count() * per_image;
  const auto device = images.pixels.device();
  labels = transform.continuous() ? transform.draw_labels(rows, label_generator).to(device)
                                  : torch::arange(per_image, images.labels.options()).repeat({images.count()});
  noise = transform.draw_noise(rows, noise_generator).to(device);
}

void for_each_transformed(
    torch::nn::Module& model, const PixelScale& scale, const DeviceImages& images, const torch::Tensor& rows,
    const HeldoutValues& values,
    const std::function<void(const torch::Tensor&, const torch::Tensor&, const torch::Tensor&)>& use) {
  const torch::NoGradGuard no_gradient;
  const bool was_training = model.is_training();
  model.eval();
  const auto numbers = torch::arange(values.per_image, rows.options());
  const auto per_batch = std::max<std::int64_t>(1, kRowsPerBatch / values.per_image);
  for (std::int64_t first = 0; first < rows.size(0); first += per_batch) {
    const auto chosen = rows.narrow(0, first, std::min(per_batch, rows.size(0) - first));
    const auto pixels = images.pixels.index_select(0, chosen).repeat_interleave(values.per_image, 0);
    const auto which = (chosen.view({-1, 1}) * values.per_image + numbers).flatten();
    const auto labels = values.labels.index_select(0, which);
    use(scale(values.transform.apply(pixels, labels, values.noise.index_select(0, which))), labels, chosen);
  }
  model.train(was_training);
}

HeldoutAccuracy measure_heldout(Trainer& trainer, const DeviceImages& images, const HeldoutValues& values) {
  // Each rank counts in its part of the images.
  const auto& ranks = trainer.ranks();
  const auto border = [&](int rank) { return images.count() * rank / ranks.count(); };
  const auto rows = torch::arange(border(ranks.rank()), border(ranks.rank() + 1), images.labels.options());
  auto transform_hits = torch::zeros({}, rows.options()), probe_hits = torch::zeros({}, rows.options());
  auto& model = trainer.model();
  const auto& target = trainer.target();
  for_each_transformed(
      *model, trainer.scale(), images, rows, values, [&](const auto& inputs, const auto& labels, const auto& some) {
        const auto z = model->encoder(inputs);
        if (model->head) transform_hits.add_(target.hits(model->head->forward(z), target.classes(labels)));
        const auto untransformed = values.transform.starts_at_identity
                                       ? z.view({some.size(0), values.per_image, -1}).select(1, 0)
                                       : model->encoder(trainer.scale()(images.pixels.index_select(0, some)));
        probe_hits.add_(model->probe(untransformed).argmax(1).eq(images.labels.index_select(0, some)).sum());
      });
  auto hits = torch::stack({probe_hits, transform_hits}).to(torch::kDouble);
  ranks.sum(hits);
  const auto count = static_cast<double>(images.count());
  HeldoutAccuracy accuracy{std::nullopt, hits[0].item<double>() / count};
  if (model->head) {
    accuracy.transform = hits[1].item<double>() / (count * static_cast<double>(values.per_image * target.components()));
  }
  return accuracy;
}

}  // namespace equinfo
