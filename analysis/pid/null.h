#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/matrix.h"
#include "estimators/labels.h"
#include "pid/pid.h"

namespace equinfo {

/// Fits posteriors q(y, t | z) [N, cells] to given labels; see probe_posteriors. The representation stays inside it.
using PosteriorFit = std::function<Matrix<float>(const Labels&)>;

struct PidNullOptions {
  int permutations = 20;  ///< ≥ 1; p-values are multiples of 1/(permutations + 1)
  std::uint64_t seed = 0;
  bool show_progress = false;  ///< a progress line on standard error if it takes long
};

/// What one part reads when the representation tells nothing about the labels.
struct NullPart {
  double mean = 0.0, std_deviation = 0.0;  ///< over the permutations, nats
  double p_value = 1.0;                    ///< (1 + #{null ≥ observed}) / (1 + permutations)
};

struct PidNull {
  std::string measure;
  std::array<NullPart, 4> parts;  ///< in the order of kPidParts
};

/// Decompositions of the null: labels are permuted across sources, *posteriors are fitted anew*, and the parts are
/// computed as before. Held-out labels must not be permuted against posteriors that were trained with the true ones:
/// posteriors alone hold no labels, and the labels trained each other's folds.
/// `observed` are pid_from_posteriors' results with the same `options`. Throws std::invalid_argument for no
/// permutations. Cost: `permutations` fits and decompositions, one after the other.
std::vector<PidNull> pid_null(const std::vector<Pid>& observed, const Labels& labels, const PosteriorFit& fit,
                              const PidNullOptions& null_options, const PidOptions& options);

/// Labels in which the sources of equal size have exchanged their rows' (y, t), and each source's rows have exchanged
/// theirs among themselves: independent of Z, with the same counts, and each source as mixed as before.
Labels permuted_labels(const Labels& labels, std::uint64_t seed, std::uint64_t permutation);

}  // namespace equinfo
