#include "estimators/mlp.h"

#include <algorithm>
#include <cmath>

#include "compute/blas.h"
#include "core/random.h"
#include "estimators/lda.h"
#include "estimators/training_rows.h"

namespace equinfo {
namespace {

constexpr std::int64_t kHidden = 128;
constexpr std::int64_t kBatch = 256;
constexpr int kMostEpochs = 120;
constexpr int kPatience = 4;   // epochs without gain before the rate falls
constexpr int kRateFalls = 2;  // falls before training ends
constexpr float kRateFall = 0.3F;
constexpr float kRate = 3e-3F;
constexpr float kWeightDecay = 1e-2F;   // decoupled, on the matrices
constexpr double kSmallestGain = 1e-4;  // nats of validation loss that count as a gain

/// One array of parameters with Adam's moments (Kingma & Ba 2015) and decoupled weight decay.
struct Parameter {
  Matrix<float> value, gradient, first, second;
  bool decays = true;

  Parameter() = default;
  Parameter(std::int64_t rows, std::int64_t cols, bool decay)
      : value(rows, cols), gradient(rows, cols), first(rows, cols), second(rows, cols), decays(decay) {}

  void step(float rate, int step_number) {
    constexpr float kFirst = 0.9F, kSecond = 0.99F, kEpsilon = 1e-8F;
    const float first_scale = 1.0F / (1.0F - std::pow(kFirst, static_cast<float>(step_number)));
    const float second_scale = 1.0F / (1.0F - std::pow(kSecond, static_cast<float>(step_number)));
    const float shrink = decays ? 1.0F - rate * kWeightDecay : 1.0F;
    const std::int64_t count = value.rows() * value.cols();
    for (std::int64_t k = 0; k < count; ++k) {
      const float g = gradient.data()[k];
      float &m = first.data()[k], &v = second.data()[k];
      m = kFirst * m + (1.0F - kFirst) * g;
      v = kSecond * v + (1.0F - kSecond) * g * g;
      value.data()[k] = shrink * value.data()[k] - rate * m * first_scale / (std::sqrt(v * second_scale) + kEpsilon);
    }
  }
};

struct Network {
  Parameter linear, hidden, hidden_bias, output, output_bias;  // [d, cells], [d, h], [1, h], [h, cells], [1, cells]

  std::array<Parameter*, 5> parameters() { return {&linear, &hidden, &hidden_bias, &output, &output_bias}; }
};

/// The training rows with LDA's scores beside them.
struct TrainingSet {
  TrainingRows rows;
  LargeMatrix base;  // [n, cells]
};

void add_bias(MatrixView<float> rows, const Matrix<float>& bias) {
  for (std::int64_t i = 0; i < rows.rows(); ++i) {
    const auto row = rows.row(i);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] += bias.data()[j];
  }
}

/// hidden = relu(x·W₁ + b₁); scores += x·A + hidden·W₂ + b₂.
void forward(const Network& net, MatrixView<const float> x, MatrixView<float> hidden, MatrixView<float> scores) {
  multiply(1.0F, x, Transpose::kNo, net.hidden.value, Transpose::kNo, 0.0F, hidden);
  add_bias(hidden, net.hidden_bias.value);
  for (std::int64_t i = 0; i < hidden.rows(); ++i) {
    for (float& value : hidden.row(i)) value = std::max(value, 0.0F);
  }
  multiply(1.0F, x, Transpose::kNo, net.linear.value, Transpose::kNo, 1.0F, scores);
  multiply(1.0F, hidden, Transpose::kNo, net.output.value, Transpose::kNo, 1.0F, scores);
  add_bias(scores, net.output_bias.value);
}

void sum_columns(MatrixView<const float> rows, Matrix<float>& sums) {
  std::fill_n(sums.data(), sums.cols(), 0.0F);
  for (std::int64_t i = 0; i < rows.rows(); ++i) {
    for (std::int64_t j = 0; j < rows.cols(); ++j) sums.data()[j] += rows(i, j);
  }
}

/// Gradients of the mean loss, given the rows' probabilities in `error`, which becomes (q − onehot)/n.
void backward(Network& net, MatrixView<const float> x, MatrixView<const float> hidden, MatrixView<float> error,
              MatrixView<float> hidden_error, std::span<const std::int32_t> cell) {
  const float share = 1.0F / static_cast<float>(x.rows());
  for (std::int64_t i = 0; i < error.rows(); ++i) {
    error(i, cell[static_cast<std::size_t>(i)]) -= 1.0F;
    for (float& value : error.row(i)) value *= share;
  }
  multiply(1.0F, x, Transpose::kYes, error, Transpose::kNo, 0.0F, net.linear.gradient.view());
  multiply(1.0F, hidden, Transpose::kYes, error, Transpose::kNo, 0.0F, net.output.gradient.view());
  sum_columns(error, net.output_bias.gradient);
  multiply(1.0F, error, Transpose::kNo, net.output.value, Transpose::kYes, 0.0F, hidden_error);
  for (std::int64_t i = 0; i < hidden.rows(); ++i) {
    for (std::int64_t j = 0; j < hidden.cols(); ++j) {
      if (hidden(i, j) <= 0.0F) hidden_error(i, j) = 0.0F;
    }
  }
  multiply(1.0F, x, Transpose::kYes, hidden_error, Transpose::kNo, 0.0F, net.hidden.gradient.view());
  sum_columns(hidden_error, net.hidden_bias.gradient);
}

Network initial_network(std::int64_t dims, std::int64_t cells, RandomStream& stream) {
  Network net{
      {dims, cells, true}, {dims, kHidden, true}, {1, kHidden, false}, {kHidden, cells, true}, {1, cells, false}};
  const double scale = std::sqrt(2.0 / static_cast<double>(dims));
  for (std::int64_t k = 0; k < dims * kHidden; ++k)
    net.hidden.value.data()[k] = static_cast<float>(scale * stream.normal());
  for (std::int64_t k = 0; k < kHidden; ++k) net.hidden_bias.value.data()[k] = static_cast<float>(stream.normal());
  return net;
}

/// Buffers of one batch.
struct Batch {
  Matrix<float> x, scores, hidden, hidden_error;
  std::vector<std::int32_t> cell;

  Batch(std::int64_t rows, std::int64_t dims, std::int64_t cells)
      : x(rows, dims),
        scores(rows, cells),
        hidden(rows, kHidden),
        hidden_error(rows, kHidden),
        cell(static_cast<std::size_t>(rows)) {}

  void take(const TrainingSet& set, std::span<const std::int64_t> rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto to = static_cast<std::int64_t>(i);
      std::ranges::copy(set.rows.x.row(rows[i]), x.row(to).begin());
      std::ranges::copy(set.base.row(rows[i]), scores.row(to).begin());
      cell[i] = set.rows.cell[static_cast<std::size_t>(rows[i])];
    }
  }
};

double mean_loss(const Network& net, const TrainingSet& set, const std::vector<std::int64_t>& rows, Batch& batch) {
  double loss = 0.0;
  for (std::size_t first = 0; first < rows.size(); first += kBatch) {
    const auto part = std::span(rows).subspan(first, std::min<std::size_t>(kBatch, rows.size() - first));
    const auto count = static_cast<std::int64_t>(part.size());
    batch.take(set, part);
    const auto scores = batch.scores.view().middle_rows(0, count);
    forward(net, batch.x.view().middle_rows(0, count), batch.hidden.view().middle_rows(0, count), scores);
    loss += softmax_loss(scores, std::span(batch.cell).first(part.size()));
  }
  return loss / static_cast<double>(rows.size());
}

void train_epoch(Network& net, const TrainingSet& set, std::vector<std::int64_t>& rows, float rate, int& step,
                 Batch& batch, RandomStream& stream) {
  stream.shuffle(rows);
  for (std::size_t first = 0; first < rows.size(); first += kBatch) {
    const auto part = std::span(rows).subspan(first, std::min<std::size_t>(kBatch, rows.size() - first));
    const auto count = static_cast<std::int64_t>(part.size());
    batch.take(set, part);
    const auto x = batch.x.view().middle_rows(0, count);
    const auto hidden = batch.hidden.view().middle_rows(0, count), scores = batch.scores.view().middle_rows(0, count);
    const auto cell = std::span(batch.cell).first(part.size());
    forward(net, x, hidden, scores);
    softmax_loss(scores, cell);
    backward(net, x, hidden, scores, batch.hidden_error.view().middle_rows(0, count), cell);
    ++step;
    for (Parameter* parameter : net.parameters()) parameter->step(rate, step);
  }
}

/// Trains with early stopping; the network of the best validation loss, or nothing if none beat the start.
std::shared_ptr<const Network> train(const TrainingSet& set, ValidationSplit split, RandomStream& stream) {
  if (split.training.empty() || split.validation.empty()) return nullptr;
  Batch batch(kBatch, set.rows.x.cols(), set.base.cols());
  Network net = initial_network(set.rows.x.cols(), set.base.cols(), stream);
  auto best = std::make_shared<Network>(net);
  double best_loss = mean_loss(net, set, split.validation, batch);
  bool improved_once = false;
  float rate = kRate;
  int since_best = 0, falls = 0, step = 0;
  for (int epoch = 0; epoch < kMostEpochs && falls <= kRateFalls; ++epoch) {
    train_epoch(net, set, split.training, rate, step, batch, stream);
    const double loss = mean_loss(net, set, split.validation, batch);
    if (loss < best_loss - kSmallestGain) {
      best_loss = loss;
      *best = net;
      improved_once = true;
      since_best = 0;
    } else if (++since_best == kPatience) {
      net = *best;
      rate *= kRateFall;
      ++falls;
      since_best = 0;
    }
  }
  return improved_once ? best : nullptr;
}

struct Bound {
  ProbeInput input;
  LdaStatistics lda;
};

CellScorer fit_mlp(const Bound& bound, std::span<const std::int32_t> training_chunks) {
  const LdaFit fit = bound.lda.fit(training_chunks);
  const auto rule = std::make_shared<const LinearRule>(fit.rule);
  const auto whitening = std::make_shared<const Whitening>(fit);
  TrainingSet set{gather_training_rows(bound.input, training_chunks, *whitening), {}};
  // Whitened, LDA's rule is x·m − ½|m|² + ln p; scores that differ by a constant a row are the same.
  set.base = LargeMatrix(set.rows.x.rows(), bound.input.labels.cells());
  whitened_lda_scores(*whitening, bound.input.priors.cell, set.rows.x, set.base.view());
  RandomStream stream = training_stream(bound.input, "mlp", training_chunks);
  const auto net = train(set, split_by_source(set.rows, bound.input.labels, stream), stream);
  return [rule, whitening, net](MatrixView<const float> z, MatrixView<float> log_scores) {
    apply_rule(*rule, z, log_scores);
    if (!net) return;
    Matrix<float> x(z.rows(), z.cols()), hidden(z.rows(), kHidden);
    whitening->apply(z, x.view());
    forward(*net, x, hidden.view(), log_scores);
  };
}

}  // namespace

JointProbe bind_mlp(const ProbeInput& input) {
  const auto bound = std::make_shared<const Bound>(Bound{input, lda_statistics(input)});
  return [bound](std::span<const std::int32_t> training_chunks) { return fit_mlp(*bound, training_chunks); };
}

}  // namespace equinfo
