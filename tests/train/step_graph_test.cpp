// Recorded steps, with recorders that run here what a GPU would launch anew.

#include "train/step_graph.h"
#include "train/synthetic.h"
#include "train/trainer.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

struct Calls {
  int rehearsals = 0, records = 0, replays = 0;
};

/// Runs the work anew for each launch of the graph.
class Repeater : public KernelRecorder {
 public:
  explicit Repeater(Calls& calls, int runs = 1) : calls_(calls), runs_(runs) {}
  void rehearse(const std::function<void()>& work) override {
    ++calls_.rehearsals;
    work();
  }
  void record(const std::function<void()>& work, const std::vector<at::Generator>& generators) override {
    ++calls_.records;
    work_ = work;
    generators_ = generators.size();
  }
  void replay() override {
    ++calls_.replays;
    for (int run = 0; run < runs_; ++run) work_();
  }

 private:
  Calls& calls_;
  int runs_;
  std::function<void()> work_;
  std::size_t generators_ = 0;
};

/// Cannot record anything.
class Refuser : public Repeater {
 public:
  using Repeater::Repeater;
  void record(const std::function<void()>&, const std::vector<at::Generator>&) override {
    TORCH_CHECK(false, "operation not permitted when stream is capturing");
  }
};

/// Steps that threads share are not recorded.
struct OneThread {
  OneThread() { at::set_num_threads(1); }
  ~OneThread() { at::set_num_threads(before); }
  int before = at::get_num_threads();
};

Trainer make_trainer(const TrainConfig& config) {
  const OneThread alone;
  return Trainer(config, to_device(synthetic_images(192, 1), torch::kCPU), 3);
}

void train_over_an_epoch(Trainer& trainer) {
  for (int i = 0; i < 6; ++i) trainer.step();
  trainer.finish_epoch();
  for (int i = 0; i < 2; ++i) trainer.step();
}

/// Weights and buffers, end to end.
torch::Tensor values_of(Trainer& trainer) {
  std::vector<torch::Tensor> parts;
  for (const auto& tensor : trainer.model()->parameters()) parts.push_back(tensor.detach().flatten());
  for (const auto& tensor : trainer.model()->buffers()) parts.push_back(tensor.flatten().to(torch::kFloat));
  return torch::cat(parts);
}

torch::Tensor trained_without(const TrainConfig& config) {
  auto trainer = make_trainer(config);
  train_over_an_epoch(trainer);
  return values_of(trainer);
}

}  // namespace

TEST_CASE("recorded steps end with the bits of the steps themselves, for every objective") {
  for (const auto& name : objective_names()) {
    CAPTURE(name);
    auto config = tiny_config();
    config.objective.name = name;
    config.augment.name = "crop_flip";
    config.augment.padding = 1;
    auto trainer = make_trainer(config);
    Calls calls;
    trainer.record_steps(std::make_unique<Repeater>(calls), true);
    train_over_an_epoch(trainer);
    CHECK(torch::equal(values_of(trainer), trained_without(config)));
    CHECK(calls.rehearsals == 4);  // three, and the one that the recorded step is held to
    CHECK(calls.records == 1);
    CHECK(calls.replays == 5);  // the fourth step to the eighth
  }
}

TEST_CASE("recorded steps draw new masks of dropout, and add up the parts of a batch") {
  auto config = tiny_config();
  config.encoder.dropout = 0.3;
  config.train.accumulate = 2;
  auto trainer = make_trainer(config);
  Calls calls;
  trainer.record_steps(std::make_unique<Repeater>(calls), true);
  train_over_an_epoch(trainer);
  CHECK(torch::equal(values_of(trainer), trained_without(config)));
  CHECK(calls.replays == 2 * 8 - 3);
}

TEST_CASE("after its tensors were replaced a model is recorded anew") {
  const auto config = tiny_config();
  auto trainer = make_trainer(config);
  Calls calls;
  trainer.record_steps(std::make_unique<Repeater>(calls), true);
  for (int i = 0; i < 4; ++i) trainer.step();
  trainer.arrange_parameters();
  for (int i = 0; i < 2; ++i) trainer.step();
  CHECK(calls.rehearsals == 6);
  trainer.finish_epoch();
  for (int i = 0; i < 2; ++i) trainer.step();
  CHECK(calls.records == 2);
  CHECK(torch::equal(values_of(trainer), trained_without(config)));
}

TEST_CASE("where steps cannot be recorded, or come out otherwise, training goes on without") {
  auto config = tiny_config();
  config.encoder.dropout = 0.3;
  const auto expected = trained_without(config);
  Calls refused, doubled;
  std::unique_ptr<KernelRecorder> recorders[]{
      std::make_unique<Refuser>(refused), std::make_unique<Repeater>(doubled, 2)};  // its gradients are twice as large
  for (auto& recorder : recorders) {
    auto trainer = make_trainer(config);
    trainer.record_steps(std::move(recorder), false);
    train_over_an_epoch(trainer);
    CHECK(torch::equal(values_of(trainer), expected));
  }
  CHECK(refused.replays == 0);
  CHECK(doubled.replays == 1);
}

TEST_CASE("steps that must be recorded and cannot be are an error") {
  Calls calls;
  const auto message_of = [](std::unique_ptr<KernelRecorder> recorder) -> std::string {
    auto trainer = make_trainer(tiny_config());
    trainer.record_steps(std::move(recorder), true);
    try {
      train_over_an_epoch(trainer);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  CHECK(
      message_of(std::make_unique<Refuser>(calls)) ==
      "train.cuda_graphs = \"yes\", but no graph could be recorded: operation not permitted when stream is capturing");
  CHECK(message_of(std::make_unique<Repeater>(calls, 2)) ==
        "train.cuda_graphs = \"yes\", but no graph could be recorded: its first run is not the step that was recorded");
}

TEST_CASE("where there are no graphs, wanting them is refused in a line") {
  CHECK(!records_steps("auto", torch::kCPU, 1));
  CHECK(!records_steps("no", torch::kCUDA, 1));
  CHECK(!records_steps("auto", torch::kCUDA, 2));
  CHECK_THROWS_WITH_AS(records_steps("yes", torch::kCPU, 1), "train.cuda_graphs = \"yes\", but training is on the CPU",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(records_steps("yes", torch::kCUDA, 2),
                       "train.cuda_graphs = \"yes\", but 2 ranks add up in the middle of a step",
                       std::invalid_argument);
  const std::string absence = cuda_recorder_absence();
  CHECK(records_steps("auto", torch::kCUDA, 1) == absence.empty());
  if (absence.empty()) return;
  CHECK_THROWS_WITH_AS(records_steps("yes", torch::kCUDA, 1),
                       "train.cuda_graphs = \"yes\", but this essl-train was built without CUDA graphs",
                       std::invalid_argument);
}
