#pragma once

#include <functional>
#include <vector>

#include <torch/nn/module.h>

#include "encoder/encoder_options.h"
#include "encoder/seeded_dropout.h"

namespace equinfo {

/// What every encoder is: a stem, stages that work on its maps one after the other, and a representation z read from
/// the last maps. A kind fills in these parts; make_encoder makes the one that the options name.
class EncoderImpl : public torch::nn::Module {
 public:
  /// Representation [N, d] of images [N, C, H, W].
  torch::Tensor forward(const torch::Tensor& images);
  /// Features [N, d_layer] of every layer of layer_names(), in that order: maps averaged over positions, and at the end
  /// the representation. Group encoders keep the channels of all orientations in the layers before.
  std::vector<torch::Tensor> forward_layers(const torch::Tensor& images);

  /// Number of features of each layer, in that order.
  const std::vector<std::int64_t>& layer_dims() const { return layer_dims_; }
  /// Number of features of the representation.
  std::int64_t dims() const { return layer_dims_.back(); }

  /// What dropout silences in the next passes is a function of this number alone.
  void seed_dropout(std::uint64_t seed);
  /// The generators that dropout has drawn from so far.
  std::vector<at::Generator> dropout_generators();
  /// Replaces them, which changes no draw behind the next seed: one that was left in the middle of a recording refuses
  /// to go on.
  void renew_dropout_generators();
  /// From now on batches of training are shared by several processes: this one holds `share` of each, and what depends
  /// on the whole batch (moments of batch norm, masks of dropout) is that of the whole. `sum` replaces a float64 tensor
  /// by its sum over the processes.
  void share_batches(const BatchShare& share, const std::function<void(torch::Tensor&)>& sum);

 protected:
  virtual torch::Tensor run_stem(const torch::Tensor& images) = 0;
  virtual torch::Tensor run_stage(std::size_t stage, const torch::Tensor& maps) = 0;
  virtual torch::Tensor represent(const torch::Tensor& maps) = 0;
  virtual torch::Tensor pool(const torch::Tensor& maps) { return maps.mean({2, 3}); }

  std::vector<std::int64_t> layer_dims_;  ///< to be filled by the constructor of a kind; d of stem, stages, encoder
};
TORCH_MODULE(Encoder);

/// One kind of encoder.
struct EncoderKind {
  std::string name;     ///< as in configurations, such as "resnet"
  std::string summary;  ///< one line for --help
  /// Throws std::invalid_argument if an option is out of range or not offered by this kind.
  Encoder (*make)(const EncoderOptions& options);
};

/// Every kind the project knows, in the order of the table.
const std::vector<EncoderKind>& encoder_kinds();
/// The encoder of these options, with the random weights of LibTorch; see initialize() in heads.h. Throws
/// std::invalid_argument if an option is out of range, or naming the nearest known kind.
Encoder make_encoder(const EncoderOptions& options);

/// z from maps [N, C, H, W] as `position_pool` says: their mean over positions [N, C], or all values [N, C · H · W].
torch::Tensor pool_positions(const torch::Tensor& maps, const EncoderOptions& options);
/// Its number of features, for so many channels. Throws std::invalid_argument for another position_pool.
std::int64_t pooled_dims(std::int64_t channels, const EncoderOptions& options);

}  // namespace equinfo
