#include "estimators/codebook.h"

#include <algorithm>
#include <limits>

#include "compute/blas.h"
#include "compute/parallel.h"
#include "core/error.h"
#include "core/large_buffer.h"
#include "core/random.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockRows = 1024;

std::int64_t blocks_of(std::int64_t rows) { return (rows + kBlockRows - 1) / kBlockRows; }

std::vector<double> column_means(MatrixView<const float> z) {
  std::vector<double> mean(static_cast<std::size_t>(z.cols()), 0.0);
  for (std::int64_t i = 0; i < z.rows(); ++i) {
    const auto row = z.row(i);
    for (std::size_t j = 0; j < mean.size(); ++j) mean[j] += row[j];
  }
  for (double& m : mean) m /= static_cast<double>(z.rows());
  return mean;
}

/// `rows` become those of z from `first` on, less the centre.
void centre_rows(MatrixView<const float> z, const std::vector<double>& centre, std::int64_t first,
                 MatrixView<float> rows) {
  for (std::int64_t i = 0; i < rows.rows(); ++i) {
    for (std::int64_t j = 0; j < z.cols(); ++j) {
      rows(i, j) = static_cast<float>(z(first + i, j) - centre[static_cast<std::size_t>(j)]);
    }
  }
}

double squared_distance(std::span<const float> a, std::span<const float> b) {
  double sum = 0.0;
  for (std::size_t j = 0; j < a.size(); ++j) {
    const double difference = static_cast<double>(a[j]) - static_cast<double>(b[j]);
    sum += difference * difference;
  }
  return sum;
}

/// A row drawn with probability proportional to its distance, or −1 if all distances are zero.
std::int64_t draw_far_row(const std::vector<double>& distance, RandomStream& stream) {
  double total = 0.0;
  for (const double d : distance) total += d;
  if (total <= 0.0) return -1;
  const double point = stream.uniform() * total;
  double sum = 0.0;
  std::int64_t last = -1;
  for (std::size_t i = 0; i < distance.size(); ++i) {
    if (distance[i] <= 0.0) continue;
    last = static_cast<std::int64_t>(i);
    sum += distance[i];
    if (sum > point) break;
  }
  return last;
}

/// k-means++: each further codeword is a row drawn by its squared distance to the nearest one so far.
Matrix<float> first_codewords(MatrixView<const float> z, const CodebookOptions& options) {
  RandomStream stream(options.seed, "codebook", options.index);
  std::vector<std::int64_t> chosen{stream.below(z.rows())};
  std::vector<double> distance(static_cast<std::size_t>(z.rows()), std::numeric_limits<double>::infinity());
  while (static_cast<int>(chosen.size()) < options.codewords) {
    parallel_for(blocks_of(z.rows()), options.threads, [&](std::int64_t b) {
      for (std::int64_t i = b * kBlockRows; i < std::min(z.rows(), (b + 1) * kBlockRows); ++i) {
        double& nearest = distance[static_cast<std::size_t>(i)];
        nearest = std::min(nearest, squared_distance(z.row(i), z.row(chosen.back())));
      }
    });
    const std::int64_t next = draw_far_row(distance, stream);
    if (next < 0) break;
    chosen.push_back(next);
  }
  Matrix<float> codewords(static_cast<std::int64_t>(chosen.size()), z.cols());
  for (std::size_t c = 0; c < chosen.size(); ++c) {
    std::ranges::copy(z.row(chosen[c]), codewords.row(static_cast<std::int64_t>(c)).begin());
  }
  return codewords;
}

/// argmin over c of ½‖c‖² − z·c for each of the centred rows.
void assign(MatrixView<const float> rows, const Matrix<float>& codewords, const std::vector<float>& half_norms,
            std::int32_t* nearest) {
  Matrix<float> product(rows.rows(), codewords.rows());
  multiply(1.0F, rows, Transpose::kNo, codewords.view(), Transpose::kYes, 0.0F, product.view());
  for (std::int64_t i = 0; i < rows.rows(); ++i) {
    float least = std::numeric_limits<float>::infinity();
    for (std::int64_t c = 0; c < codewords.rows(); ++c) {
      const float score = half_norms[static_cast<std::size_t>(c)] - product(i, c);
      if (score < least) least = score, nearest[i] = static_cast<std::int32_t>(c);
    }
  }
}

std::vector<float> half_norms_of(const Matrix<float>& codewords) {
  std::vector<float> norms;
  const std::vector<float> origin(static_cast<std::size_t>(codewords.cols()), 0.0F);
  for (std::int64_t c = 0; c < codewords.rows(); ++c) {
    norms.push_back(static_cast<float>(0.5 * squared_distance(codewords.row(c), origin)));
  }
  return norms;
}

/// Each codeword becomes the mean of its rows, summed in row order by one thread.
void move_codewords(MatrixView<const float> z, const std::vector<std::int32_t>& nearest, int threads,
                    Matrix<float>& codewords) {
  std::vector<std::vector<std::int64_t>> members(static_cast<std::size_t>(codewords.rows()));
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    members[static_cast<std::size_t>(nearest[i])].push_back(static_cast<std::int64_t>(i));
  }
  parallel_for(codewords.rows(), threads, [&](std::int64_t c) {
    const auto& rows = members[static_cast<std::size_t>(c)];
    if (rows.empty()) return;
    std::vector<double> sum(static_cast<std::size_t>(z.cols()), 0.0);
    for (const std::int64_t i : rows) {
      for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += z.row(i)[j];
    }
    for (std::size_t j = 0; j < sum.size(); ++j) {
      codewords.row(c)[j] = static_cast<float>(sum[j] / static_cast<double>(rows.size()));
    }
  });
}

}  // namespace

Codebook fit_codebook(MatrixView<const float> z, const CodebookOptions& options) {
  require(z.rows() > 0, "codebook: there are no rows");
  require(options.codewords >= 2, "codebook: {} codewords are too few, at least 2 are needed", options.codewords);
  require(options.max_iterations >= 1, "codebook: {} iterations are too few", options.max_iterations);
  Codebook codebook{column_means(z), {}};
  LargeMatrix centred(z.rows(), z.cols());
  centre_rows(z, codebook.centre, 0, centred);
  codebook.codewords = first_codewords(centred, options);
  std::vector<std::int32_t> before, nearest(static_cast<std::size_t>(z.rows()), 0);
  for (int iteration = 0; iteration < options.max_iterations && nearest != before; ++iteration) {
    before = nearest;
    const std::vector<float> half_norms = half_norms_of(codebook.codewords);
    parallel_for(blocks_of(z.rows()), options.threads, [&](std::int64_t b) {
      const std::int64_t first = b * kBlockRows, count = std::min(kBlockRows, z.rows() - first);
      assign(centred.view().middle_rows(first, count), codebook.codewords, half_norms, nearest.data() + first);
    });
    move_codewords(centred, nearest, options.threads, codebook.codewords);
  }
  return codebook;
}

std::vector<std::int32_t> nearest_codewords(const Codebook& codebook, MatrixView<const float> z, int threads) {
  require(z.cols() == codebook.codewords.cols(), "codebook: the rows have {} dimensions but the codewords {}", z.cols(),
          codebook.codewords.cols());
  std::vector<std::int32_t> nearest(static_cast<std::size_t>(z.rows()), 0);
  const std::vector<float> half_norms = half_norms_of(codebook.codewords);
  parallel_for(blocks_of(z.rows()), threads, [&](std::int64_t b) {
    const std::int64_t first = b * kBlockRows, count = std::min(kBlockRows, z.rows() - first);
    Matrix<float> rows(count, z.cols());
    centre_rows(z, codebook.centre, first, rows);
    assign(rows, codebook.codewords, half_norms, nearest.data() + first);
  });
  return nearest;
}

}  // namespace equinfo
