#pragma once

#include <array>
#include <functional>
#include <vector>

#include <torch/types.h>

#include "compute/together.h"
#include "encoder/encoder.h"
#include "train/ranks.h"

namespace equinfo {

/// How many of `threads` share `images` of a batch: the most of which each gets equally many, and at least four. 1
/// where that would leave half of the threads or more with nothing to do.
int crew_size(int threads, std::int64_t images);

/// The threads of one process that take a batch through an encoder together, forwards and backwards: each member has an
/// equal part of the images, and parameters that are the encoder's own memory but gradients of its own, which are added
/// up in the order of the members. Moments of batch norm and masks of dropout are those of the whole batch, over the
/// ranks too, so that the result is what one thread gives, to rounding, and for equal numbers of members to the bit.
/// Small networks use several cores better than with several threads in each operation: members wait for each other
/// twice a batch norm, not twice an operation.
class Crew {
 public:
  /// members ≥ 2, `views` stacked along the first dimension of every part. Member 0 goes through `encoder` itself, and
  /// the others through copies that are always in training mode.
  Crew(const Encoder& encoder, const EncoderOptions& options, int members, std::int64_t views, const Ranks& ranks);
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  int members() const { return static_cast<int>(encoders_.size()); }
  /// `pass(encoder, member)` is called once for each member, on all threads at the same time, and gives z [views · n,
  /// d] of the member's n images. Returns z of each view, of all images: leaves, for the losses.
  std::vector<torch::Tensor> represent(const std::function<torch::Tensor(Encoder&, std::int64_t)>& pass);
  /// Adds to the encoder's gradients what the gradients of those leaves make of them.
  void descend();

 private:
  void together(const std::function<void(std::size_t)>& work);
  void sum(std::size_t member, torch::Tensor& values);
  void use_own_parameters();
  torch::Tensor gradient_of(std::size_t member) const;
  void add_gradients(std::size_t member);

  std::int64_t views_;
  const Ranks& ranks_;
  std::vector<Encoder> encoders_;
  std::vector<std::vector<torch::Tensor>> parameters_;  // of each encoder
  std::vector<torch::Tensor> parts_;                    // z of each member, with its graph
  std::vector<torch::Tensor> z_;                        // of each view
  Rendezvous meeting_;
  // Of every second sum, so that a member may begin the next one while another still reads.
  struct Sum {
    std::vector<torch::Tensor> given;
    torch::Tensor over_ranks;
  };
  std::array<Sum, 2> sums_;
  std::vector<std::size_t> turn_;  // which of them is a member's next
};

}  // namespace equinfo
