#include "estimators/logistic.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <optional>

#include <lbfgs.h>

#include "core/error.h"
#include "estimators/gate.h"
#include "estimators/lda.h"
#include "estimators/row_loss.h"
#include "estimators/training_rows.h"

namespace equinfo {
namespace {

constexpr std::array kPenalties{1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4};
constexpr int kMostSteps = 60;
constexpr std::size_t kValidationShare = 8;

/// The mean penalised loss over some rows as L-BFGS sees it: weights [d, cells], then biases [cells], as one vector.
class RidgeLoss {
 public:
  RidgeLoss(const TrainingRows& rows, std::int64_t cells, const ProbeDevice* device)
      : rows_(row_loss(rows, cells, device)),
        share_(1.0 / static_cast<double>(rows.x.rows())),
        weights_(static_cast<std::size_t>(rows.x.cols() * cells)),
        rounded_(weights_ + static_cast<std::size_t>(cells)) {}

  double penalty = 0.0;

  /// Loss and gradient at `parameters`.
  double operator()(const double* parameters, double* gradient) {
    std::copy_n(parameters, rounded_.size(), rounded_.begin());
    double loss = share_ * (*rows_)(rounded_, {gradient, rounded_.size()});
    for (std::size_t k = 0; k < rounded_.size(); ++k) gradient[k] *= share_;
    for (std::size_t k = 0; k < weights_; ++k) {
      gradient[k] += penalty * parameters[k];
      loss += 0.5 * penalty * parameters[k] * parameters[k];
    }
    return loss;
  }

 private:
  std::unique_ptr<RowLoss> rows_;
  double share_;
  std::size_t weights_;
  std::vector<float> rounded_;
};

double evaluate(void* loss, const double* parameters, double* gradient, int, double) {
  return (*static_cast<RidgeLoss*>(loss))(parameters, gradient);
}

/// Minimises from the given parameters, in place. Running out of steps or of float32 precision is no failure: the path
/// is judged on held-out sources.
void minimise(RidgeLoss& loss, std::vector<double>& parameters) {
  lbfgs_parameter_t options;
  lbfgs_parameter_init(&options);
  options.max_iterations = kMostSteps;
  options.epsilon = 1e-4;
  options.past = 3;
  options.delta = 1e-5;
  const int status =
      lbfgs(static_cast<int>(parameters.size()), parameters.data(), nullptr, evaluate, nullptr, &loss, &options);
  require(status != LBFGSERR_OUTOFMEMORY, "logistic: L-BFGS ran out of memory for {} parameters", parameters.size());
}

/// LDA's rule in whitened coordinates: weights are the means, biases ln p − ½|m|².
std::vector<double> lda_parameters(const Whitening& whitening, std::span<const double> log_prior) {
  const Matrix<float>& means = whitening.means();
  const std::int64_t d = means.cols(), cells = means.rows();
  std::vector<double> parameters(static_cast<std::size_t>(d * cells + cells));
  for (std::int64_t c = 0; c < cells; ++c) {
    double square = 0.0;
    for (std::int64_t j = 0; j < d; ++j) {
      parameters[static_cast<std::size_t>(j * cells + c)] = means(c, j);
      square += static_cast<double>(means(c, j)) * means(c, j);
    }
    parameters[static_cast<std::size_t>(d * cells + c)] =
        std::max(log_prior[static_cast<std::size_t>(c)], -1e2) - 0.5 * square;
  }
  return parameters;
}

/// A linear rule as L-BFGS left it.
LinearRule rule_of(const std::vector<double>& parameters, std::int64_t d, std::int64_t cells) {
  LinearRule rule{Matrix<float>(d, cells), {}};
  std::copy_n(parameters.begin(), d * cells, rule.weights.data());
  rule.bias.assign(parameters.begin() + d * cells, parameters.end());
  return rule;
}

struct Bound {
  ProbeInput input;
  LdaStatistics lda;
  explicit Bound(const ProbeInput& of) : input(of), lda(lda_statistics(of)) {}
};

/// Some chunks' rows, whitened by LDA's fit on these very chunks, and LDA's rule in those coordinates.
struct Start {
  std::shared_ptr<const Whitening> whitening;
  TrainingRows rows;
  std::vector<double> parameters;

  Start(const Bound& bound, std::span<const std::int32_t> chunks)
      : whitening(std::make_shared<const Whitening>(bound.lda.fit(chunks))),
        rows(gather_training_rows(bound.input, chunks, *whitening)),
        parameters(lda_parameters(*whitening, bound.input.priors.cell)) {}
};

/// About an eighth of the chunks (whole sources), at least one, drawn at random, validate; the others train.
struct ChunkSplit {
  std::vector<std::int32_t> training, validation;
};

ChunkSplit split_chunks(std::span<const std::int32_t> chunks, RandomStream stream) {
  std::vector<std::int32_t> drawn(chunks.begin(), chunks.end());
  stream.shuffle(drawn);
  const auto validation = static_cast<std::ptrdiff_t>(std::max<std::size_t>(1, drawn.size() / kValidationShare));
  ChunkSplit split{{drawn.begin() + validation, drawn.end()}, {drawn.begin(), drawn.begin() + validation}};
  std::ranges::sort(split.training);
  return split;
}

/// Judges rules on sources that they have not seen.
class HeldOut {
 public:
  HeldOut(const Bound& bound, std::span<const std::int32_t> chunks, const Whitening& whitening)
      : rows_(gather_training_rows(bound.input, chunks, whitening)), priors_(bound.input.priors) {
    if (!rows_.row.empty()) labels_ = select_rows(bound.input.labels, rows_.row);
  }

  bool empty() const { return rows_.row.empty(); }
  double loss(const std::vector<double>& parameters) const { return evidence(parameters).loss(kNoGate).value; }

  /// Under the gate that suits the rule best: what is read in the end is gated, and LDA's rule, often too sure of
  /// itself, must not be judged by that.
  double gated_loss(const std::vector<double>& parameters) const {
    const Evidence known = evidence(parameters);
    return known.loss(fit_gate(known)).value;
  }

 private:
  static constexpr std::array kNoGate{1.0, 1.0, 1.0};

  Evidence evidence(const std::vector<double>& parameters) const {
    Matrix<float> scores(rows_.x.rows(), labels_.cells());
    apply_rule(rule_of(parameters, rows_.x.cols(), labels_.cells()), rows_.x, scores);
    return {scores, labels_, priors_};
  }

  TrainingRows rows_;
  Labels labels_;
  const LogPriors& priors_;
};

/// Follows the path down as long as it gains on sources that neither it nor its start, LDA's rule, has seen. No penalty
/// where the best of them reads no more than the start (without noise in the cells, whitened coordinates are so long
/// that every one hurts), or where there is nothing to judge by.
std::optional<double> chosen_penalty(const Bound& bound, std::span<const std::int32_t> training_chunks) {
  if (training_chunks.size() < 2) return std::nullopt;
  const ChunkSplit split = split_chunks(training_chunks, training_stream(bound.input, "logistic", training_chunks));
  Start start(bound, split.training);
  const HeldOut held_out(bound, split.validation, *start.whitening);
  if (start.rows.row.empty() || held_out.empty()) return std::nullopt;
  RidgeLoss training(start.rows, bound.input.labels.cells(), bound.input.device);
  std::vector<double> parameters = start.parameters, best;
  double best_loss = std::numeric_limits<double>::infinity(), best_penalty = kPenalties.front();
  for (const double penalty : kPenalties) {
    training.penalty = penalty;
    minimise(training, parameters);
    const double loss = held_out.loss(parameters);
    if (loss >= best_loss) break;
    best_loss = loss;
    best_penalty = penalty;
    best = parameters;
  }
  if (held_out.gated_loss(best) >= held_out.gated_loss(start.parameters)) return std::nullopt;
  return best_penalty;
}

/// Fits with this penalty, if there is one, from LDA's rule.
CellScorer fit_logistic(const Bound& bound, std::span<const std::int32_t> training_chunks,
                        std::optional<double> penalty) {
  Start all(bound, training_chunks);
  if (penalty) {
    RidgeLoss loss(all.rows, bound.input.labels.cells(), bound.input.device);
    loss.penalty = *penalty;
    minimise(loss, all.parameters);
  }
  const auto rule =
      std::make_shared<const LinearRule>(rule_of(all.parameters, bound.input.z.cols(), bound.input.labels.cells()));
  return [whitening = all.whitening, rule](MatrixView<const float> z, MatrixView<float> log_scores) {
    Matrix<float> x(z.rows(), z.cols());
    whitening->apply(z, x.view());
    apply_rule(*rule, x, log_scores);
  };
}

JointProbe logistic_probe(const ProbeInput& input, std::optional<double> given) {
  const auto bound = std::make_shared<const Bound>(input);
  return [bound, given](std::span<const std::int32_t> training_chunks) {
    return fit_logistic(*bound, training_chunks, given ? given : chosen_penalty(*bound, training_chunks));
  };
}

}  // namespace

JointProbe bind_logistic(const ProbeInput& input) { return logistic_probe(input, std::nullopt); }

JointProbe bind_single_logistic(const ProbeInput& input, double penalty) {
  require(penalty > 0.0, "logistic: {} is no penalty", penalty);
  return logistic_probe(input, penalty);
}

}  // namespace equinfo
