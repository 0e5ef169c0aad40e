#include "train/evaluate.h"

#include "core/error.h"
#include "train/checkpoint.h"
#include "train/frozen_probes.h"
#include "train/heldout.h"
#include "train/run.h"
#include "train/run_inputs.h"

namespace equinfo {
namespace {

/// Rows of one forward pass.
constexpr std::int64_t kRowsPerBatch = 512;

/// Predictions on held-out images against the truth, both on the CPU, with the names of the labels.
struct Predictions {
  std::string task, method, settings;
  torch::Tensor truth, predicted;  // [n] int64
  const std::vector<std::string>& names;
};

/// True and predicted values of the transformation, image by image.
struct HeadOutputs {
  torch::Tensor truth, predicted;
};

LabelledFeatures frozen_features(Trainer& trainer, const DeviceImages& images) {
  const torch::NoGradGuard no_gradient;
  trainer.model()->eval();
  std::vector<torch::Tensor> z;
  for (const auto& pixels : images.pixels.split(kRowsPerBatch)) {
    z.push_back(trainer.model()->encoder(trainer.scale()(pixels)).to(torch::kFloat));
  }
  return {torch::cat(z), images.labels};
}

HeadOutputs head_outputs(Trainer& trainer, const DeviceImages& images, const HeldoutValues& values) {
  std::vector<torch::Tensor> truth, predicted;
  auto& model = trainer.model();
  const auto& target = trainer.target();
  for_each_transformed(
      *model, trainer.scale(), images, torch::arange(images.count(), images.labels.options()), values,
      [&](const auto& inputs, const auto& labels, const auto&) {
        const auto logits = model->head->forward(model->encoder(inputs));
        truth.push_back(target.classes(labels).flatten());
        predicted.push_back(logits.view({logits.size(0), target.components(), -1}).argmax(2).flatten());
      });
  return {torch::cat(truth), torch::cat(predicted)};
}

torch::Tensor online_probe(Trainer& trainer, const torch::Tensor& z) {
  const torch::NoGradGuard no_gradient;
  return trainer.model()->probe(z).argmax(1);
}

/// The cells of the confusion matrix that are not 0.
void append_confusion(const Predictions& result, EvaluationRow row, std::vector<EvaluationRow>& rows) {
  const auto size = static_cast<std::int64_t>(result.names.size());
  const auto counts =
      torch::bincount(result.truth.cpu() * size + result.predicted.cpu(), {}, size * size).view({size, size});
  const auto cells = counts.accessor<std::int64_t, 2>();
  row.measure = "confusion";
  for (std::int64_t t = 0; t < size; ++t) {
    row.n = counts[t].sum().item<std::int64_t>();
    for (std::int64_t p = 0; p < size; ++p) {
      if (cells[t][p] == 0) continue;
      row.truth = result.names[static_cast<std::size_t>(t)];
      row.predicted = result.names[static_cast<std::size_t>(p)];
      row.value = static_cast<double>(cells[t][p]) / static_cast<double>(row.n);
      rows.push_back(row);
    }
  }
}

/// Accuracy, and the confusion matrix unless the labels are bins of a continuous T.
void append_rows(const Predictions& result, EvaluationRow row, std::vector<EvaluationRow>& rows) {
  row.task = result.task;
  row.method = result.method;
  row.settings = result.settings;
  row.measure = "accuracy";
  row.n = result.truth.size(0);
  row.value = result.predicted.eq(result.truth).to(torch::kDouble).mean().item<double>();
  rows.push_back(row);
  if (!result.names.empty()) append_confusion(result, row, rows);
}

std::vector<EvaluationRow> measure(const TrainConfig& config, Trainer& trainer, const DeviceImages& train,
                                   const ImageDataset& test, EvaluationRow common) {
  const auto& names = test.class_names;
  const auto classes = static_cast<std::int64_t>(names.size());
  const auto heldout = to_device(test, trainer.device());
  const auto frozen = frozen_features(trainer, train);
  const auto [z, y] = frozen_features(trainer, heldout);
  const HeldoutValues values(config, heldout);
  const auto linear = linear_probe(frozen, z, classes, config.train.seed);
  KnnOptions knn;
  knn.neighbours = std::min(knn.neighbours, train.count());
  common.epoch = trainer.progress().epoch;
  common.seed = config.train.seed;
  std::vector<EvaluationRow> rows;
  append_rows(
      {"class", "linear_probe",
       fmt::format("l2={};train_images={}{}", linear.penalty, train.count(), linear.converged ? "" : ";converged=no"),
       y, linear.predicted, names},
      common, rows);
  append_rows({"class", "knn",
               fmt::format("k={};temperature={};train_images={}", knn.neighbours, knn.temperature, train.count()), y,
               knn_classify(frozen, z, classes, knn), names},
              common, rows);
  append_rows({"class", "online_probe", "", y, online_probe(trainer, z), names}, common, rows);
  if (!trainer.model()->head) return rows;
  const auto head = head_outputs(trainer, heldout, values);
  append_rows(
      {"transform", "head", "transform=" + config.transform, head.truth, head.predicted, values.transform.values},
      common, rows);
  return rows;
}

}  // namespace

std::vector<EvaluationRow> evaluate_run(const std::filesystem::path& run) {
  for (const char* file : {"config.toml", "checkpoint.pt", "weights.safetensors"}) {
    require_file(std::filesystem::exists(run / file), "{}: is no finished run: there is no {} in it", run.string(),
                 file);
  }
  return in_one_line([&] {
    const auto config = read_config(run / "config.toml", {});
    const auto device = prepare_device(config);
    const auto train = load_images(config, Split::kTrain), test = load_images(config, Split::kTest);
    const auto train_images = to_device(train, device);
    Trainer trainer(config, train_images, static_cast<std::int64_t>(train.class_names.size()));
    const auto notes = load_checkpoint(run / "checkpoint.pt", trainer);
    require_file(notes.dataset_sha256 == test.sha256, "{}: the dataset has changed since the run", config.dataset.path);
    EvaluationRow common;
    common.run = run.string();
    return measure(config, trainer, train_images, test, common);
  });
}

std::string evaluation_line(const EvaluationRow& row) {
  return fmt::format("{:<10} {:<13} {:5.1f} % of {:<8} {}", row.task, row.method, 100 * row.value, row.n, row.settings);
}

}  // namespace equinfo
