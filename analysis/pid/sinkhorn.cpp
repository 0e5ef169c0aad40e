#include "pid/sinkhorn.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>

#include "compute/blas.h"
#include "compute/parallel.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockTargets = 512;

std::int64_t blocks_of(std::int64_t targets) { return (targets + kBlockTargets - 1) / kBlockTargets; }

/// Runs `work(first target, count, block)` for every block.
void for_blocks(std::int64_t targets, int threads,
                const std::function<void(std::int64_t, std::int64_t, std::size_t)>& work) {
  parallel_for(blocks_of(targets), threads, [&](std::int64_t b) {
    work(b * kBlockTargets, std::min(kBlockTargets, targets - b * kBlockTargets), static_cast<std::size_t>(b));
  });
}

/// scale ← wanted ⊘ scale, with 0 where nothing is wanted.
void divide(MatrixView<const double> wanted, MatrixView<double> scale) {
  for (std::int64_t i = 0; i < wanted.rows(); ++i) {
    for (std::int64_t j = 0; j < wanted.cols(); ++j)
      scale(i, j) = wanted(i, j) > 0.0 ? wanted(i, j) / scale(i, j) : 0.0;
  }
}

double log_sum(std::span<const double> probability, std::span<const double> scale) {
  double sum = 0.0;
  for (std::size_t s = 0; s < scale.size(); ++s) {
    if (probability[s] > 0.0) sum += probability[s] * std::log(scale[s]);
  }
  return sum;
}

/// Makes one coupling [first · second] satisfy both marginals exactly.
void round_coupling(std::span<const double> first, std::span<const double> second, std::span<double> coupling) {
  std::vector<double> lack_first(first.begin(), first.end()), lack_second(second.begin(), second.end());
  const std::size_t width = second.size();
  for (std::size_t a = 0; a < first.size(); ++a) {
    double sum = 0.0;
    for (std::size_t b = 0; b < width; ++b) sum += coupling[a * width + b];
    const double scale = sum > first[a] ? first[a] / sum : 1.0;
    for (std::size_t b = 0; b < width; ++b) {
      coupling[a * width + b] *= scale;
      lack_second[b] = lack_second[b] - coupling[a * width + b];
    }
    lack_first[a] = std::max(first[a] - scale * sum, 0.0);
  }
  double lack = 0.0;
  for (double& missing : lack_second) missing = std::max(missing, 0.0), lack += missing;
  for (std::size_t a = 0; a < first.size() && lack > 0.0; ++a) {
    for (std::size_t b = 0; b < width; ++b) coupling[a * width + b] += lack_first[a] * lack_second[b] / lack;
  }
}

}  // namespace

Couplings::Couplings(const JointPosterior& posterior, int threads)
    : posterior_(&posterior),
      threads_(threads),
      u_(posterior.targets(), posterior.first),
      v_(posterior.targets(), posterior.second) {
  std::fill_n(v_.data(), v_.rows() * v_.cols(), 1.0);
}

Matrix<double> Couplings::sweep(const Matrix<double>& common, int sweeps) {
  const JointPosterior& p = *posterior_;
  std::vector<Matrix<double>> partial(static_cast<std::size_t>(blocks_of(p.targets())));
  for_blocks(p.targets(), threads_, [&](std::int64_t first, std::int64_t count, std::size_t block) {
    const auto u = u_.view().middle_rows(first, count), v = v_.view().middle_rows(first, count);
    for (int i = 0; i < sweeps; ++i) {
      multiply(1.0, v, Transpose::kNo, common.view(), Transpose::kYes, 0.0, u);
      divide(p.given_first.view().middle_rows(first, count), u);
      multiply(1.0, u, Transpose::kNo, common.view(), Transpose::kNo, 0.0, v);
      divide(p.given_second.view().middle_rows(first, count), v);
    }
    Matrix<double> weighted(count, p.first);
    for (std::int64_t z = 0; z < count; ++z) {
      for (std::int64_t a = 0; a < p.first; ++a)
        weighted(z, a) = p.weight[static_cast<std::size_t>(first + z)] * u(z, a);
    }
    partial[block] = Matrix<double>(p.first, p.second);
    multiply(1.0, weighted.view(), Transpose::kYes, v, Transpose::kNo, 0.0, partial[block].view());
  });
  Matrix<double> ratio(p.first, p.second);
  for (const Matrix<double>& sum : partial) {
    for (std::int64_t c = 0; c < p.first * p.second; ++c) ratio.data()[c] += sum.data()[c];
  }
  return ratio;
}

std::vector<double> Couplings::dual_values() const {
  const JointPosterior& p = *posterior_;
  std::vector<double> values(p.weight.size());
  for_blocks(p.targets(), threads_, [&](std::int64_t first, std::int64_t count, std::size_t) {
    for (std::int64_t z = first; z < first + count; ++z) {
      values[static_cast<std::size_t>(z)] =
          log_sum(p.given_first.row(z), u_.row(z)) + log_sum(p.given_second.row(z), v_.row(z));
    }
  });
  return values;
}

std::vector<double> Couplings::observed_values() const {
  const JointPosterior& p = *posterior_;
  std::vector<double> values;
  for (std::int64_t z = 0; z < p.targets(); ++z) {
    const std::int64_t cell = p.observed[static_cast<std::size_t>(z)];
    values.push_back(bounded_log(u_(z, cell / p.second)) + bounded_log(v_(z, cell % p.second)));
  }
  return values;
}

double Couplings::feasible_information(const Matrix<double>& common) const {
  const JointPosterior& p = *posterior_;
  const auto cells = static_cast<std::size_t>(p.first * p.second);
  std::vector<double> own_sum(static_cast<std::size_t>(blocks_of(p.targets())), 0.0);
  std::vector<std::vector<double>> partial(own_sum.size());
  for_blocks(p.targets(), threads_, [&](std::int64_t first, std::int64_t count, std::size_t block) {
    std::vector<double> coupling(cells), mean(cells, 0.0);
    for (std::int64_t z = first; z < first + count; ++z) {
      for (std::int64_t c = 0; c < p.first * p.second; ++c) {
        coupling[static_cast<std::size_t>(c)] = u_(z, c / p.second) * common.data()[c] * v_(z, c % p.second);
      }
      round_coupling(p.given_first.row(z), p.given_second.row(z), coupling);
      const double weight = p.weight[static_cast<std::size_t>(z)];
      for (std::size_t c = 0; c < cells; ++c) {
        mean[c] += weight * coupling[c];
        if (coupling[c] > 0.0) own_sum[block] += weight * coupling[c] * std::log(coupling[c]);
      }
    }
    partial[block] = std::move(mean);
  });
  std::vector<double> mean(cells, 0.0);
  double information = 0.0;
  for (std::size_t block = 0; block < partial.size(); ++block) {
    information += own_sum[block];
    for (std::size_t c = 0; c < cells; ++c) mean[c] += partial[block][c];
  }
  for (const double q : mean) information -= q > 0.0 ? q * std::log(q) : 0.0;
  return information;
}

}  // namespace equinfo
