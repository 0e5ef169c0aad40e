#include "estimators/gate.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace equinfo {
namespace {

constexpr double kLargestGate = 1.5;
constexpr int kNewtonSteps = 50;
constexpr double kSmallestGain = 1e-8;  // nats a row that another Newton step must promise
constexpr double kSmallestStep = 1e-3;

std::array<float, 3> rounded(const std::array<double, 3>& gate) {
  return {static_cast<float>(gate[0]), static_cast<float>(gate[1]), static_cast<float>(gate[2])};
}

double sum_of_lanes(const Doubles& values) {
  double sum = 0.0;
  for (std::size_t lane = 0; lane < kLanes; ++lane) sum += values[lane];
  return sum;
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

Evidence::Evidence(const LogPriors& priors, std::size_t rows) : exact_(priors), priors_(priors), rows_(rows) {
  const std::size_t groups = (rows + kLanes - 1) / kLanes;
  evidence_.resize(groups * priors_.evidence_size());
  own_.resize(groups);
}

Evidence::Evidence(MatrixView<const float> log_scores, const Labels& labels, const LogPriors& priors)
    : Evidence(priors, static_cast<std::size_t>(log_scores.rows())) {
  const std::size_t cells = priors_.cell.size();
  std::vector<float> columns(cells * kLanes);
  for (std::size_t group = 0; group < own_.size(); ++group) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const std::size_t row = std::min(group * kLanes + lane, rows_ - 1);  // lanes beyond the end repeat the last row
      const auto scores = log_scores.row(static_cast<std::int64_t>(row));
      for (std::size_t c = 0; c < cells; ++c) columns[c * kLanes + lane] = scores[c];
    }
    read_group(group, columns.data(), kLanes, labels.y, labels.t);
  }
}

Evidence Evidence::of_columns(MatrixView<const float> log_scores, std::span<const std::int32_t> y,
                              std::span<const std::int32_t> t, const LogPriors& priors) {
  Evidence evidence(priors, y.size());
  const std::size_t whole = y.size() / kLanes;
  for (std::size_t group = 0; group < whole; ++group) {
    evidence.read_group(group, log_scores.data() + group * kLanes, log_scores.stride(), y, t);
  }
  if (whole == evidence.own_.size()) return evidence;
  std::vector<float> last(evidence.priors_.cell.size() * kLanes);
  for (std::size_t k = 0; k < last.size(); ++k) {
    const std::size_t row = std::min(whole * kLanes + k % kLanes, y.size() - 1);
    last[k] = log_scores(static_cast<std::int64_t>(k / kLanes), static_cast<std::int64_t>(row));
  }
  evidence.read_group(whole, last.data(), kLanes, y, t);
  return evidence;
}

void Evidence::read_group(std::size_t group, const float* scores, std::ptrdiff_t stride,
                          std::span<const std::int32_t> y, std::span<const std::int32_t> t) {
  read_evidence(priors_, scores, stride, evidence_.data() + group * priors_.evidence_size());
  set_own(group, y, t);
}

void Evidence::set_own(std::size_t group, std::span<const std::int32_t> y, std::span<const std::int32_t> t) {
  const float* a = evidence_.data() + group * priors_.evidence_size();
  const float *b = a + priors_.y.size() * kLanes, *c = b + priors_.t.size() * kLanes;
  OwnLanes& own = own_[group];
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    const std::size_t row = std::min(group * kLanes + lane, rows_ - 1);
    const auto of_class = static_cast<std::size_t>(y[row]), of_transform = static_cast<std::size_t>(t[row]);
    const std::size_t cell = of_class * priors_.t.size() + of_transform;
    own.y[lane] = y[row];
    own.t[lane] = t[row];
    own.log_prior[lane] = priors_.cell[cell];
    own.a[lane] = a[of_class * kLanes + lane];
    own.b[lane] = b[of_transform * kLanes + lane];
    own.c[lane] = c[cell * kLanes + lane];
    own.live[lane] = group * kLanes + lane < rows_ ? 1.0F : 0.0F;
  }
}

Evidence::Loss Evidence::loss(const std::array<double, 3>& gate) const {
  const std::array<float, 3> rounded_gate = rounded(gate);
  std::vector<float> scratch(priors_.cell.size() * kLanes);
  LossLanes lanes;
  for (std::size_t group = 0; group < own_.size(); ++group) {
    add_loss(priors_, evidence_.data() + group * priors_.evidence_size(), own_[group], rounded_gate, scratch.data(),
             lanes);
  }
  Loss loss;
  loss.rows = static_cast<double>(rows_);
  loss.value = sum_of_lanes(lanes.sum[0]);
  for (std::size_t i = 0, k = 4; i < 3; ++i) {
    loss.gradient[i] = sum_of_lanes(lanes.sum[1 + i]);
    for (std::size_t j = 0; j <= i; ++j, ++k) loss.hessian[i][j] = loss.hessian[j][i] = sum_of_lanes(lanes.sum[k]);
  }
  return loss;
}

RowInformation Evidence::information(const std::array<double, 3>& gate) const {
  const std::array<float, 3> rounded_gate = rounded(gate);
  RowInformation information = zero_information(rows_);
  std::vector<float> scratch(priors_.evidence_size());
  InformationLanes lanes;
  for (std::size_t group = 0; group < own_.size(); ++group) {
    const OwnLanes& own = own_[group];
    read_information(priors_, evidence_.data() + group * priors_.evidence_size(), own, rounded_gate, scratch.data(),
                     lanes);
    for (std::size_t lane = 0, row = group * kLanes; lane < kLanes && row < rows_; ++lane, ++row) {
      const auto y = static_cast<std::size_t>(own.y[lane]), t = static_cast<std::size_t>(own.t[lane]);
      information.z_y[row] = lanes.z_y[lane] - exact_.y[y];
      information.z_t[row] = lanes.z_t[lane] - exact_.t[t];
      information.z_yt[row] = lanes.z_yt[lane] - exact_.cell[y * exact_.t.size() + t];
    }
  }
  return information;
}

std::array<double, 3> fit_gate(const Evidence& evidence, const std::array<double, 3>& start) {
  std::array<double, 3> gate = start;
  Evidence::Loss now = evidence.loss(gate);
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
      Evidence::Loss there = evidence.loss(candidate);
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
