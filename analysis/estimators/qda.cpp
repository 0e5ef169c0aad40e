#include "estimators/qda.h"

#include <algorithm>
#include <cmath>

#include "compute/blas.h"
#include "core/error.h"
#include "estimators/lda.h"
#include "estimators/shrinkage.h"
#include "estimators/training_rows.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockRows = 1024;
constexpr double kLeastVariance = 1e-6;   // of a group, in units of the pooled one
constexpr std::int64_t kFewestRows = 20;  // in the smallest group

std::int32_t group_of(Grouping grouping, std::int32_t cell, const Labels& labels) {
  switch (grouping) {
    case Grouping::kClass:
      return cell / labels.transforms;
    case Grouping::kTransformation:
      return cell % labels.transforms;
    case Grouping::kCell:
      break;
  }
  return cell;
}

std::int32_t groups_in(Grouping grouping, const Labels& labels) {
  return group_of(grouping, labels.cells() - 1, labels) + 1;
}

/// Rows of the smallest group that has any.
std::int64_t smallest_group(Grouping grouping, const Labels& labels) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(groups_in(grouping, labels)));
  for (std::int64_t i = 0; i < labels.rows(); ++i)
    ++rows[static_cast<std::size_t>(group_of(grouping, labels.cell(i), labels))];
  std::erase(rows, 0);
  return *std::ranges::min_element(rows);
}

/// One group's covariance, ready to score with.
struct Group {
  std::vector<std::int32_t> cells;
  Matrix<float> whitener;   // [d, d]: rows times it have the identity as covariance
  Matrix<float> means;      // [cells, d], so whitened
  std::vector<float> bias;  // [cells]: ln p − ½ ln|Σ| − ½|m|²
};

struct QuadraticRule {
  std::vector<Group> groups;
};

/// Scatter of the rows about their cells' means, for the given training rows of one group.
Matrix<double> group_scatter(const TrainingRows& rows, const std::vector<std::int64_t>& members,
                             const Matrix<float>& means) {
  const std::int64_t d = rows.x.cols();
  Matrix<double> scatter(d, d);
  Matrix<float> block_scatter(d, d);
  for (std::size_t first = 0; first < members.size(); first += kBlockRows) {
    const std::size_t size = std::min<std::size_t>(kBlockRows, members.size() - first);
    Matrix<float> block(static_cast<std::int64_t>(size), d);
    for (std::size_t i = 0; i < size; ++i) {
      const std::int64_t row = members[first + i];
      const auto x = rows.x.row(row), mean = means.row(rows.cell[static_cast<std::size_t>(row)]);
      const auto to = block.row(static_cast<std::int64_t>(i));
      for (std::size_t j = 0; j < to.size(); ++j) to[j] = x[j] - mean[j];
    }
    gram(block, 0.0F, block_scatter.view());
    for (std::int64_t k = 0; k < d * d; ++k) scatter.data()[k] += block_scatter.data()[k];
  }
  return scatter;
}

/// The scatter becomes a covariance with `freedom` degrees of freedom, shrunk by OAS. Without freedom: the identity.
void shrink_group(Matrix<double>& scatter, double freedom) {
  const std::int64_t d = scatter.rows();
  double trace = 0.0;
  for (std::int64_t k = 0; k < d * d; ++k) scatter.data()[k] /= std::max(1.0, freedom);
  for (std::int64_t i = 0; i < d; ++i) trace += scatter(i, i);
  const double rho = freedom >= 1.0 ? oas_intensity(scatter, freedom) : 1.0;
  const double level = freedom >= 1.0 ? std::max(trace / static_cast<double>(d), kLeastVariance) : 1.0;
  for (std::int64_t i = 0; i < d; ++i) {
    for (std::int64_t j = 0; j < d; ++j) scatter(i, j) *= 1.0 - rho;
    scatter(i, i) += (rho + kLeastVariance) * level;
  }
}

Group fit_group(const TrainingRows& rows, const std::vector<std::int64_t>& members, std::vector<std::int32_t> cells,
                const Whitening& whitening, std::span<const double> log_prior) {
  const std::int64_t d = rows.x.cols(), count = static_cast<std::int64_t>(cells.size());
  Matrix<double> factor = group_scatter(rows, members, whitening.means());
  shrink_group(factor, static_cast<double>(members.size()) - static_cast<double>(count));
  cholesky(factor.view());
  Matrix<double> inverse(d, d);
  double log_det = 0.0;
  for (std::int64_t i = 0; i < d; ++i) {
    inverse(i, i) = 1.0;
    log_det += 2.0 * std::log(factor(i, i));
  }
  solve_lower(factor, inverse.view());
  Group group{std::move(cells), Matrix<float>(d, d), Matrix<float>(count, d), {}};
  for (std::int64_t i = 0; i < d; ++i) {
    for (std::int64_t j = 0; j < d; ++j) group.whitener(i, j) = static_cast<float>(inverse(j, i));
  }
  Matrix<float> means(count, d);
  for (std::int64_t c = 0; c < count; ++c) {
    std::ranges::copy(whitening.means().row(group.cells[static_cast<std::size_t>(c)]), means.row(c).begin());
  }
  multiply(1.0F, means, Transpose::kNo, group.whitener, Transpose::kNo, 0.0F, group.means.view());
  for (std::int64_t c = 0; c < count; ++c) {
    double square = 0.0;
    for (const float m : group.means.row(c)) square += static_cast<double>(m) * m;
    const double prior = std::max(log_prior[static_cast<std::size_t>(group.cells[static_cast<std::size_t>(c)])], -1e4);
    group.bias.push_back(static_cast<float>(prior - 0.5 * (log_det + square)));
  }
  return group;
}

/// Fits every group of a grouping.
QuadraticRule fit_rule(const ProbeInput& input, const TrainingRows& rows, Grouping grouping,
                       const Whitening& whitening) {
  const auto groups = static_cast<std::size_t>(groups_in(grouping, input.labels));
  std::vector<std::vector<std::int64_t>> members(groups);
  std::vector<std::vector<std::int32_t>> cells(groups);
  for (std::int32_t cell = 0; cell < input.labels.cells(); ++cell) {
    cells[static_cast<std::size_t>(group_of(grouping, cell, input.labels))].push_back(cell);
  }
  for (std::size_t i = 0; i < rows.cell.size(); ++i) {
    members[static_cast<std::size_t>(group_of(grouping, rows.cell[i], input.labels))].push_back(
        static_cast<std::int64_t>(i));
  }
  QuadraticRule rule;
  for (std::size_t g = 0; g < groups; ++g) {
    rule.groups.push_back(fit_group(rows, members[g], std::move(cells[g]), whitening, input.priors.cell));
  }
  return rule;
}

/// Scores of whitened rows: bias − ½|x·W|² + (x·W)·m for each cell of each group.
void score(const QuadraticRule& rule, MatrixView<const float> x, MatrixView<float> scores) {
  Matrix<float> mapped(x.rows(), x.cols());
  for (const Group& group : rule.groups) {
    Matrix<float> cross(x.rows(), group.means.rows());
    multiply(1.0F, x, Transpose::kNo, group.whitener, Transpose::kNo, 0.0F, mapped.view());
    multiply(1.0F, mapped, Transpose::kNo, group.means, Transpose::kYes, 0.0F, cross.view());
    for (std::int64_t i = 0; i < x.rows(); ++i) {
      double square = 0.0;
      for (const float value : mapped.row(i)) square += static_cast<double>(value) * value;
      for (std::size_t c = 0; c < group.cells.size(); ++c) {
        scores(i, group.cells[c]) =
            static_cast<float>(group.bias[c] - 0.5 * square + cross(i, static_cast<std::int64_t>(c)));
      }
    }
  }
}

struct Bound {
  ProbeInput input;
  LdaStatistics lda;
  Grouping grouping;
};

CellScorer fit_qda(const Bound& bound, std::span<const std::int32_t> training_chunks) {
  const auto whitening = std::make_shared<const Whitening>(bound.lda.fit(training_chunks));
  const TrainingRows rows = gather_training_rows(bound.input, training_chunks, *whitening);
  const auto rule = std::make_shared<const QuadraticRule>(fit_rule(bound.input, rows, bound.grouping, *whitening));
  return [whitening, rule](MatrixView<const float> z, MatrixView<float> log_scores) {
    Matrix<float> x(z.rows(), z.cols());
    whitening->apply(z, x.view());
    score(*rule, x, log_scores);
  };
}

const char* name_of(Grouping grouping) {
  switch (grouping) {
    case Grouping::kClass:
      return "class";
    case Grouping::kTransformation:
      return "transformation";
    case Grouping::kCell:
      break;
  }
  return "cell";
}

/// Whether two rows differ.
bool varies(MatrixView<const float> z) {
  const auto first = z.row(0);
  for (std::int64_t i = 1; i < z.rows(); ++i) {
    if (!std::ranges::equal(z.row(i), first)) return true;
  }
  return false;
}

}  // namespace

std::string qda_refusal(const ProbeInput& input, Grouping grouping) {
  if (!varies(input.z.raw())) return "qda: every row is the same, so there is no covariance";
  const std::int64_t rows = smallest_group(grouping, input.labels);
  if (rows >= std::max(kFewestRows, input.z.cols())) return {};
  return fmt::format("qda: the smallest {} has {} rows, too few for a covariance in {} dimensions", name_of(grouping),
                     rows, input.z.cols());
}

JointProbe bind_qda(const ProbeInput& input, Grouping grouping) {
  const std::string refusal = qda_refusal(input, grouping);
  require(refusal.empty(), "{}", refusal);
  const auto bound = std::make_shared<const Bound>(Bound{input, lda_statistics(input), grouping});
  return [bound](std::span<const std::int32_t> training_chunks) { return fit_qda(*bound, training_chunks); };
}

}  // namespace equinfo
