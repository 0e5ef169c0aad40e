#include "train/step_graph.h"

#include "core/error.h"

namespace equinfo {
namespace {

constexpr int kRehearsals = 3;
/// How far values may be apart: of the largest one beside them, and of the largest gradient, since gradients that
/// should be zero are nothing but rounding.
constexpr double kShare = 1e-2, kShareOfGradients = 1e-4;

std::vector<torch::Tensor> copies(const std::vector<torch::Tensor>& tensors) {
  std::vector<torch::Tensor> copies;
  for (const auto& tensor : tensors) copies.push_back(tensor.detach().clone());
  return copies;
}

void assign(const std::vector<torch::Tensor>& tensors, const std::vector<torch::Tensor>& values) {
  const torch::NoGradGuard no_gradient;
  for (std::size_t i = 0; i < tensors.size(); ++i) tensors[i].copy_(values[i]);
}

/// The largest finite size of a value.
double largest(const torch::Tensor& tensor) {
  return tensor.detach().to(torch::kDouble).nan_to_num(0.0, 0.0, 0.0).abs().max().item<double>();
}

double largest(const std::vector<torch::Tensor>& tensors) {
  double value = 0;
  for (const auto& tensor : tensors) value = std::max(value, largest(tensor));
  return value;
}

bool agree(const torch::Tensor& value, const torch::Tensor& expected, double slack) {
  return torch::allclose(value.detach().to(torch::kDouble), expected.to(torch::kDouble), 0,
                         kShare * largest(expected) + slack, /*equal_nan=*/true);
}

std::string first_line(const c10::Error& error) {
  const std::string text = error.what_without_backtrace();
  return text.substr(0, text.find('\n'));
}

}  // namespace

bool records_steps(const std::string& wish, torch::Device device, int ranks) {
  if (wish == "no") return false;
  const std::string absence = !device.is_cuda() ? "training is on the CPU"
                              : ranks > 1       ? fmt::format("{} ranks add up in the middle of a step", ranks)
                                                : cuda_recorder_absence();
  require(wish == "auto" || absence.empty(), "train.cuda_graphs = \"{}\", but {}", wish, absence);
  return absence.empty();
}

StepGraph::StepGraph(std::unique_ptr<KernelRecorder> recorder, PretextModel model, bool required)
    : recorder_(std::move(recorder)), model_(std::move(model)), required_(required) {}

torch::Tensor StepGraph::run(const std::vector<torch::Tensor>& inputs, const Work& work) {
  if (given_up_) return work(inputs);
  if (rehearsals_ < kRehearsals) {
    ++rehearsals_;
    torch::Tensor result;
    recorder_->rehearse([&] { result = work(inputs); });
    return result;
  }
  if (held_.empty()) return record(inputs, work);
  assign(held_, inputs);
  recorder_->replay();
  return result_.clone();
}

void StepGraph::forget() {
  held_.clear();
  rehearsals_ = 0;
}

std::vector<torch::Tensor> StepGraph::gradients() const {
  std::vector<torch::Tensor> gradients;
  for (const auto& parameter : model_->parameters()) {
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  }
  return gradients;
}

/// Everything that the work changes besides its result.
std::vector<torch::Tensor> StepGraph::state() const {
  auto state = gradients();
  for (const auto& buffer : model_->buffers()) state.push_back(buffer);
  return state;
}

/// Takes the step as it is, then back and once more as a graph.
torch::Tensor StepGraph::record(const std::vector<torch::Tensor>& inputs, const Work& work) {
  held_ = copies(inputs);
  const auto before = copies(state());
  torch::Tensor expected;
  recorder_->rehearse([&] { expected = work(held_); });
  const auto after = copies(state());
  assign(state(), before);
  const std::string failure = try_recording(work, expected, after);
  if (failure.empty()) return result_.clone();
  if (required_) throw std::runtime_error("train.cuda_graphs = \"yes\", but no graph could be recorded: " + failure);
  fmt::print(stderr, "training goes on without CUDA graphs: {}\n", failure);
  assign(state(), after);
  model_->encoder->renew_dropout_generators();
  given_up_ = true;
  return expected;
}

/// Records the work and runs it. Why it is not to be used, in words; empty if it did what is expected.
std::string StepGraph::try_recording(const Work& work, const torch::Tensor& expected,
                                     const std::vector<torch::Tensor>& after) {
  const auto generators = model_->encoder->dropout_generators();
  for (auto generator : generators) generator.set_current_seed(generator.current_seed());
  try {
    recorder_->record([this, work] { result_ = work(held_); }, generators);
    recorder_->replay();
    const auto values = state();
    const double slack = kShareOfGradients * largest(gradients());
    bool same = agree(result_, expected, 0);
    for (std::size_t i = 0; i < values.size(); ++i) same = same && agree(values[i], after[i], slack);
    return same ? "" : "its first run is not the step that was recorded";
  } catch (const c10::Error& error) {
    return first_line(error);
  }
}

}  // namespace equinfo
