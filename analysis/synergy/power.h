#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/matrix.h"
#include "synergy/measure.h"
#include "synergy/planted_truth.h"

namespace equinfo {

/// All plants of one strength.
struct PlantedStrength {
  double shift = 0.0;                       ///< of the means, in standard deviations of the noise
  std::vector<PlantedQuantity> quantities;  ///< the five informations and S

  const PlantedQuantity& at(Quantity quantity) const;
};

/// What the headline would have seen, had it been there.
struct Power {
  std::string estimator;
  int plants = 0;                          ///< of each strength
  std::vector<PlantedStrength> strengths;  ///< weakest first; the first one plants nothing
};

/// Share of the plants that counts as sure to be seen.
inline constexpr double kSurePower = 0.8;

/// The smallest truth seen in at least kSurePower of its plants and of all stronger ones, between two strengths by
/// straight lines over ln truth; nothing if even the strongest is missed.
std::optional<double> detectable(const Power& power, Quantity quantity);

/// Plants signals of known information into noise like Z's own and measures them with the estimators of `options`
/// (direct ones are left out beside probes: the headline is a probe's). Labels are permuted as for the test of I(Z;Y,T)
/// = 0, pairs across sources of as many rows and within a source, which leaves Z knowing nothing. Then along up to
/// three random orthogonal directions the coordinate of Z is replaced by σ(g + shift · c), with σ its own standard
/// deviation, g Gaussian noise with the correlation that rows of one source have there, and c = ±1 by the lower and
/// upper half of the classes and of the transformations: their product (an XOR) along the first direction, the class
/// along the second, the transformation along the third. What is left of Z knows nothing of labels or g, so the truths
/// are those of a mixture of four Gaussians (planted_truth).
///
/// Z [N, d] is standardised first. `plants` ≥ 1 for each of seven strengths, of which the first is zero. Throws
/// std::invalid_argument for fewer, for labels whose design lets none move, and as measure. Deterministic. Cost: 7 ·
/// plants times that of measure.
Power planted_power(MatrixView<const float> z, const Labels& labels, const MeasureOptions& options, int plants);

}  // namespace equinfo
