#include "train/dump.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/sha256.h"
#include "store/features_writer.h"
#include "train/heldout.h"
#include "train/weights.h"

namespace equinfo {
namespace {

struct RowLabels {
  std::vector<std::int64_t> y, t, source;
};

RowLabels labels_of(const DumpRequest& request, std::int64_t values) {
  const auto classes = request.images.labels.cpu();
  const auto* class_of = classes.data_ptr<std::int64_t>();
  RowLabels labels;
  for (const auto row : request.rows) {
    for (std::int64_t t = 0; t < values; ++t) {
      labels.y.push_back(class_of[row]);
      labels.t.push_back(t);
      labels.source.push_back(row);
    }
  }
  return labels;
}

/// Numbers of the chosen layers among all of the encoder's.
std::vector<std::size_t> chosen_layers(const TrainConfig& config, const std::vector<std::string>& all) {
  std::vector<std::size_t> chosen;
  for (const auto& layer : config.dump.layers) {
    chosen.push_back(static_cast<std::size_t>(std::find(all.begin(), all.end(), layer) - all.begin()));
  }
  return chosen;
}

std::vector<EmbeddingSpec> specs_of(const ResNetOptions& options, const std::vector<std::size_t>& layers,
                                    std::int64_t epoch) {
  const auto names = layer_names(options);
  const auto dims = layer_dims(options);
  std::vector<EmbeddingSpec> specs;
  for (const auto layer : layers) specs.push_back({names[layer], names[layer], epoch, dims[layer]});
  return specs;
}

}  // namespace

void dump_features(Trainer& trainer, const DumpRequest& request, std::int64_t epoch,
                   const std::filesystem::path& path) {
  const auto& transform = find_transform(request.config.transform);
  const auto resnet = request.config.resnet(request.images.pixels.size(1));
  const auto layers = chosen_layers(request.config, layer_names(resnet));
  const auto labels = labels_of(request, transform.count());
  ShardWriter::Options options;
  options.type = request.config.dump.dtype == "float16" ? FeatureType::kFloat16 : FeatureType::kFloat32;
  options.gzip_level = static_cast<int>(request.config.dump.gzip);
  options.attributes = request.attributes;
  options.attributes["weights_sha256"] = sha256_of_text(safetensors_bytes(*trainer.model()->encoder));
  options.seed = request.config.train.seed;
  ShardWriter shard(path, {labels.y, labels.t, labels.source}, specs_of(resnet, layers, epoch), options);

  const auto rows = torch::tensor(request.rows, torch::kInt64).to(trainer.device());
  for_each_transformed(trainer, request.images, rows, transform,
                       [&](const torch::Tensor& inputs, const torch::Tensor&, const torch::Tensor&) {
                         const auto features = trainer.model()->encoder->forward_layers(inputs);
                         for (std::size_t i = 0; i < layers.size(); ++i) {
                           const auto z = features[layers[i]].to(torch::kCPU, torch::kFloat).contiguous();
                           shard.append(i, {z.data_ptr<float>(), z.size(0), z.size(1)});
                         }
                       });
  if (shard.saturated() > 0) {
    fmt::print(stderr, "{}: {} values are too large for float16 and were cut off; use dump.dtype=float32\n",
               path.string(), shard.saturated());
  }
  shard.finish();
}

}  // namespace equinfo
