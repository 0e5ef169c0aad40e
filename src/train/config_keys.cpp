#include "train/config_keys.h"

#include "augment/augment.h"
#include "encoder/encoder.h"
#include "objective/objective.h"
#include "train/config_values.h"
#include "transform/transform.h"

namespace equinfo {
namespace {

constexpr std::int64_t kMillion = 1'000'000;

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const auto& preset : encoder_presets()) names.push_back(preset.name);
  return names;
}

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const auto& kind : encoder_kinds()) names.push_back(kind.name);
  return names;
}

/// A preset sets the encoder's other keys, which may then be changed one by one.
ConfigKey preset_key() {
  auto key = config_key(
      "encoder.preset", "a member of the family; the keys below change it",
      [](auto& c) -> auto& { return c.encoder_preset; }, one_of(preset_names()));
  key.set = [set = key.set](TrainConfig& config, const toml::node& node, const std::string& where) {
    set(config, node, where);
    for (const auto& preset : encoder_presets()) {
      if (preset.name == config.encoder_preset) config.encoder = preset.options;
    }
  };
  return key;
}

/// Any name that find_transform takes; what is wrong with another one is told in its words.
ConfigKey transform_key() {
  const Rule<std::string> any_name{"a name such as \"rotation4\" or \"rotation8+circle\"; essl-train --help lists them",
                                   [](const std::string&) { return true; }};
  auto key = config_key(
      "transform.name", "the transformation to be predicted", [](auto& c) -> auto& { return c.transform; }, any_name);
  key.set = [set = key.set](TrainConfig& config, const toml::node& node, const std::string& where) {
    set(config, node, where);
    try {
      find_transform(config.transform);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(fmt::format("{}: {}", where, error.what()));
    }
  };
  return key;
}

// clang-format off: a table reads best with its columns kept
#define FIELD(name) \
  [](auto& c) -> auto& { return c.name; }

std::vector<ConfigKey> data_keys() {
  const Rule<std::string> any_text{"a text", [](const std::string&) { return true; }};
  return {
      config_key("dataset.path", "a dataset in a format that data/README.md lists, such as an image folder",
                 FIELD(dataset.path), any_text),
      config_key("dataset.train_limit", "at most so many training images, evenly of all classes; 0 = all",
                 FIELD(dataset.train_limit), integer_from(0)),
      config_key("dataset.test_limit", "at most so many held-out images, evenly of all classes; 0 = all",
                 FIELD(dataset.test_limit), integer_from(0)),
      config_key("dataset.colour", "channels: as stored, luma of ITU-R BT.601 (one), or red, green and blue",
                 FIELD(dataset.colour), one_of({"stored", "luma", "rgb"})),
      config_key("dataset.labels", "of CIFAR-100: its 100 classes, or their 20 superclasses", FIELD(dataset.labels),
                 one_of({"fine", "coarse"})),
      config_key("dataset.mean", "subtracted from pixels in [0, 1], one value a channel; [] = nothing",
                 FIELD(dataset.mean), list_of(number_from(0, 1), 0, 3)),
      config_key("dataset.std", "divides pixels afterwards, one value a channel; [] = nothing", FIELD(dataset.std),
                 list_of(number_from(0, 1, true), 0, 3)),
      transform_key(),
      config_key("transform.bins", "of a continuous transformation: parts of each component's range to tell apart",
                 FIELD(transform_bins), integer_from(2, 4096)),
      config_key("transform.draws", "of a continuous transformation: random values of each held-out image",
                 FIELD(transform_draws), integer_from(1, 1000)),
      config_key("augment.name", "what else changes training images, before the transformation", FIELD(augment.name),
                 one_of(augment_names())),
      config_key("augment.padding", "crop_flip: zeros around an image before its crop", FIELD(augment.padding),
                 integer_from(0, 64)),
      config_key("augment.min_area", "simclr: smallest share of an image that a crop keeps", FIELD(augment.min_area),
                 number_from(0, 1, true)),
      config_key("augment.jitter", "simclr: strength s of the colour jitter: factors 1 ± .8 s, hue ± .2 s turns",
                 FIELD(augment.jitter), number_from(0, 1.25)),
      config_key("augment.blur", "simclr: probability of a Gaussian blur; 0 as for small images, .5 for large ones",
                 FIELD(augment.blur), number_from(0, 1)),
  };
}

std::vector<ConfigKey> objective_keys() {
  return {
      config_key("objective.name", "what training minimises; essl-train --help lists them", FIELD(objective.name),
                 one_of(objective_names())),
      config_key("objective.add_class", "transformation: weight λ1 of the class's cross-entropy, to be lowered too",
                 FIELD(objective.add_class), number_from(0, 1000)),
      config_key("objective.eliminate_class",
                 "transformation: weight λ2 at which the encoder works against the class head (gradient reversal)",
                 FIELD(objective.eliminate_class), number_from(0, 1000)),
      config_key("objective.class_hidden",
                 "transformation, supervised: hidden units of the class head; 0 = one linear layer",
                 FIELD(objective.class_hidden), integer_from(0, 65536)),
      config_key("objective.projection",
                 "ntxent, hybrid, care: values of the projection of z that is compared; 0 = z itself",
                 FIELD(objective.projection), integer_from(0, 65536)),
      config_key("objective.temperature", "ntxent, hybrid: divides cosines", FIELD(objective.temperature),
                 number_from(0, 100, true)),
      config_key("objective.transform_weight", "hybrid: weight of the transformation's cross-entropy",
                 FIELD(objective.transform_weight), number_from(0, 1000)),
      config_key("objective.alignment", "care: weight of the distance between two augmentations of an image",
                 FIELD(objective.alignment), number_from(0, 1000)),
      config_key("objective.uniformity", "care: weight of what keeps images apart", FIELD(objective.uniformity),
                 number_from(0, 1000)),
      config_key("objective.equivariance", "care: weight of the change of cosines under the transformation",
                 FIELD(objective.equivariance), number_from(0, 1000)),
      config_key("objective.groups", "care: parts of a batch, each transformed by one value of T",
                 FIELD(objective.groups), integer_from(1, 65536)),
  };
}

std::vector<ConfigKey> encoder_keys() {
  return {
      preset_key(),
      config_key("encoder.kind", "family of the encoder; p4 and p4m commute with rotations (and mirrors)",
                 FIELD(encoder.kind), one_of(kind_names())),
      config_key("encoder.width", "channels of the first stage, which each further one doubles (vit: of all)",
                 FIELD(encoder.width), integer_from(1, 4096)),
      config_key("encoder.blocks", "blocks of each stage", FIELD(encoder.blocks), list_of(integer_from(1, 100), 1, 6)),
      config_key("encoder.stem", "first convolution: 3x3 of stride 1, or 7x7 of stride 2 and max-pool",
                 FIELD(encoder.stem), one_of({"3x3", "7x7"})),
      config_key("encoder.block", "resnet: two 3x3, or bottleneck: 1x1, 3x3, 1x1 to 4 times the width",
                 FIELD(encoder.block), one_of({"basic", "bottleneck"})),
      config_key("encoder.dropout", "share of values silenced before the second convolution of basic blocks",
                 FIELD(encoder.dropout), number_from(0, 0.99)),
      config_key("encoder.position_pool", "features from the last maps: mean over positions, or all of them",
                 FIELD(encoder.position_pool), one_of({"mean", "flatten"})),
      config_key("encoder.group_pool", "p4, p4m: before that the largest over orientations, or none: keep all",
                 FIELD(encoder.group_pool), one_of({"max", "none"})),
      config_key("encoder.match",
                 "p4, p4m: channels an orientation so that parameters, or compute, are about those of "
                 "a resnet of encoder.width; none: as many as encoder.width",
                 FIELD(encoder.match), one_of({"parameters", "compute", "none"})),
      config_key("encoder.pool_first", "p4, p4m: halve maps before the convolution, which is cheaper, not behind it",
                 FIELD(encoder.pool_first), Rule<bool>{"true or false", [](const bool&) { return true; }}),
      config_key("encoder.patch", "vit: pixels a side of a patch", FIELD(encoder.patch), integer_from(1, 1024)),
      config_key("encoder.heads", "vit: attention heads", FIELD(encoder.heads), integer_from(1, 1024)),
      config_key("head.hidden", "hidden units of the transformation head and the projection; 0 = one linear layer",
                 FIELD(head_hidden), integer_from(0, 65536)),
  };
}

std::vector<ConfigKey> train_keys() {
  return {
      config_key("train.epochs", "passes over the training images", FIELD(train.epochs), integer_from(0, kMillion)),
      config_key("train.batch", "images a step; what is left of an epoch below a batch is dropped", FIELD(train.batch),
                 integer_from(2, kMillion)),
      config_key("train.lr", "learning rate at the start", FIELD(train.lr), number_from(0, 1000, true)),
      config_key("train.schedule",
                 "cosine: half a wave from lr to final_lr, each step; step: times gamma at each milestone",
                 FIELD(train.schedule), one_of({"cosine", "step"})),
      config_key("train.final_lr", "learning rate that the cosine ends at", FIELD(train.final_lr),
                 number_from(0, 1000)),
      config_key("train.milestones", "epochs (finished ones) at which the step schedule lowers the rate, ascending",
                 FIELD(train.milestones), list_of(integer_from(1, kMillion), 0, 100)),
      config_key("train.gamma", "factor of the step schedule", FIELD(train.gamma), number_from(0, 1, true)),
      config_key("train.momentum", "of stochastic gradient descent", FIELD(train.momentum), number_from(0, 1)),
      config_key("train.nesterov", "Nesterov's momentum", FIELD(train.nesterov),
                 Rule<bool>{"true or false", [](const bool&) { return true; }}),
      config_key("train.weight_decay", "of all parameters", FIELD(train.weight_decay), number_from(0, 1)),
      config_key("train.accumulate",
                 "parts that a batch is cut into, one after the other, so that it needs less memory; batch norm then "
                 "sees a part. Does not change the batch",
                 FIELD(train.accumulate), integer_from(1, kMillion)),
      config_key("train.precision",
                 "of the encoder's products in training: tf32 (CUDA), bf16, or fp16 with a factor of the loss that "
                 "adapts itself; heads, losses, weights and features are fp32",
                 FIELD(train.precision), one_of({"fp32", "tf32", "bf16", "fp16"})),
      config_key("train.fused", "the step of all weights as one operation; auto: on CUDA, where it is faster",
                 FIELD(train.fused), one_of({"auto", "yes", "no"})),
      config_key("train.cuda_graphs",
                 "the kernels of a step recorded once and launched as one; auto: on CUDA, in one process",
                 FIELD(train.cuda_graphs), one_of({"auto", "yes", "no"})),
      config_key("train.nccl",
                 "several ranks add up from GPU to GPU; auto: where each has a GPU of its own. The bits are the same",
                 FIELD(train.nccl), one_of({"auto", "yes", "no"})),
      config_key("train.seed", "of everything random in training; a limit keeps the same images for each",
                 FIELD(train.seed), integer_from(0)),
      config_key("train.device", "auto takes CUDA where there is one", FIELD(train.device),
                 one_of({"auto", "cpu", "cuda"})),
      config_key("train.threads", "on the CPU; 0 = one for each core. Equal threads give equal bytes",
                 FIELD(train.threads), integer_from(0, 1024)),
  };
}

std::vector<ConfigKey> output_keys() {
  const Rule<EpochChoice> epochs{"\"all\", \"last\", or a list of integers", [](const EpochChoice&) { return true; }};
  const Rule<std::string> layer{"\"stem\", \"layer1\", …, or \"encoder\"", [](const std::string&) { return true; }};
  return {
      config_key("dump.epochs", "whose features are kept; 0 = the untrained encoder, -1 = the last epoch",
                 FIELD(dump.epochs), epochs),
      config_key("dump.layers", "whose features are kept; maps are averaged over positions", FIELD(dump.layers),
                 list_of(layer, 1, 8, " such as [\"layer1\", \"encoder\"]")),
      config_key("dump.limit", "held-out images whose features are kept, evenly of all classes; 0 = all",
                 FIELD(dump.limit), integer_from(0)),
      config_key("dump.dtype", "of the features in the file", FIELD(dump.dtype), one_of({"float16", "float32"})),
      config_key("dump.gzip", "compression; 0 = none, which writes 20 times as fast", FIELD(dump.gzip),
                 integer_from(0, 9)),
      config_key("checkpoint.every_steps",
                 "also save the state within an epoch, every so many steps; 0 = after epochs only",
                 FIELD(checkpoint_steps), integer_from(0)),
  };
}
#undef FIELD
// clang-format on

}  // namespace

const std::vector<ConfigKey>& config_keys() {
  static const std::vector<ConfigKey> table = [] {
    std::vector<ConfigKey> keys;
    for (const auto& part : {data_keys(), objective_keys(), encoder_keys(), train_keys(), output_keys()}) {
      keys.insert(keys.end(), part.begin(), part.end());
    }
    return keys;
  }();
  return table;
}

}  // namespace equinfo
