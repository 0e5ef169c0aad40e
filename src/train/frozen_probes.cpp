#include "train/frozen_probes.h"

#include <algorithm>

#include "core/error.h"
#include "core/random.h"

namespace equinfo {
namespace {

constexpr double kPenalties[] = {1e-1, 1e-2, 1e-3, 1e-4, 1e-5};
constexpr std::int64_t kIterations = 200;
constexpr std::int64_t kRowsPerProduct = 1024;

/// Columns shifted and scaled to mean 0 and variance 1 over the training rows; constant ones become 0.
struct Standardisation {
  explicit Standardisation(const torch::Tensor& z)
      : mean(z.mean(0)), factor(1 / (z - mean).pow(2).mean(0).sqrt().clamp_min(1e-6)) {}
  torch::Tensor operator()(const torch::Tensor& z) const { return (z - mean) * factor; }
  torch::Tensor mean, factor;
};

/// A linear classifier, fitted from where it stands.
class LogisticFit {
 public:
  LogisticFit(std::int64_t dims, std::int64_t classes, const torch::TensorOptions& type)
      : weight_(torch::zeros({classes, dims}, type).set_requires_grad(true)),
        bias_(torch::zeros({classes}, type).set_requires_grad(true)) {}

  void fit(const torch::Tensor& z, const torch::Tensor& y, double penalty) {
    torch::optim::LBFGS optimizer({weight_, bias_}, torch::optim::LBFGSOptions(1)
                                                        .max_iter(kIterations)
                                                        .history_size(10)
                                                        .tolerance_grad(1e-6)
                                                        .line_search_fn("strong_wolfe"));
    optimizer.step([&] {
      optimizer.zero_grad();
      const auto loss = torch::nn::functional::cross_entropy(logits(z), y) + weight_.pow(2).sum() * (penalty / 2);
      loss.backward();
      return loss;
    });
  }

  torch::Tensor predict(const torch::Tensor& z) const {
    const torch::NoGradGuard no_gradient;
    return logits(z).argmax(1);
  }

 private:
  torch::Tensor logits(const torch::Tensor& z) const { return torch::addmm(bias_, z, weight_.t()); }

  torch::Tensor weight_, bias_;
};

double choose_penalty(const torch::Tensor& z, const torch::Tensor& y, std::int64_t classes, std::int64_t seed) {
  const auto rows = z.size(0), held = std::max<std::int64_t>(1, rows / 5);
  auto order = RandomStream(static_cast<std::uint64_t>(seed), "linear probe").permutation(rows);
  const auto shuffled = torch::from_blob(order.data(), {rows}, torch::kInt64).clone().to(z.device());
  const auto seen = shuffled.narrow(0, held, rows - held), unseen = shuffled.narrow(0, 0, held);
  const auto seen_z = z.index_select(0, seen), seen_y = y.index_select(0, seen);
  const auto unseen_z = z.index_select(0, unseen), unseen_y = y.index_select(0, unseen);
  LogisticFit fit(z.size(1), classes, z.options());  // goes on from one λ to the next
  double best = kPenalties[0];
  std::int64_t best_hits = -1;
  for (const double penalty : kPenalties) {
    fit.fit(seen_z, seen_y, penalty);
    const auto hits = fit.predict(unseen_z).eq(unseen_y).sum().item<std::int64_t>();
    if (hits > best_hits) best = penalty, best_hits = hits;
  }
  return best;
}

}  // namespace

LinearProbe linear_probe(const LabelledFeatures& train, const torch::Tensor& test_z, std::int64_t classes,
                         std::int64_t seed) {
  require(train.z.size(0) >= 2, "linear probe: {} training rows, but it needs 2", train.z.size(0));
  const Standardisation standardise(train.z);
  const auto z = standardise(train.z);
  const double penalty = choose_penalty(z, train.y, classes, seed);
  LogisticFit fit(z.size(1), classes, z.options());
  fit.fit(z, train.y, penalty);
  return {fit.predict(standardise(test_z)), penalty};
}

torch::Tensor knn_classify(const LabelledFeatures& train, const torch::Tensor& test_z, std::int64_t classes,
                           const KnnOptions& options) {
  const torch::NoGradGuard no_gradient;
  require(options.neighbours >= 1 && options.neighbours <= train.z.size(0), "knn: k = {} of {} training rows",
          options.neighbours, train.z.size(0));
  const auto unit = [](const torch::Tensor& z) { return z / z.norm(2, 1, true).clamp_min(1e-12); };
  const auto pool = unit(train.z).t().contiguous(), queries = unit(test_z);
  std::vector<torch::Tensor> predicted;
  for (std::int64_t first = 0; first < queries.size(0); first += kRowsPerProduct) {
    const auto some = queries.narrow(0, first, std::min(kRowsPerProduct, queries.size(0) - first));
    const auto [similarity, rows] = some.matmul(pool).topk(options.neighbours, 1);
    const auto votes = train.y.index_select(0, rows.reshape(-1)).view_as(rows);
    // Weights relative to the nearest row's, which no exponential can overflow.
    const auto weights = ((similarity - similarity.narrow(1, 0, 1)) / options.temperature).exp();
    // One column at a time, in order: each class's sum is the same on every device.
    auto score = torch::zeros({some.size(0), classes}, weights.options());
    for (std::int64_t k = 0; k < options.neighbours; ++k) {
      score.scatter_add_(1, votes.narrow(1, k, 1), weights.narrow(1, k, 1));
    }
    predicted.push_back(score.argmax(1));
  }
  return torch::cat(predicted);
}

}  // namespace equinfo
