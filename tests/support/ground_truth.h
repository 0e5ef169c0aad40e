#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/matrix.h"
#include "estimators/information.h"

/// Problems whose informations are known: samplers of (Z, Y, T) and the truths of tests/support/data/ground_truth.csv.
namespace equinfo::testing {

/// The true values of one problem, in nats. `h_t` is a differential entropy where T is continuous.
struct GroundTruth {
  std::string problem;
  double z_y = 0, z_t = 0, z_y_given_t = 0, z_t_given_y = 0, z_yt = 0, synergy = 0, h_y = 0, h_t = 0;
};

/// Every problem of ground_truth.csv, in the file's order.
const std::vector<GroundTruth>& ground_truths();
/// The project's own problems, for designs that those lack: further_truths.csv. H01 by a mean of exact_information over
/// four million rows (standard error below .0006), H02 by quadrature, H03 by a mean over twenty million rows (.00005).
const std::vector<GroundTruth>& further_truths();
/// The truths of one problem, such as "G05_mac_a2_b1"; throws std::invalid_argument for an unknown name.
const GroundTruth& ground_truth(std::string_view problem);

/// How a problem is drawn. None of the options changes the truths.
struct SampleOptions {
  std::int64_t rows = 2000;  ///< a multiple of rows_per_source
  std::uint64_t seed = 0;
  /// Rows that share a source share Y, and take the values of T in turn from a random start (G15 and continuous T:
  /// drawn for each row).
  std::int64_t rows_per_source = 1;
  /// Correlation of the noise of two rows of one source, in [0, 1]; negative: the problem's own (0, or .9 for G17).
  double source_correlation = -1.0;
  std::int64_t dims = 0;      ///< pad with independent N(0,1) coordinates up to this many; 0: the problem's own number
  bool rotate = false;        ///< multiply by a random orthonormal matrix, the same for one seed
  bool warp = false;          ///< afterwards x ← x + 0.3 sin 2x in each coordinate
  bool rotate_again = false;  ///< and by another orthonormal matrix at the end
};

struct Sample {
  Matrix<float> z;                   ///< [N, d]
  std::vector<std::int64_t> y;       ///< [N]
  std::vector<std::int64_t> t;       ///< [N]; empty where T is continuous
  std::vector<double> t_continuous;  ///< [N]; empty where T is discrete
  std::vector<std::int64_t> source;  ///< [N]
};

/// N rows of a problem. Throws std::invalid_argument for an unknown problem or options that do not fit it.
Sample draw(std::string_view problem, const SampleOptions& options);

/// ln p(z|·)/p(z) of each row by the recipe's own density: an oracle that only sampling error separates from the
/// truths. For discrete T, and samples that are neither padded, rotated nor warped (std::invalid_argument).
RowInformation exact_information(std::string_view problem, const Sample& sample);

/// A random orthonormal [d, d] matrix (Gram–Schmidt of Gaussian rows).
Matrix<double> random_rotation(std::int64_t dims, std::uint64_t seed);

}  // namespace equinfo::testing
