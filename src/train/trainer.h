#pragma once

#include <memory>

#include <torch/torch.h>

#include "augment/augment.h"
#include "encoder/encoder.h"
#include "train/config.h"
#include "train/images.h"
#include "train/schedule.h"
#include "train/transform_target.h"
#include "transform/transform.h"

namespace equinfo {

/// What a pretext run trains: the encoder z = f(x); the head, which predicts the transformation from z; and the online
/// class probe, one linear map that predicts the class from a detached z, so that it never teaches the encoder.
class PretextModelImpl : public torch::nn::Module {
 public:
  PretextModelImpl(const EncoderOptions& encoder_options, std::int64_t head_hidden, std::int64_t values,
                   std::int64_t classes);
  Encoder encoder;
  torch::nn::Sequential head;
  torch::nn::Linear probe;
};
TORCH_MODULE(PretextModel);

/// Random choices of one epoch, a function of (seed, epoch) alone, on the training device.
struct EpochDraws {
  torch::Tensor order;    ///< [N] int64, a permutation of the images
  torch::Tensor labels;   ///< [N] int64 or [N, p] float64, the transformation of image order[i]
  torch::Tensor noise;    ///< [N, q], what else that transformation takes
  torch::Tensor augment;  ///< [N, p], the augmentation of image order[i]
};

/// Where training stands: so many whole epochs, then so many steps of the next one, and that epoch's sums so far.
struct TrainProgress {
  std::int64_t epoch = 0, step = 0;
  torch::Tensor losses;   ///< [steps an epoch] float, transformation loss of each step done
  torch::Tensor correct;  ///< int64 scalar, training images (times components) whose transformation was predicted
  double seconds = 0;
};

/// Stochastic gradient descent on CE(head(z), t) + CE(probe(detached z), y) for x = transform(augment(image), t).
class Trainer {
 public:
  Trainer(const TrainConfig& config, DeviceImages images, std::int64_t classes);

  std::int64_t steps_per_epoch() const { return schedule_.steps_per_epoch; }
  std::int64_t batch() const { return config_.train.batch; }
  /// One batch, the next of the epoch that is under way. No value is copied to the host.
  void step();
  /// Closes an epoch whose steps are all done.
  void finish_epoch();
  /// Throws std::runtime_error naming step and learning rate if a loss of this epoch so far is not finite.
  void check_finite() const;
  /// Learning rate of the last step done, or of the first.
  double last_rate() const;

  PretextModel& model() { return model_; }
  torch::optim::SGD& optimizer() { return *optimizer_; }
  TrainProgress& progress() { return progress_; }
  const PixelScale& scale() const { return scale_; }
  const TransformTarget& target() const { return target_; }
  torch::Device device() const { return images_.pixels.device(); }

  /// Puts the parameters in channels-last order; to be called after they were replaced.
  void arrange_parameters();

 private:
  void begin_epoch();
  EpochDraws draw_epoch(std::int64_t epoch) const;
  torch::Tensor inputs(std::int64_t first) const;
  std::int64_t steps_done() const;
  std::uint64_t dropout_seed() const;

  TrainConfig config_;
  DeviceImages images_;
  Transform transform_;
  TransformTarget target_;
  const Augment& augment_;
  AugmentOptions augment_options_;
  PixelScale scale_;
  Schedule schedule_;
  PretextModel model_{nullptr};
  std::unique_ptr<torch::optim::SGD> optimizer_;
  TrainProgress progress_;
  EpochDraws draws_;
  std::int64_t drawn_epoch_ = -1;
};

/// A generator on the CPU for one purpose, seeded through RandomStream(seed, purpose, index).
at::Generator make_generator(std::int64_t seed, const std::string& purpose, std::int64_t index = 0);

}  // namespace equinfo
