#include "train/rounded_products.h"

namespace equinfo {
namespace {

void allow(bool rounded) {
  at::globalContext().setAllowTF32CuBLAS(rounded);
  at::globalContext().setAllowTF32CuDNN(rounded);
}

}  // namespace

RoundedProducts::RoundedProducts(Precision precision, torch::Device device)
    : on_(precision != Precision::kFp32 && device.is_cuda()) {
  if (on_) allow(true);
}

RoundedProducts::~RoundedProducts() {
  if (on_) allow(false);
}

}  // namespace equinfo
