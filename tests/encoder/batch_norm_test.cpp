// Batch norm over a batch that several processes share, here played by threads.

#include <barrier>
#include <thread>

#include "encoder/batch_norm.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

struct Outcome {
  torch::Tensor y, by_x, by_weight, by_bias, mean, variance, by_added;
};

enum class Form { kPlain, kRectified, kAdded };

BatchNorm make_norm(torch::Dtype type = torch::kDouble) {
  BatchNorm norm(3);
  norm->to(type);
  const torch::NoGradGuard no_gradient;
  norm->weight.copy_(torch::tensor({0.5, 1.0, -2.0}, torch::kDouble));
  norm->bias.copy_(torch::tensor({0.1, 0.0, 3.0}, torch::kDouble));
  return norm;
}

/// One training pass and its gradients for the loss Σ y · w.
Outcome pass(BatchNorm norm, const torch::Tensor& images, const torch::Tensor& weights, Form form = Form::kPlain,
             const torch::Tensor& shortcut = {}) {
  const auto x = images.clone().set_requires_grad(true);
  const auto added = form == Form::kAdded ? shortcut.clone().set_requires_grad(true) : torch::Tensor();
  const auto y = form == Form::kPlain ? norm(x) : norm->rectified(x, added);
  (y * weights).sum().backward();
  return {y.detach(),
          x.grad(),
          norm->weight.grad(),
          norm->bias.grad(),
          norm->running_mean,
          norm->running_var,
          added.defined() ? added.grad() : added};
}

/// The same on `ranks` threads, each with its part of the images; sums are made by the last to arrive.
std::vector<Outcome> pass_together(std::int64_t ranks, const torch::Tensor& images, const torch::Tensor& weights,
                                   Form form = Form::kPlain, const torch::Tensor& shortcut = {}) {
  std::vector<torch::Tensor> parts(static_cast<std::size_t>(ranks));
  torch::Tensor total;
  std::barrier arrived(ranks, [&]() noexcept { total = torch::stack(parts).sum(0); });
  std::barrier taken(ranks);
  std::vector<Outcome> outcomes(static_cast<std::size_t>(ranks));
  {
    std::vector<std::jthread> threads;
    for (std::size_t r = 0; r < outcomes.size(); ++r) {
      threads.emplace_back([&, r] {
        const auto add = [&, r](torch::Tensor& values) {
          parts[r] = values;
          arrived.arrive_and_wait();
          values = total.clone();
          taken.arrive_and_wait();
        };
        auto norm = make_norm(images.scalar_type());
        norm->share({ranks, add});
        outcomes[r] = pass(norm, images.chunk(ranks)[r], weights.chunk(ranks)[r], form,
                           shortcut.defined() ? shortcut.chunk(ranks)[r] : shortcut);
      });
    }
  }
  return outcomes;
}

/// Float64 sums in another order.
bool close(const torch::Tensor& a, const torch::Tensor& b) { return torch::allclose(a, b, 1e-12, 1e-12); }

}  // namespace

TEST_CASE("batch norm of a shared batch gives and takes what one process would, forwards and backwards") {
  torch::manual_seed(1);
  const auto images = torch::randn({12, 3, 5, 4}, torch::kDouble) * 3 + 7;
  const auto weights = torch::randn({12, 3, 5, 4}, torch::kDouble);
  for (const bool last : {false, true}) {
    const auto format = last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
    const auto whole = pass(make_norm(), images.contiguous(format), weights);
    const auto parts = pass_together(3, images.contiguous(format), weights);
    torch::Tensor y, by_x, by_weight = torch::zeros({3}, torch::kDouble), by_bias = by_weight.clone();
    for (std::size_t r = 0; r < parts.size(); ++r) {
      CAPTURE(r);
      y = r == 0 ? parts[r].y : torch::cat({y, parts[r].y});
      by_x = r == 0 ? parts[r].by_x : torch::cat({by_x, parts[r].by_x});
      by_weight += parts[r].by_weight;
      by_bias += parts[r].by_bias;
      CHECK(close(parts[r].mean, whole.mean));
      CHECK(close(parts[r].variance, whole.variance));
    }
    CHECK(close(y, whole.y));
    CHECK(close(by_x, whole.by_x));
    CHECK(close(by_weight, whole.by_weight));
    CHECK(close(by_bias, whole.by_bias));
  }
}

TEST_CASE("our own passes over float32 maps, the rectifier and a shortcut among them, do so too, to rounding") {
  torch::manual_seed(2);
  const auto last = at::MemoryFormat::ChannelsLast;
  const auto images = (torch::randn({12, 3, 5, 4}) * 3 + 7).contiguous(last);
  const auto shortcut = torch::randn({12, 3, 5, 4}).contiguous(last), weights = torch::randn({12, 3, 5, 4});
  for (const Form form : {Form::kPlain, Form::kRectified, Form::kAdded}) {
    CAPTURE(static_cast<int>(form));
    const auto whole = pass(make_norm(torch::kFloat), images, weights, form, shortcut);
    const auto parts = pass_together(3, images, weights, form, shortcut);
    const auto whole_of = [&](auto field) { return torch::cat({field(parts[0]), field(parts[1]), field(parts[2])}); };
    // Float32's rounding of some 80 terms a channel; gradients of x are differences of such sums.
    const auto near = [](const torch::Tensor& a, const torch::Tensor& b) { return torch::allclose(a, b, 1e-5, 1e-5); };
    CHECK(near(whole_of([](const Outcome& o) { return o.y; }), whole.y));
    CHECK(near(whole_of([](const Outcome& o) { return o.by_x; }), whole.by_x));
    if (form == Form::kAdded) CHECK(near(whole_of([](const Outcome& o) { return o.by_added; }), whole.by_added));
    CHECK(near(parts[0].by_weight + parts[1].by_weight + parts[2].by_weight, whole.by_weight));
    CHECK(near(parts[0].by_bias + parts[1].by_bias + parts[2].by_bias, whole.by_bias));
    for (const auto& part : parts) {
      CHECK(near(part.mean, whole.mean));
      CHECK(near(part.variance, whole.variance));
    }
  }
}

TEST_CASE("without its sums a part of a batch has other moments: the test above can fail") {
  torch::manual_seed(1);
  const auto images = torch::randn({12, 3, 5, 4}, torch::kDouble);
  const auto weights = torch::ones_like(images);
  const auto whole = pass(make_norm(), images, weights),
             part = pass(make_norm(), images.chunk(3)[0], weights.chunk(3)[0]);
  CHECK(!close(part.y, whole.y.chunk(3)[0]));
}

TEST_CASE("in evaluation mode batch norm asks nobody") {
  auto norm = make_norm();
  norm->share({2, [](torch::Tensor&) { FAIL("a sum over the ranks"); }});
  norm->eval();
  const auto images = torch::randn({2, 3, 2, 2}, torch::kDouble);
  CHECK(norm(images).sizes() == images.sizes());
}
