#include "train/config_checks.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "augment/augment.h"
#include "core/error.h"
#include "train/config_keys.h"

namespace equinfo {
namespace {

void check_dump(const TrainConfig& config, const WhereOf& where_of) {
  const auto layers = layer_names(config.encoder);
  for (const auto& layer : config.dump.layers) {
    require(std::find(layers.begin(), layers.end(), layer) != layers.end(),
            "{}: dump.layers names \"{}\", but this encoder's layers are {}",
            where_of({"dump.layers", "encoder.preset", "encoder.blocks"}), layer, fmt::join(layers, ", "));
    require(std::count(config.dump.layers.begin(), config.dump.layers.end(), layer) == 1,
            "{}: dump.layers names \"{}\" twice", where_of({"dump.layers"}), layer);
  }
  const auto epochs = config.train.epochs;
  for (const auto epoch : config.dump.epochs.list) {
    require(epoch >= -epochs - 1 && epoch <= epochs, "{}: dump.epochs names {}, but epochs are 0 … {}",
            where_of({"dump.epochs", "train.epochs"}), epoch, epochs);
  }
}

/// What the chosen objective needs of the rest.
void check_needs(const TrainConfig& config, const WhereOf& where_of) {
  const auto& options = config.objective;
  const auto needs = find_objective(options.name).needs(options);
  require(options.class_hidden == 0 || needs.class_head,
          "{}: objective.class_hidden = {}, but there is no class head without objective.add_class or eliminate_class",
          where_of({"objective.class_hidden", "objective.name"}), options.class_hidden);
  const bool several = std::any_of(needs.views.begin(), needs.views.end(), [](const View& v) { return v.draw > 0; });
  require(!several || find_augment(config.augment.name).random,
          "{}: objective.name = \"{}\" compares several augmentations of an image, but augment.name = \"{}\" makes "
          "them equal{}",
          where_of({"objective.name", "augment.name", "objective.alignment"}), options.name, config.augment.name,
          options.name == "care" ? "; or set objective.alignment = 0" : "");
  const auto batch = config.train.batch;
  require(needs.groups == 0 || (batch % needs.groups == 0 && batch / needs.groups >= 2),
          "{}: objective.groups = {} must cut train.batch = {} into equal parts of at least 2 images",
          where_of({"objective.groups", "train.batch"}), needs.groups, batch);
}

/// A number that the chosen objective does not read would be without effect.
void check_objective(const TrainConfig& config, const WhereOf& where_of) {
  const auto& options = config.objective;
  require(options.add_class == 0 || options.eliminate_class == 0,
          "{}: objective.add_class = {} and objective.eliminate_class = {} contradict each other",
          where_of({"objective.add_class", "objective.eliminate_class"}), options.add_class, options.eliminate_class);
  require(options.alignment + options.uniformity + options.equivariance > 0,
          "{}: objective.alignment, uniformity and equivariance are all 0, so there is nothing to learn",
          where_of({"objective.alignment", "objective.uniformity", "objective.equivariance"}));
  const TrainConfig defaults;
  const auto& objective = find_objective(config.objective.name);
  for (const auto& key : config_keys()) {
    const auto [table, name] = split_name(key.name);
    if (table != "objective" || name == "name" || key.get(config) == key.get(defaults)) continue;
    require(std::find(objective.keys.begin(), objective.keys.end(), name) != objective.keys.end(),
            "{}: {} = {}, but objective.name = \"{}\" has no use for it", where_of({key.name, "objective.name"}),
            key.name, key.get(config), objective.name);
  }
  check_needs(config, where_of);
}

}  // namespace

std::pair<std::string, std::string> split_name(const std::string& name) {
  const auto dot = name.find('.');
  return {name.substr(0, dot), name.substr(dot + 1)};
}

void check_together(const TrainConfig& config, const WhereOf& where_of) {
  const auto& train = config.train;
  require(!config.dataset.path.empty(), "{}: dataset.path is missing", where_of({"dataset.path"}));
  require(config.dataset.mean.size() == config.dataset.std.size(),
          "{}: numbers in dataset.mean: {}, but in dataset.std: {}", where_of({"dataset.mean", "dataset.std"}),
          config.dataset.mean.size(), config.dataset.std.size());
  require(!train.nesterov || train.momentum > 0, "{}: train.nesterov needs train.momentum > 0",
          where_of({"train.nesterov", "train.momentum"}));
  require(train.schedule != "step" || !train.milestones.empty(),
          "{}: train.schedule = \"step\" needs train.milestones, such as [60, 120, 160]",
          where_of({"train.schedule", "train.milestones"}));
  require(std::is_sorted(train.milestones.begin(), train.milestones.end()), "{}: train.milestones must ascend",
          where_of({"train.milestones"}));
  require(train.batch % train.accumulate == 0 && train.batch / train.accumulate >= 2,
          "{}: train.batch = {} cannot be cut into train.accumulate = {} equal parts of at least 2 images",
          where_of({"train.batch", "train.accumulate"}), train.batch, train.accumulate);
  require(train.accumulate == 1 || !find_objective(config.objective.name).needs(config.objective).couples_images,
          "{}: train.accumulate = {}, but objective.name = \"{}\" compares the images of a whole batch",
          where_of({"train.accumulate", "objective.name"}), train.accumulate, config.objective.name);
  check_objective(config, where_of);
  check_dump(config, where_of);
}

}  // namespace equinfo
