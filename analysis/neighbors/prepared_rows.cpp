#include "neighbors/prepared_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "compute/parallel.h"
#include "core/error.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockRows = 1024;
constexpr double kUnit = 0x1p-24;

std::int64_t blocks_of(std::int64_t rows) { return (rows + kBlockRows - 1) / kBlockRows; }

double rounding_factor(std::int64_t cols, Arithmetic arithmetic) {
  const auto d = static_cast<double>(cols);
  if (arithmetic == Arithmetic::kSplit) return 2.02 * (d / 8.0 + 39.0) * kUnit + 3.02 * 0x1p-16;
  return 2.02 * (d + 10.0) * kUnit;
}

double underflow_allowance(std::int64_t cols, Arithmetic arithmetic) {
  return (arithmetic == Arithmetic::kSplit ? 64.0 : 16.0) * (static_cast<double>(cols) + 4.0) * 0x1p-126;
}

double squared_norm(std::span<const float> row) {
  double sum = 0;
  for (const float x : row) sum += static_cast<double>(x) * x;
  return sum;
}

}  // namespace

float float_not_below(double value) {
  const auto rounded = static_cast<float>(value);
  return rounded >= value ? rounded : std::nextafter(rounded, std::numeric_limits<float>::infinity());
}

PreparedRows::PreparedRows(MatrixView<const float> z, std::vector<std::int32_t> order, int threads,
                           Arithmetic arithmetic)
    : z_(z), order_(std::move(order)), arithmetic_(arithmetic) {
  require(z.cols() <= 65536, "neighbors: {} columns are more than 65536", z.cols());
  const std::int64_t padded = (z.rows() + kPadding - 1) / kPadding * kPadding + kPadding;
  centred_ = Matrix<float>(padded, z.cols());
  centre(column_means(threads), threads);
  finish_norms();
}

void PreparedRows::allow_for(Arithmetic arithmetic) {
  arithmetic_ = arithmetic;
  finish_norms();
}

std::vector<double> PreparedRows::column_means(int threads) const {
  const auto cols = static_cast<std::size_t>(z_.cols());
  std::vector<std::vector<double>> sums(static_cast<std::size_t>(blocks_of(z_.rows())), std::vector<double>(cols));
  parallel_for(blocks_of(z_.rows()), threads, [&](std::int64_t block) {
    auto& sum = sums[static_cast<std::size_t>(block)];
    const std::int64_t end = std::min((block + 1) * kBlockRows, z_.rows());
    for (std::int64_t i = block * kBlockRows; i < end; ++i) {
      const auto row = z_.row(i);
      for (std::size_t j = 0; j < cols; ++j) sum[j] += row[j];
    }
  });
  std::vector<double> means(cols);
  for (const auto& sum : sums) {
    for (std::size_t j = 0; j < cols; ++j) means[j] += sum[j];
  }
  for (double& mean : means) mean /= static_cast<double>(z_.rows());
  return means;
}

void PreparedRows::centre(const std::vector<double>& means, int threads) {
  std::vector<double> largest(static_cast<std::size_t>(blocks_of(z_.rows())));
  const auto each_value = [&](const auto& visit) {
    parallel_for(blocks_of(z_.rows()), threads, [&](std::int64_t block) {
      const std::int64_t end = std::min((block + 1) * kBlockRows, z_.rows());
      for (std::int64_t i = block * kBlockRows; i < end; ++i) {
        const auto row = z_.row(order_[static_cast<std::size_t>(i)]);
        for (std::size_t j = 0; j < row.size(); ++j) visit(block, i, j, row[j] - means[j]);
      }
    });
  };
  each_value([&](std::int64_t block, std::int64_t, std::size_t, double value) {
    auto& top = largest[static_cast<std::size_t>(block)];
    top = std::max(top, std::abs(value));
  });
  const double top = largest.empty() ? 0.0 : *std::max_element(largest.begin(), largest.end());
  int exponent = 0;
  if (top > 0) std::frexp(top, &exponent);
  const double scale = std::ldexp(1.0, -exponent);
  squared_scale_ = scale * scale;
  exactly_zero_.assign(static_cast<std::size_t>(rows()), 1);
  each_value([&](std::int64_t, std::int64_t i, std::size_t j, double value) {
    centred_(i, static_cast<std::int64_t>(j)) = static_cast<float>(value * scale);
    if (value != 0) exactly_zero_[static_cast<std::size_t>(i)] = 0;
  });
}

void PreparedRows::finish_norms() {
  const double beta = rounding_factor(cols(), arithmetic_), tiny = underflow_allowance(cols(), arithmetic_);
  low_norm_.assign(static_cast<std::size_t>(padded_rows()), std::numeric_limits<float>::infinity());
  slack_.assign(static_cast<std::size_t>(rows()), 0.0);
  for (std::int64_t i = 0; i < rows(); ++i) {
    const double norm = squared_norm(centred_.row(i));
    // Rows at the mean itself have exact products, so nothing is left open between them: constant data stay cheap.
    const bool zero = exactly_zero_[static_cast<std::size_t>(i)] != 0;
    low_norm_[static_cast<std::size_t>(i)] = zero ? 0.0F : static_cast<float>(norm * (1 - beta) - tiny);
    slack_[static_cast<std::size_t>(i)] = zero ? 0.0 : 2 * (beta * norm + tiny);
  }
}

}  // namespace equinfo
