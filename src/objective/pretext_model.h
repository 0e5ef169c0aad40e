#pragma once

#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>

#include "encoder/encoder.h"
#include "objective/objective.h"

namespace equinfo {

/// Sizes of a pretext model.
struct PretextShape {
  EncoderOptions encoder;
  std::int64_t values = 2;          ///< logits of the transformation head
  std::int64_t classes = 2;         ///< logits of the class probe and the class head
  std::int64_t head_hidden = 2048;  ///< hidden units of the transformation head and the projection; 0 makes them linear
};

/// What a run trains: the encoder z = f(x); the online class probe, one linear map that predicts the class from a
/// detached z, so that it never teaches the encoder; and the heads that its objective asks for. A head that is not
/// needed is empty.
class PretextModelImpl : public torch::nn::Module {
 public:
  PretextModelImpl(const PretextShape& shape, const ObjectiveOptions& objective);
  Encoder encoder;
  torch::nn::Sequential head{nullptr};  ///< predicts the transformation
  torch::nn::Linear probe;
  torch::nn::Sequential class_head{nullptr};
  torch::nn::Sequential projection{nullptr};
};
TORCH_MODULE(PretextModel);

}  // namespace equinfo
