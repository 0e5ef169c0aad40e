#pragma once

#include <cstdint>
#include <vector>

#include "core/matrix.h"

namespace equinfo {

struct CodebookOptions {
  int codewords = 64;       ///< ≥ 2; fewer are made where there are fewer distinct rows
  int max_iterations = 50;  ///< of Lloyd's algorithm, ≥ 1; it stops before when no row changes its codeword
  std::uint64_t seed = 0;
  std::uint64_t index = 0;  ///< another number gives another start
  int threads = 0;          ///< 0: all cores; the result does not depend on it
};

/// Vector quantization of R^d: a point is read as the nearest of a few codewords.
struct Codebook {
  std::vector<double> centre;  ///< [d], subtracted before distances are measured, so that float32 is enough
  Matrix<float> codewords;     ///< [K, d], relative to the centre

  std::int64_t size() const { return codewords.rows(); }
};

/// k-means on the rows of `z` [n, d]: starts by k-means++ (Arthur & Vassilvitskii 2007), iterated by Lloyd's algorithm
/// (Lloyd 1982). Scales of the coordinates matter; give z one common scale. A codeword that loses all rows stays where
/// it was. Throws std::invalid_argument for options out of range or no rows.
/// Cost: n·d·K to start and 2·n·d·K an iteration. Bitwise equal for any number of threads.
Codebook fit_codebook(MatrixView<const float> z, const CodebookOptions& options);

/// The codeword nearest to each row of `z` [n, d]; ties go to the lower index. 2·n·d·K operations.
std::vector<std::int32_t> nearest_codewords(const Codebook& codebook, MatrixView<const float> z, int threads);

}  // namespace equinfo
