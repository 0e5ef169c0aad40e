#include "encoder/encoder.h"

#include "core/error.h"
#include "core/suggest.h"
#include "encoder/batch_norm.h"
#include "encoder/kinds.h"

namespace equinfo {
namespace {

/// Far apart for neighbouring layers, so that two layers never silence in step.
constexpr std::uint64_t kSeedStride = 0x9e3779b97f4a7c15;

void check_form(const EncoderOptions& options) {
  require(!options.blocks.empty() && options.blocks.size() <= 6, "encoder: {} stages, but there must be 1 to 6",
          options.blocks.size());
  for (const auto blocks : options.blocks) require(blocks >= 1, "encoder: a stage of {} blocks", blocks);
  require(options.width >= 1, "encoder: width = {}, but it must be at least 1", options.width);
  require(options.stem == "3x3" || options.stem == "7x7", "encoder: stem = \"{}\", but it must be 3x3 or 7x7",
          options.stem);
  require(options.dropout >= 0 && options.dropout < 1, "encoder: dropout = {}, but it must be in [0, 1)",
          options.dropout);
}

}  // namespace

torch::Tensor EncoderImpl::forward(const torch::Tensor& images) {
  auto maps = run_stem(images);
  for (std::size_t stage = 0; stage + 2 < layer_dims_.size(); ++stage) maps = run_stage(stage, maps);
  return represent(maps);
}

std::vector<torch::Tensor> EncoderImpl::forward_layers(const torch::Tensor& images) {
  auto maps = run_stem(images);
  std::vector<torch::Tensor> layers{pool(maps)};
  for (std::size_t stage = 0; stage + 2 < layer_dims_.size(); ++stage) {
    maps = run_stage(stage, maps);
    layers.push_back(pool(maps));
  }
  layers.push_back(represent(maps));
  return layers;
}

void EncoderImpl::seed_dropout(std::uint64_t seed) {
  for (const auto& module : modules()) {
    if (auto* dropout = module->as<SeededDropout>()) dropout->seed(seed += kSeedStride);
  }
}

std::vector<at::Generator> EncoderImpl::dropout_generators() {
  std::vector<at::Generator> generators;
  for (const auto& module : modules()) {
    const auto* dropout = module->as<SeededDropout>();
    if (dropout != nullptr && dropout->generator().defined()) generators.push_back(dropout->generator());
  }
  return generators;
}

void EncoderImpl::renew_dropout_generators() {
  for (const auto& module : modules()) {
    if (auto* dropout = module->as<SeededDropout>()) dropout->renew_generator();
  }
}

void EncoderImpl::share_batches(const BatchShare& share, const std::function<void(torch::Tensor&)>& sum) {
  for (const auto& module : modules()) {
    if (auto* dropout = module->as<SeededDropout>()) dropout->share(share);
    if (auto* norm = module->as<BatchNorm>()) norm->share({share.ranks, sum});
  }
}

const std::vector<EncoderKind>& encoder_kinds() {
#define EQUINFO_ENTRY(name) encoder_table::name(),
  static const std::vector<EncoderKind> table{EQUINFO_ENCODERS(EQUINFO_ENTRY)};
#undef EQUINFO_ENTRY
  return table;
}

Encoder make_encoder(const EncoderOptions& options) {
  check_form(options);
  std::vector<std::string> names;
  for (const auto& kind : encoder_kinds()) {
    if (kind.name == options.kind) return kind.make(options);
    names.push_back(kind.name);
  }
  throw std::invalid_argument(fmt::format("encoder: kind \"{}\" is unknown; the nearest known one is \"{}\"",
                                          options.kind, nearest_name(options.kind, names)));
}

torch::Tensor pool_positions(const torch::Tensor& maps, const EncoderOptions& options) {
  return options.position_pool == "flatten" ? maps.flatten(1) : maps.mean({2, 3});
}

std::int64_t pooled_dims(std::int64_t channels, const EncoderOptions& options) {
  const auto& pool = options.position_pool;
  require(pool == "mean" || pool == "flatten", "encoder: position_pool = \"{}\", but it must be mean or flatten", pool);
  if (pool == "mean") return channels;
  return channels * last_map_size(options, options.image.height) * last_map_size(options, options.image.width);
}

}  // namespace equinfo
