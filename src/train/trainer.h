#pragma once

#include <memory>

#include <torch/types.h>

#include "augment/augment.h"
#include "objective/objective_losses.h"
#include "objective/pretext_model.h"
#include "objective/transform_target.h"
#include "train/config.h"
#include "train/descent.h"
#include "train/images.h"
#include "train/schedule.h"
#include "transform/transform.h"

namespace equinfo {

class Crew;
class KernelRecorder;
class StepGraph;

/// Random choices of one epoch, a function of (seed, epoch) alone, on the training device.
struct EpochDraws {
  torch::Tensor order;                 ///< [N] int64, a permutation of the images
  torch::Tensor labels;                ///< [N] int64 or [N, p] float64, the transformation of image order[i]
  torch::Tensor noise;                 ///< [N, q], what else that transformation takes
  std::vector<torch::Tensor> augment;  ///< [N, p] each, independent augmentations of image order[i]; see View::draw
};

/// Where training stands: so many whole epochs, then so many steps of the next one, and that epoch's sums so far.
struct TrainProgress {
  std::int64_t epoch = 0, step = 0;
  torch::Tensor losses;   ///< [steps an epoch] float, what the encoder minimises, of each step done
  torch::Tensor terms;    ///< [steps an epoch, kLossTerms] float, its parts; NaN: no part of the objective
  torch::Tensor correct;  ///< int64 scalar, training images (times components) whose transformation was predicted
  double seconds = 0;
};

/// Stochastic gradient descent on the objective's losses + CE(probe(detached z), y), for views x of augmented images of
/// which the objective has some transformed.
class Trainer {
 public:
  /// Several ranks train one model: each holds all images and a copy of it, learns from its part of every batch, and
  /// ends each step with the weights that one process would have, to rounding. Throws std::invalid_argument if a batch
  /// cannot be shared, std::runtime_error if the device does not know the precision.
  Trainer(const TrainConfig& config, DeviceImages images, std::int64_t classes, const Ranks& ranks = no_ranks());
  Trainer(Trainer&&) noexcept;
  ~Trainer();

  std::int64_t steps_per_epoch() const { return schedule_.steps_per_epoch; }
  std::int64_t batch() const { return config_.train.batch; }
  /// One batch of all ranks, the next of the epoch that is under way. No value is copied to the host.
  void step();
  /// Closes an epoch whose steps are all done.
  void finish_epoch();
  /// Throws std::runtime_error naming step and learning rate if a loss of this epoch so far, or a weight, is not
  /// finite.
  void check_finite() const;
  /// Learning rate of the last step done, or of the first.
  double last_rate() const;

  PretextModel& model() { return model_; }
  Descent& descent() { return *descent_; }
  const Ranks& ranks() const { return descent_->ranks(); }
  TrainProgress& progress() { return progress_; }
  const PixelScale& scale() const { return scale_; }
  const TransformTarget& target() const { return target_; }
  const ObjectiveNeeds& needs() const { return needs_; }
  torch::Device device() const { return images_.pixels.device(); }

  /// Puts the parameters in channels-last order; to be called after they were replaced.
  void arrange_parameters();
  /// From now on what stands between a batch's inputs and its gradients is recorded and launched as a whole. The
  /// constructor sees to it on CUDA; see StepGraph.
  void record_steps(std::unique_ptr<KernelRecorder> recorder, bool required);

 private:
  /// Of one part of the batch under way, what this rank learns from; rows of the draws.
  struct Rows {
    std::int64_t first, count;
    torch::Tensor of(const torch::Tensor& draws) const { return draws.narrow(0, first, count); }
    Rows part(std::int64_t number, std::int64_t parts) const {
      return {first + number * (count / parts), count / parts};
    }
  };

  void begin_epoch();
  EpochDraws draw_epoch(std::int64_t epoch) const;
  std::vector<torch::Tensor> draw_augmentations(std::int64_t epoch) const;
  torch::Tensor input(const View& view, const Rows& rows) const;
  void share_batches();
  std::vector<torch::Tensor> views_of(const Rows& rows) const;
  void seed_dropout(Encoder& encoder, std::int64_t part) const;
  torch::Tensor represent(Encoder& encoder, const std::vector<torch::Tensor>& views) const;
  torch::Tensor learn(std::int64_t part);
  torch::Tensor learn_from(const std::vector<torch::Tensor>& inputs);
  torch::Tensor descend(const std::vector<torch::Tensor>& z, const torch::Tensor& values, const torch::Tensor& classes);
  void record(const torch::Tensor& statistics);
  std::int64_t steps_done() const;
  std::uint64_t dropout_seed(std::int64_t part) const;
  Rows rows_of(std::int64_t part) const;
  /// Of the losses of a batch, the share of one part on one rank.
  double share() const { return 1.0 / static_cast<double>(config_.train.accumulate * ranks().count()); }

  TrainConfig config_;
  DeviceImages images_;
  Transform transform_;
  TransformTarget target_;
  const Objective& objective_;
  ObjectiveNeeds needs_;
  const Augment& augment_;
  AugmentOptions augment_options_;
  PixelScale scale_;
  Schedule schedule_;
  PretextModel model_{nullptr};
  std::unique_ptr<Crew> crew_;  ///< if several threads share the batches
  Precision precision_;
  std::unique_ptr<Descent> descent_;
  std::unique_ptr<StepGraph> graph_;  ///< null: steps are not recorded
  TrainProgress progress_;
  EpochDraws draws_;
  std::int64_t drawn_epoch_ = -1;
};

/// A generator on the CPU for one purpose, seeded through RandomStream(seed, purpose, index).
at::Generator make_generator(std::int64_t seed, const std::string& purpose, std::int64_t index = 0);

}  // namespace equinfo
