#pragma once

#include <torch/types.h>

#include "train/precision.h"

namespace equinfo {

/// While it lives, products of float32 on a CUDA device may round their factors to TF32's ten bits, if the precision is
/// not fp32: those of a training step that autocast leaves in float32. At all other times they are exact to float32.
class RoundedProducts {
 public:
  RoundedProducts(Precision precision, torch::Device device);
  ~RoundedProducts();
  RoundedProducts(const RoundedProducts&) = delete;
  RoundedProducts& operator=(const RoundedProducts&) = delete;

 private:
  bool on_;
};

}  // namespace equinfo
