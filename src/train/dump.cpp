#include "train/dump.h"

#include <algorithm>

#include <fmt/format.h>

#include "store/features_writer.h"

namespace equinfo {
namespace {

struct RowLabels {
  std::vector<std::int64_t> y, t, source;
  std::vector<double> parameter, period;  // of a continuous T

  ShardWriter::Labels view() const {
    const auto rows = static_cast<std::int64_t>(y.size()), components = static_cast<std::int64_t>(period.size());
    return {y, t, source, {parameter.data(), components == 0 ? 0 : rows, components}, period};
  }
};

RowLabels labels_of(const DumpRequest& request) {
  const auto classes = request.images.labels.cpu();
  const auto* class_of = classes.data_ptr<std::int64_t>();
  const auto& values = request.values;
  const auto t = values.labels.cpu();
  RowLabels labels;
  for (const auto& component : values.transform.components) labels.period.push_back(component.period);
  for (const auto row : request.rows) {
    for (std::int64_t i = row * values.per_image; i < (row + 1) * values.per_image; ++i) {
      labels.y.push_back(class_of[row]);
      labels.source.push_back(row);
      if (labels.period.empty()) {
        labels.t.push_back(t.data_ptr<std::int64_t>()[i]);
      } else {
        const auto* first = t.data_ptr<double>() + i * t.size(1);
        labels.parameter.insert(labels.parameter.end(), first, first + t.size(1));
      }
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

std::vector<EmbeddingSpec> specs_of(const EncoderImpl& encoder, const std::vector<std::string>& names,
                                    const std::vector<std::size_t>& layers, std::optional<std::int64_t> epoch) {
  const auto& dims = encoder.layer_dims();
  std::vector<EmbeddingSpec> specs;
  for (const auto layer : layers) specs.push_back({names[layer], names[layer], epoch, dims[layer]});
  return specs;
}

}  // namespace

void dump_features(FrozenEncoder frozen, const DumpRequest& request, std::optional<std::int64_t> epoch,
                   const std::filesystem::path& path) {
  const auto names = layer_names(request.config.encoder);
  const auto layers = chosen_layers(request.config, names);
  const auto labels = labels_of(request);
  ShardWriter::Options options;
  options.type = request.config.dump.dtype == "float16" ? FeatureType::kFloat16 : FeatureType::kFloat32;
  options.gzip_level = static_cast<int>(request.config.dump.gzip);
  options.attributes = request.attributes;
  options.seed = request.config.train.seed;
  ShardWriter shard(path, labels.view(), specs_of(*frozen.encoder, names, layers, epoch), options);

  const auto rows = torch::tensor(request.rows, torch::kInt64).to(request.images.pixels.device());
  for_each_transformed(*frozen.encoder, frozen.scale, request.images, rows, request.values,
                       [&](const torch::Tensor& inputs, const torch::Tensor&, const torch::Tensor&) {
                         const auto features = frozen.encoder->forward_layers(inputs);
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
