#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/large_buffer.h"
#include "core/random.h"
#include "estimators/joint_probe.h"
#include "estimators/lda.h"

namespace equinfo {

/// Coordinates in which the pooled within-cell covariance of a training set is the identity: x = (z − centre)·matrix.
class Whitening {
 public:
  explicit Whitening(const LdaFit& fit);
  /// x [n, d] of z [n, d]; 2·n·d² operations.
  void apply(MatrixView<const float> z, MatrixView<float> x) const;
  /// Means of the cells in these coordinates, [cells, d].
  const Matrix<float>& means() const { return means_; }

 private:
  std::vector<float> centre_;
  Matrix<float> matrix_, means_;
};

/// Why a probe that learns weights of its own for each cell is not worth training; empty if it is: it refuses more than
/// 100 cells in use with fewer than 25 rows each on average, where lda's shrunken means know more than free weights
/// could learn in a long time.
std::string free_weights_refusal(const ProbeInput& input, std::string_view probe);

/// The rows of some chunks, whitened, with their cells.
struct TrainingRows {
  std::vector<std::int64_t> row;   ///< of the embedding, ascending, [n]
  LargeMatrix x;                   ///< [n, d]
  std::vector<std::int32_t> cell;  ///< [n]
};
TrainingRows gather_training_rows(const ProbeInput& input, std::span<const std::int32_t> training_chunks,
                                  const Whitening& whitening);

/// Indices into TrainingRows: about an eighth of the sources validate, the others train. All rows of a source go the
/// same way.
struct ValidationSplit {
  std::vector<std::int64_t> training, validation;
};
ValidationSplit split_by_source(const TrainingRows& rows, const Labels& labels, RandomStream& stream);

/// The stream of one training: it depends on the seed, the probe and the training chunks alone.
RandomStream training_stream(const ProbeInput& input, std::string_view probe,
                             std::span<const std::int32_t> training_chunks);

/// LDA's scores of whitened rows: x·m − ½|m|² + ln p(cell), [n, cells]; a cell without rows in the prior gets a large
/// negative number.
void whitened_lda_scores(const Whitening& whitening, std::span<const double> log_prior, MatrixView<const float> x,
                         MatrixView<float> scores);

/// Turns log scores [n, cells] into probabilities in place and returns Σ_i −ln q(cell_i).
double softmax_loss(MatrixView<float> scores, std::span<const std::int32_t> cell);

}  // namespace equinfo
