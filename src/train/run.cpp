#include "train/run.h"

#include <chrono>
#include <cmath>
#include <fstream>
#include <optional>

#include <torch/version.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/progress.h"
#include "core/sha256.h"
#include "dataset/subset.h"
#include "store/features_writer.h"
#include "train/checkpoint.h"
#include "train/dump.h"
#include "train/event_file.h"
#include "train/gpu_ranks.h"
#include "train/heldout.h"
#include "train/metrics.h"
#include "train/run_folder.h"
#include "train/run_inputs.h"
#include "train/weights.h"

namespace equinfo {
namespace {

/// Steps between two looks at the losses; each look waits for the device.
constexpr std::int64_t kStepsPerLook = 50;

/// Makes the event file of what metrics.csv holds, as if training had begun when the configuration was written.
void write_events(const RunFolder& folder) {
  const auto begun = std::chrono::file_clock::to_sys(std::filesystem::last_write_time(folder.config()));
  std::ifstream metrics(folder.metrics());
  const std::string text((std::istreambuf_iterator<char>(metrics)), {});
  update_event_file(folder.events(),
                    event_file_bytes(text, std::chrono::duration<double>(begun.time_since_epoch()).count()));
}

/// One training run in its folder.
class Run {
 public:
  Run(const TrainConfig& config, const RunFolder& folder, const ImageDataset& train, const ImageDataset& test,
      torch::Device device, const Ranks& ranks, bool tensorboard)
      : config_(config),
        folder_(folder),
        tensorboard_(tensorboard),
        ranks_(ranks),
        heldout_(to_device(test, device)),
        values_(config, heldout_),
        trainer_(config, to_device(train, device), static_cast<std::int64_t>(train.class_names.size()), ranks),
        notes_{test.sha256, at::get_num_threads(), device.is_cuda() ? "cuda" : "cpu", ranks.count()},
        dump_{config_, heldout_, values_,
              balanced_subset(test.labels, static_cast<std::int64_t>(test.class_names.size()), config.dump.limit,
                              kMeasurementSeed),
              dump_attributes(config, test, device)} {}

  RunOutcome train(const std::function<bool()>& stop_requested) {
    const bool resumed = resume();
    std::optional<MetricsFile> metrics;
    if (ranks_.first()) metrics.emplace(folder_.metrics(), resumed ? progress().epoch : -1);
    if (!resumed) record_epoch(metrics, {});
    while (progress().epoch < config_.train.epochs) {
      if (!train_epoch(stop_requested)) return RunOutcome::kStopped;
      const double rate = trainer_.last_rate();
      const EpochMetrics trained = training_metrics(rate);
      trainer_.finish_epoch();
      record_epoch(metrics, trained);
    }
    if (ranks_.first()) {
      write_index(true);
      write_file_atomically(folder_.weights(), weights_bytes());
    }
    return RunOutcome::kFinished;
  }

 private:
  TrainProgress& progress() { return trainer_.progress(); }

  bool resume() {
    if (!std::filesystem::exists(folder_.checkpoint())) return false;
    const auto notes = load_checkpoint(folder_.checkpoint(), trainer_);
    require_file(notes.dataset_sha256 == notes_.dataset_sha256,
                 "{}: the dataset has changed since this run was started (sha256 {} then, {} now)",
                 config_.dataset.path, notes.dataset_sha256, notes_.dataset_sha256);
    if (!ranks_.first()) return true;
    fmt::print(stderr, "{}: goes on after epoch {}, step {} of {}\n", folder_.path().string(), progress().epoch,
               progress().step, trainer_.steps_per_epoch());
    if (notes.threads != notes_.threads || notes.device != notes_.device || notes.ranks != notes_.ranks) {
      fmt::print(stderr, "{}: was on {}, now on {}: results will differ by rounding\n", folder_.path().string(),
                 place(notes), place(notes_));
    }
    return true;
  }

  static std::string place(const CheckpointNotes& notes) {
    const auto ranks = notes.ranks == 1 ? "" : fmt::format(" of each of {} ranks", notes.ranks);
    return fmt::format("{} with {} threads{}", notes.device, notes.threads, ranks);
  }

  std::string weights_bytes() { return safetensors_bytes(*trainer_.model()->encoder, weights_metadata(config_)); }

  void save() {
    if (ranks_.first()) save_checkpoint(folder_.checkpoint(), trainer_, notes_);
  }

  /// Trains to the end of the epoch, or false if told to stop.
  bool train_epoch(const std::function<bool()>& stop_requested) {
    Progress bar(fmt::format("epoch {}/{}", progress().epoch + 1, config_.train.epochs),
                 (trainer_.steps_per_epoch() - progress().step) * trainer_.batch(), "images");
    auto last = std::chrono::steady_clock::now();
    while (progress().step < trainer_.steps_per_epoch()) {
      trainer_.step();
      count_time(last);
      if (ranks_.first()) bar.advance(trainer_.batch());
      if (progress().step % kStepsPerLook == 0) look(bar);
      const bool stop = ranks_.any(stop_requested());
      const auto every = config_.checkpoint_steps;
      if (stop || (every > 0 && progress().step % every == 0 && progress().step < trainer_.steps_per_epoch())) {
        look(bar);
        save();
      }
      if (stop) return false;
    }
    look(bar);  // waits for the device
    count_time(last);
    return true;
  }

  void count_time(std::chrono::steady_clock::time_point& last) {
    const auto now = std::chrono::steady_clock::now();
    progress().seconds += std::chrono::duration<double>(now - last).count();
    last = now;
  }

  void look(Progress& bar) {
    try {
      trainer_.check_finite();
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(
          fmt::format("{}; the last good checkpoint is {}", error.what(), folder_.checkpoint().string()));
    }
    bar.note(fmt::format("loss {:.3f}", progress().losses.select(0, progress().step - 1).item<float>()));
  }

  EpochMetrics training_metrics(double rate) {
    const auto images = static_cast<double>(trainer_.steps_per_epoch() * trainer_.batch());
    EpochMetrics metrics;
    metrics.lr = rate;
    metrics.train_loss = progress().losses.to(torch::kDouble).mean().item<double>();
    const auto terms = progress().terms.to(torch::kDouble).mean(0).cpu();
    for (std::size_t i = 0; i < metrics.terms.size(); ++i) {
      const double term = terms[static_cast<std::int64_t>(i)].item<double>();
      if (!std::isnan(term)) metrics.terms[i] = term;
    }
    if (trainer_.needs().transform_head) {
      metrics.train_accuracy =
          progress().correct.item<double>() / (images * static_cast<double>(trainer_.target().components()));
    }
    metrics.seconds = progress().seconds;
    metrics.images_per_second = images / progress().seconds;
    return metrics;
  }

  /// Features first, the checkpoint last: whatever a checkpoint counts as done is on the disk.
  void record_epoch(std::optional<MetricsFile>& file, EpochMetrics metrics) {
    const auto epoch = metrics.epoch = progress().epoch;
    const auto accuracy = measure_heldout(trainer_, heldout_, values_);
    metrics.heldout_accuracy = accuracy.transform;
    metrics.probe_accuracy = accuracy.probe;
    if (!ranks_.first()) return;
    if (config_.dump.epochs.contains(epoch, config_.train.epochs)) {
      dump_.attributes["weights_sha256"] = sha256_of_text(weights_bytes());
      dump_features({trainer_.model()->encoder, trainer_.scale()}, dump_, epoch,
                    folder_.path() / RunFolder::shard(epoch));
      write_index(false);
    }
    file->append(metrics);
    if (tensorboard_) write_events(folder_);
    save();
    fmt::print(stderr, "{}\n", epoch_line(metrics, config_.train.epochs));
  }

  void write_index(bool finished) {
    std::vector<std::filesystem::path> shards;
    for (std::int64_t epoch = 0; epoch <= progress().epoch; ++epoch) {
      if (config_.dump.epochs.contains(epoch, config_.train.epochs)) shards.push_back(RunFolder::shard(epoch));
    }
    if (!shards.empty()) write_feature_index(folder_.index(), shards, finished);
  }

  const TrainConfig& config_;
  const RunFolder& folder_;
  bool tensorboard_;
  const Ranks& ranks_;
  DeviceImages heldout_;
  HeldoutValues values_;
  Trainer trainer_;
  CheckpointNotes notes_;
  DumpRequest dump_;
};

}  // namespace

std::string libtorch_version() { return TORCH_VERSION; }

ImageDataset load_images(const TrainConfig& config, Split split) {
  LoadOptions options;
  options.limit = split == Split::kTrain ? config.dataset.train_limit : config.dataset.test_limit;
  options.seed = kMeasurementSeed;
  options.threads = static_cast<int>(config.train.threads);
  const auto& colour = config.dataset.colour;
  options.color = colour == "luma" ? Color::kLuma : colour == "rgb" ? Color::kRgb : Color::kAsStored;
  options.labels = config.dataset.labels == "coarse" ? ClassLevel::kCoarse : ClassLevel::kFine;
  return load_dataset(config.dataset.path, split, options);
}

RunOutcome run_training(const TrainConfig& config, const std::filesystem::path& path,
                        const std::function<bool()>& stop_requested, Ranks& ranks, const RunOptions& options) {
  return in_one_line([&] {
    const RunFolder folder = ranks.first() ? RunFolder(path, config) : RunFolder(path);
    const bool tensorboard = options.tensorboard || std::filesystem::exists(folder.events());
    if (ranks.any(ranks.first() && std::filesystem::exists(folder.weights()))) {
      if (ranks.first() && tensorboard) write_events(folder);
      return RunOutcome::kAlreadyFinished;
    }
    const auto device = prepare_device(config, ranks.launch());
    connect_gpus(ranks, device, config.train.nccl);
    const auto train = load_images(config, Split::kTrain);
    const auto test = load_images(config, Split::kTest);
    return Run(config, folder, train, test, device, ranks, tensorboard).train(stop_requested);
  });
}

RunOutcome run_training(const TrainConfig& config, const std::filesystem::path& path,
                        const std::function<bool()>& stop_requested) {
  Ranks alone;
  return run_training(config, path, stop_requested, alone);
}

}  // namespace equinfo
