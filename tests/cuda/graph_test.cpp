// Steps recorded as CUDA graphs, and NCCL. Without a GPU every case says so and passes over.

#include <cmath>

#include "cuda/device.h"
#include "objective/objective.h"
#include "train/kernel_recorder.h"
#include "train/nccl_transport.h"
#include "train/synthetic.h"
#include "train/trainer.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

bool have_graphs() {
  if (!have_cuda()) return false;
  if (cuda_recorder_absence().empty()) return true;
  MESSAGE("no CUDA graphs in this build: skipped");
  return false;
}

/// Losses of two epochs of six steps.
torch::Tensor loss_curve(TrainConfig config, const std::string& graphs) {
  config.train.cuda_graphs = graphs;
  Trainer trainer(config, to_device(synthetic_images(192, 1), torch::kCUDA), 3);
  std::vector<torch::Tensor> losses;
  for (int epoch = 0; epoch < 2; ++epoch) {
    for (int i = 0; i < 6; ++i) trainer.step();
    losses.push_back(trainer.progress().losses.cpu());
    trainer.finish_epoch();
  }
  return torch::cat(losses);
}

/// The largest difference of two loss curves. The same kernels run with and without a graph, but some add up in any
/// order, and twelve steps carry that on.
double apart(const TrainConfig& config) {
  return (loss_curve(config, "yes") - loss_curve(config, "no")).abs().max().item<double>();
}

}  // namespace

TEST_CASE("cuda graphs: the loss curve of every kind of encoder is that without") {
  if (!have_graphs()) return;
  for (const std::string kind : {"resnet", "p4_resnet", "p4m_resnet", "vit"}) {
    CAPTURE(kind);
    auto config = tiny_config();
    config.encoder.kind = kind;
    config.encoder.width = 12;
    CHECK(apart(config) < 1e-3);
  }
}

TEST_CASE("cuda graphs: the loss curve of every objective is that without") {
  if (!have_graphs()) return;
  for (const auto& name : objective_names()) {
    CAPTURE(name);
    auto config = tiny_config();
    config.objective.name = name;
    config.augment.name = "simclr";
    CHECK(apart(config) < 1e-3);
  }
}

TEST_CASE("cuda graphs: dropout, parts of a batch, fp16 and unfused steps give the loss curve without") {
  if (!have_graphs()) return;
  auto config = tiny_config();
  config.encoder.dropout = 0.3;
  CHECK(apart(config) < 1e-3);
  config.train.accumulate = 2;
  CHECK(apart(config) < 1e-3);
  config.train.fused = "no";
  CHECK(apart(config) < 1e-3);
  config.train.precision = "fp16";
  CHECK(apart(config) < 1e-2);  // eleven bits
}

TEST_CASE("nccl: a rank alone gets back what it sends, on the GPU") {
  if (!have_cuda()) return;
  if (!nccl_absence().empty()) {
    MESSAGE("no NCCL here: skipped");
    return;
  }
  const torch::Device device(torch::kCUDA, 0);
  const auto transport = make_nccl_transport({"mpirun", 0, 1, 0, 1}, device, make_nccl_id());
  const auto sent = torch::arange(1000, torch::TensorOptions(device)), received = torch::zeros_like(sent);
  const auto bytes_of = [](const torch::Tensor& tensor) { return static_cast<std::byte*>(tensor.data_ptr()); };
  transport->all_to_all(bytes_of(sent), bytes_of(received), sent.nbytes());
  CHECK(torch::equal(sent, received));
  received.zero_();
  transport->all_gather(bytes_of(sent), bytes_of(received), sent.nbytes());
  CHECK(torch::equal(sent, received));
  transport->leave();
}
