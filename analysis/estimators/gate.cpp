#include "estimators/gate.h"

#include <algorithm>
#include <cmath>

#include "compute/parallel.h"
#include "core/error.h"
#include "estimators/gated_row.h"
#include "estimators/log_posterior.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockRows = 512;
constexpr double kLargestGate = 1.5;
constexpr int kNewtonSteps = 50;
constexpr double kSmallestGain = 1e-8;  // nats a row that another Newton step must promise
constexpr double kSmallestStep = 1e-3;

/// The finite version of `value`: evidence of an impossible cell is never used, and must not spoil sums.
float finite(double value) { return std::isfinite(value) ? static_cast<float>(value) : 0.0F; }

std::int64_t blocks_of(std::size_t rows) { return (static_cast<std::int64_t>(rows) + kBlockRows - 1) / kBlockRows; }

std::span<const std::int64_t> block(std::span<const std::int64_t> rows, std::int64_t b) {
  const auto first = static_cast<std::size_t>(b * kBlockRows);
  return rows.subspan(first, std::min<std::size_t>(kBlockRows, rows.size() - first));
}

Evidence::Loss total_loss(const Evidence& evidence, std::span<const std::int64_t> rows,
                          const std::array<double, 3>& gate, int threads) {
  std::vector<Evidence::Loss> parts(static_cast<std::size_t>(blocks_of(rows.size())));
  parallel_for(static_cast<std::int64_t>(parts.size()), threads,
               [&](std::int64_t b) { parts[static_cast<std::size_t>(b)] = evidence.loss(block(rows, b), gate); });
  Evidence::Loss total;
  for (const auto& part : parts) total.add(part);
  return total;
}

/// Solves the Newton system in the coordinates that are free to move; the others stay.
std::array<double, 3> newton_direction(const Evidence::Loss& loss, const std::array<bool, 3>& free) {
  std::array<std::array<double, 4>, 3> m{};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) m[i][j] = free[i] && free[j] ? loss.hessian[i][j] : 0.0;
    m[i][i] = free[i] ? m[i][i] + 1e-12 * loss.rows : 1.0;
    m[i][3] = free[i] ? -loss.gradient[i] : 0.0;
  }
  // The matrix is positive definite, so Gauss elimination needs no pivots.
  for (std::size_t p = 0; p < 3; ++p) {
    for (std::size_t i = p + 1; i < 3; ++i) {
      const double factor = m[i][p] / m[p][p];
      for (std::size_t j = p; j < 4; ++j) m[i][j] -= factor * m[p][j];
    }
  }
  std::array<double, 3> x{};
  for (std::size_t i = 3; i-- > 0;) {
    double sum = m[i][3];
    for (std::size_t j = i + 1; j < 3; ++j) sum -= m[i][j] * x[j];
    x[i] = sum / m[i][i];
  }
  return x;
}

std::array<double, 3> projected(const std::array<double, 3>& gate, const std::array<double, 3>& direction,
                                double step) {
  std::array<double, 3> moved{};
  for (std::size_t i = 0; i < 3; ++i) moved[i] = std::clamp(gate[i] + step * direction[i], 0.0, kLargestGate);
  return moved;
}

}  // namespace

Evidence::Evidence(Matrix<float> log_scores, const Labels& labels, const LogPriors& priors, int threads)
    : labels_(&labels),
      priors_(&priors),
      log_prior_(padded_to_lanes(priors.cell.size()), kLogZero),
      class_(log_scores.rows(), labels.classes),
      transform_(log_scores.rows(), labels.transforms),
      interaction_(std::move(log_scores)) {
  const auto transforms = static_cast<std::size_t>(labels.transforms);
  for (std::size_t c = 0; c < priors.cell.size(); ++c) {
    if (std::isfinite(priors.cell[c])) log_prior_[c] = static_cast<float>(priors.cell[c]);
  }
  parallel_for((rows() + kBlockRows - 1) / kBlockRows, threads, [&](std::int64_t b) {
    LogPosterior q(priors);
    for (std::int64_t i = b * kBlockRows; i < std::min(rows(), (b + 1) * kBlockRows); ++i) {
      const auto scores = interaction_.row(i);
      q.read(scores);
      for (std::size_t y = 0, c = 0; y < q.of_class.size(); ++y) {
        for (std::size_t t = 0; t < transforms; ++t, ++c) {
          scores[c] = finite(scores[c] - q.norm - q.of_class[y] - q.of_transform[t] -
                             (priors.cell[c] - priors.y[y] - priors.t[t]));
        }
      }
      for (std::size_t y = 0; y < q.of_class.size(); ++y)
        class_(i, static_cast<std::int64_t>(y)) = finite(q.of_class[y] - priors.y[y]);
      for (std::size_t t = 0; t < transforms; ++t)
        transform_(i, static_cast<std::int64_t>(t)) = finite(q.of_transform[t] - priors.t[t]);
    }
  });
}

/// Spreads one row's evidence over its padded cells, in buffers that are used again for the next row.
class Evidence::RowReader {
 public:
  explicit RowReader(const Evidence& evidence)
      : evidence_(&evidence), a_(evidence.log_prior_.size()), b_(a_), c_(a_), weight_(a_) {
    const auto transforms = evidence.priors_->t.size();
    class_.resize(evidence.priors_->y.size());
    transform_.resize(transforms);
  }

  RowFeatures features(std::int64_t row) {
    const auto of_class = evidence_->class_.row(row), of_transform = evidence_->transform_.row(row);
    std::size_t cell = 0;
    for (const float class_evidence : of_class) {
      for (const float transform_evidence : of_transform) {
        a_[cell] = class_evidence;
        b_[cell++] = transform_evidence;
      }
    }
    std::ranges::copy(evidence_->interaction_.row(row), c_.begin());
    return {evidence_->log_prior_.data(), a_.data(), b_.data(), c_.data(), c_.size()};
  }

  /// The gated posterior's weights exp(u − max u); the features of the same row must be in the buffers.
  RowNorm weigh(const RowFeatures& row, const std::array<double, 3>& gate) {
    return gated_weights(row, {static_cast<float>(gate[0]), static_cast<float>(gate[1]), static_cast<float>(gate[2])},
                         weight_.data());
  }

  const float* weight() const { return weight_.data(); }

  /// Sums of the weights over t for a class y, and over y for a transformation t.
  double class_weight(std::size_t y) const {
    const std::size_t transforms = transform_.size();
    double sum = 0.0;
    for (std::size_t t = 0; t < transforms; ++t) sum += weight_[y * transforms + t];
    return sum;
  }
  double transform_weight(std::size_t t) const {
    double sum = 0.0;
    for (std::size_t y = 0; y < class_.size(); ++y) sum += weight_[y * transform_.size() + t];
    return sum;
  }

 private:
  const Evidence* evidence_;
  std::vector<float> a_, b_, c_, weight_, class_, transform_;
};

void Evidence::Loss::add(const Loss& other) {
  value += other.value;
  rows += other.rows;
  for (std::size_t i = 0; i < 3; ++i) {
    gradient[i] += other.gradient[i];
    for (std::size_t j = 0; j < 3; ++j) hessian[i][j] += other.hessian[i][j];
  }
}

Evidence::Loss Evidence::loss(std::span<const std::int64_t> rows, const std::array<double, 3>& gate) const {
  Loss loss;
  RowReader reader(*this);
  for (const std::int64_t i : rows) {
    const RowFeatures row = reader.features(i);
    const RowNorm norm = reader.weigh(row, gate);
    const RowMoments moments = weighted_moments(row, reader.weight());
    const auto cell = static_cast<std::size_t>(labels_->cell(i));
    const std::array<double, 3> seen{row.a[cell], row.b[cell], row.c[cell]};
    const double u = row.log_prior[cell] + gate[0] * seen[0] + gate[1] * seen[1] + gate[2] * seen[2];
    loss.value += norm.largest + std::log(static_cast<double>(norm.sum)) - u;
    for (std::size_t j = 0, k = 0; j < 3; ++j) {
      const double mean = moments.first[j] / norm.sum;
      loss.gradient[j] += mean - seen[j];
      for (std::size_t l = 0; l <= j; ++l, ++k) {
        loss.hessian[j][l] += moments.second[k] / norm.sum - mean * (moments.first[l] / norm.sum);
      }
    }
  }
  for (std::size_t j = 0; j < 3; ++j) {
    for (std::size_t l = j + 1; l < 3; ++l) loss.hessian[j][l] = loss.hessian[l][j];
  }
  loss.rows = static_cast<double>(rows.size());
  return loss;
}

void Evidence::information(std::span<const std::int64_t> rows, const std::array<double, 3>& gate,
                           RowInformation& information) const {
  RowReader reader(*this);
  for (const std::int64_t row : rows) {
    const auto i = static_cast<std::size_t>(row);
    const auto y = static_cast<std::size_t>(labels_->y[i]), t = static_cast<std::size_t>(labels_->t[i]);
    const RowFeatures features = reader.features(row);
    const RowNorm norm = reader.weigh(features, gate);
    const auto cell = static_cast<std::size_t>(labels_->cell(row));
    // A weight that underflowed still has its logarithm: u − max u.
    const double log_cell = features.log_prior[cell] + gate[0] * features.a[cell] + gate[1] * features.b[cell] +
                            gate[2] * features.c[cell] - norm.largest;
    const double log_sum = std::log(static_cast<double>(norm.sum));
    const auto log_or = [](double weight, double floor) { return weight > 0.0 ? std::log(weight) : floor; };
    information.z_y[i] = std::max(log_or(reader.class_weight(y), log_cell), log_cell) - log_sum - priors_->y[y];
    information.z_t[i] = std::max(log_or(reader.transform_weight(t), log_cell), log_cell) - log_sum - priors_->t[t];
    information.z_yt[i] = log_cell - log_sum - priors_->cell[cell];
  }
}

std::array<double, 3> fit_gate(const Evidence& evidence, std::span<const std::int64_t> rows,
                               const std::array<double, 3>& start, int threads) {
  std::array<double, 3> gate = start;
  Evidence::Loss now = total_loss(evidence, rows, gate, threads);
  for (int iteration = 0; iteration < kNewtonSteps; ++iteration) {
    std::array<bool, 3> free{};
    for (std::size_t i = 0; i < 3; ++i) {
      free[i] = !(gate[i] <= 0.0 && now.gradient[i] > 0.0) && !(gate[i] >= kLargestGate && now.gradient[i] < 0.0);
    }
    const auto direction = newton_direction(now, free);
    double promised = 0.0;
    for (std::size_t i = 0; i < 3; ++i) promised -= 0.5 * now.gradient[i] * direction[i];
    if (promised < kSmallestGain * now.rows) break;
    double step = 1.0;
    for (; step > kSmallestStep; step /= 2.0) {
      const auto candidate = projected(gate, direction, step);
      Evidence::Loss there = total_loss(evidence, rows, candidate, threads);
      if (there.value >= now.value) continue;
      gate = candidate;
      now = there;
      break;
    }
    if (step <= kSmallestStep) break;
  }
  return gate;
}

}  // namespace equinfo
