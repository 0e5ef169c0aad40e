#include "train/heldout.h"

#include <algorithm>

namespace equinfo {
namespace {

/// Rows of one forward pass: enough to keep a device busy, little enough for a small machine's memory.
constexpr std::int64_t kRowsPerBatch = 512;

}  // namespace

void for_each_transformed(
    Trainer& trainer, const DeviceImages& images, const torch::Tensor& rows, const Transform& transform,
    const std::function<void(const torch::Tensor&, const torch::Tensor&, const torch::Tensor&)>& use) {
  const torch::NoGradGuard no_gradient;
  const bool was_training = trainer.model()->is_training();
  trainer.model()->eval();
  const auto values = torch::arange(transform.count(), rows.options());
  const auto per_batch = std::max<std::int64_t>(1, kRowsPerBatch / transform.count());
  for (std::int64_t first = 0; first < rows.size(0); first += per_batch) {
    const auto chosen = rows.narrow(0, first, std::min(per_batch, rows.size(0) - first));
    const auto pixels = images.pixels.index_select(0, chosen).repeat_interleave(transform.count(), 0);
    const auto labels = values.repeat({chosen.size(0)});
    use(trainer.scale()(transform.apply(pixels, labels)), labels, chosen);
  }
  trainer.model()->train(was_training);
}

HeldoutAccuracy measure_heldout(Trainer& trainer, const DeviceImages& images, const Transform& transform) {
  const auto rows = torch::arange(images.count(), images.labels.options());
  auto transform_hits = torch::zeros({}, rows.options()), probe_hits = torch::zeros({}, rows.options());
  auto& model = trainer.model();
  for_each_transformed(trainer, images, rows, transform, [&](const auto& inputs, const auto& values, const auto& some) {
    const auto z = model->encoder(inputs);
    transform_hits.add_(model->head->forward(z).argmax(1).eq(values).sum());
    const auto untransformed = z.view({some.size(0), transform.count(), -1}).select(1, 0);
    probe_hits.add_(model->probe(untransformed).argmax(1).eq(images.labels.index_select(0, some)).sum());
  });
  const auto count = static_cast<double>(images.count());
  return {transform_hits.item<double>() / (count * static_cast<double>(transform.count())),
          probe_hits.item<double>() / count};
}

}  // namespace equinfo
