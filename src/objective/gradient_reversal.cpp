#include "objective/gradient_reversal.h"

#include <torch/autograd.h>

namespace equinfo {
namespace {

class GradientReversal : public torch::autograd::Function<GradientReversal> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x, double strength) {
    context->saved_data["strength"] = strength;
    return x.view_as(x);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    return {gradients[0] * -context->saved_data["strength"].toDouble(), torch::Tensor()};
  }
};

}  // namespace

torch::Tensor reverse_gradient(const torch::Tensor& x, double strength) { return GradientReversal::apply(x, strength); }

}  // namespace equinfo
