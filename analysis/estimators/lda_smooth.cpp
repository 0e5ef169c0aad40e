#include "estimators/lda_smooth.h"

#include <array>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "estimators/lda.h"
#include "estimators/training_rows.h"
#include "estimators/transform_bins.h"

namespace equinfo {
namespace {

constexpr std::array kBandwidths{0.0, 0.5, 1.0, 2.0, 4.0};
constexpr std::size_t kHeldOutShare = 4;  // one chunk in so many is held out to choose the bandwidth
constexpr double kImpossible = -1e4;      // stands for ln 0

class SmoothLda {
 public:
  explicit SmoothLda(const ProbeInput& input)
      : input_(input), statistics_(lda_statistics(input)), rows_(count_rows(input)) {}

  CellScorer train(std::span<const std::int32_t> chunks) const {
    const double bandwidth = choose_bandwidth(chunks);
    auto whitening = std::make_shared<const Whitening>(statistics_.fit(chunks, CellMeans::kPlain));
    auto rule = std::make_shared<const LinearRule>(smooth_rule(*whitening, chunks, bandwidth));
    return [whitening, rule](MatrixView<const float> z, MatrixView<float> log_scores) {
      Matrix<float> x(z.rows(), z.cols());
      whitening->apply(z, x.view());
      apply_rule(*rule, x, log_scores);
    };
  }

 private:
  /// Rows of every cell in every chunk, [chunks, cells].
  static Matrix<double> count_rows(const ProbeInput& input) {
    Matrix<double> rows(input.folds.chunks(), input.labels.cells());
    for (std::int64_t i = 0; i < input.labels.rows(); ++i) {
      ++rows(input.folds.chunk[static_cast<std::size_t>(i)], input.labels.cell(i));
    }
    return rows;
  }

  double choose_bandwidth(std::span<const std::int32_t> chunks) const {
    std::vector<std::int32_t> training, held_out;
    for (std::size_t c = 0; c < chunks.size(); ++c) {
      (c % kHeldOutShare == kHeldOutShare - 1 ? held_out : training).push_back(chunks[c]);
    }
    if (held_out.empty()) return 1.0;
    const Whitening whitening(statistics_.fit(training, CellMeans::kPlain));
    const TrainingRows rows = gather_training_rows(input_, held_out, whitening);
    Matrix<float> scores(rows.x.rows(), input_.labels.cells());
    double best = 1.0, smallest = std::numeric_limits<double>::infinity();
    for (const double bandwidth : kBandwidths) {
      apply_rule(smooth_rule(whitening, training, bandwidth), rows.x, scores.view());
      const double loss = softmax_loss(scores.view(), rows.cell);
      if (loss < smallest) smallest = loss, best = bandwidth;
    }
    return best;
  }

  /// LDA's rule on whitened rows, x·m̃ − ½|m̃|² + ln p(cell), with the smoothed means m̃.
  LinearRule smooth_rule(const Whitening& whitening, std::span<const std::int32_t> chunks, double bandwidth) const {
    const Matrix<double> means = smoothed(whitening.means(), chunks, bandwidth);
    LinearRule rule{Matrix<float>(means.cols(), means.rows()), {}};
    for (std::int64_t c = 0; c < means.rows(); ++c) {
      double square = 0.0;
      for (std::int64_t j = 0; j < means.cols(); ++j) {
        rule.weights(j, c) = static_cast<float>(means(c, j));
        square += means(c, j) * means(c, j);
      }
      const double log_prior = std::max(input_.priors.cell[static_cast<std::size_t>(c)], kImpossible);
      rule.bias.push_back(static_cast<float>(log_prior - 0.5 * square));
    }
    return rule;
  }

  Matrix<double> smoothed(const Matrix<float>& means, std::span<const std::int32_t> chunks, double bandwidth) const {
    const Labels& labels = input_.labels;
    Matrix<double> result(means.rows(), means.cols());
    for (std::int32_t cell = 0; cell < labels.cells(); ++cell) {
      const std::int32_t bin = cell % labels.transforms, first = cell - bin;
      double total = 0.0;
      for (std::int32_t other = 0; other < labels.transforms; ++other) {
        // One row on top: the additive mean that lda pulls every cell to.
        double weight = kernel(bin, other, bandwidth);
        if (weight == 0.0) continue;
        weight *= 1.0 + rows_of(first + other, chunks);
        total += weight;
        for (std::int64_t j = 0; j < means.cols(); ++j) result(cell, j) += weight * means(first + other, j);
      }
      for (double& value : result.row(cell)) value /= total;
    }
    return result;
  }

  double kernel(std::int32_t a, std::int32_t b, double bandwidth) const {
    constexpr double kFarthest = 4.0;  // standard deviations
    if (a == b) return 1.0;
    const double square = squared_bin_distance(*input_.labels.continuous_t, a, b);
    if (square > kFarthest * kFarthest * bandwidth * bandwidth) return 0.0;
    return std::exp(-0.5 * square / (bandwidth * bandwidth));
  }

  double rows_of(std::int32_t cell, std::span<const std::int32_t> chunks) const {
    double rows = 0.0;
    for (const std::int32_t chunk : chunks) rows += rows_(chunk, cell);
    return rows;
  }

  ProbeInput input_;
  LdaStatistics statistics_;
  Matrix<double> rows_;
};

}  // namespace

JointProbe bind_lda_smooth(const ProbeInput& input) {
  const std::string refusal = lda_smooth_refusal(input);
  require(refusal.empty(), "{}", refusal);
  auto probe = std::make_shared<const SmoothLda>(input);
  return [probe](std::span<const std::int32_t> chunks) { return probe->train(chunks); };
}

std::string lda_smooth_refusal(const ProbeInput& input) {
  return input.labels.continuous_t ? "" : "lda_smooth: T is discrete, and its values have no neighbours to share with";
}

}  // namespace equinfo
