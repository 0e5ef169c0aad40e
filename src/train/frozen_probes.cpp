#include "train/frozen_probes.h"

#include <algorithm>

#include <torch/nn/functional/loss.h>
#include <torch/optim/lbfgs.h>

#include "core/error.h"
#include "core/random.h"

namespace equinfo {
namespace {

constexpr double kPenalties[] = {1e-1, 1e-2, 1e-3, 1e-4, 1e-5};
constexpr std::int64_t kIterations = 1000;
// Of the largest component of the gradient: descent goes on to the first and counts as arrived below the second.
constexpr double kFlatGradient = 1e-7, kConvergedGradient = 1e-5;
constexpr std::int64_t kRowsPerProduct = 1024;

/// Columns shifted and scaled to mean 0 and variance 1 over the training rows; constant ones become 0.
struct Standardisation {
  explicit Standardisation(const torch::Tensor& z)
      : mean(z.mean(0)), factor(1 / (z - mean).pow(2).mean(0).sqrt().clamp_min(1e-6)) {}
  torch::Tensor operator()(const torch::Tensor& z) const { return (z - mean) * factor; }
  torch::Tensor mean, factor;
};

/// Multinomial logistic regression, fitted from where it stands.
class LogisticFit {
 public:
  LogisticFit(std::int64_t dims, std::int64_t classes, const torch::TensorOptions& type)
      : weight_(torch::zeros({classes, dims}, type)), bias_(torch::zeros({classes}, type)) {}

  /// Descends in coordinates in which the rows are white, where a hundred steps do what takes thousands along the
  /// correlated columns of an encoder; the penalty stays that of the weights themselves.
  void fit(const torch::Tensor& z, const torch::Tensor& y, double penalty) {
    const auto identity = torch::eye(z.size(1), z.options());
    const auto factor = torch::linalg_cholesky(z.t().matmul(z) / static_cast<double>(z.size(0)) + penalty * identity);
    const auto inverse = torch::linalg_solve_triangular(factor, identity, /*upper=*/false);
    const auto white = z.matmul(inverse.t());
    auto weight = weight_.matmul(factor).set_requires_grad(true);
    auto bias = bias_.clone().set_requires_grad(true);
    torch::optim::LBFGS optimizer({weight, bias}, torch::optim::LBFGSOptions(1)
                                                      .max_iter(kIterations)
                                                      .history_size(20)
                                                      .tolerance_grad(kFlatGradient)
                                                      .tolerance_change(0)
                                                      .line_search_fn("strong_wolfe"));
    const auto penalised_loss = [&] {
      optimizer.zero_grad();
      const auto loss = torch::nn::functional::cross_entropy(torch::addmm(bias, white, weight.t()), y) +
                        weight.matmul(inverse).pow(2).sum() * (penalty / 2);
      loss.backward();
      return loss;
    };
    optimizer.step(penalised_loss);
    penalised_loss();
    steepest_ = std::max(weight.grad().abs().max().item<double>(), bias.grad().abs().max().item<double>());
    weight_ = weight.detach().matmul(inverse);
    bias_ = bias.detach();
  }

  torch::Tensor predict(const torch::Tensor& z) const { return torch::addmm(bias_, z, weight_.t()).argmax(1); }
  /// Whether the last fit came to the minimum.
  bool converged() const { return steepest_ <= kConvergedGradient; }

 private:
  torch::Tensor weight_, bias_;
  double steepest_ = 0;  // component of the gradient where the descent ended
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
  const auto z = standardise(train.z).to(torch::kDouble);
  const double penalty = choose_penalty(z, train.y, classes, seed);
  LogisticFit fit(z.size(1), classes, z.options());
  fit.fit(z, train.y, penalty);
  return {fit.predict(standardise(test_z).to(torch::kDouble)), penalty, fit.converged()};
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
