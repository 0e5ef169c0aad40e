#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/matrix.h"
#include "estimators/labels.h"

namespace equinfo {

/// Bins of a continuous T at most, unless another number is asked for.
inline constexpr int kMostBins = 32;

/// Codes labels of which T is a continuous parameter [N, p]. The probes see T̃, the bin that T lies in: T̃ is a function
/// of T, so I(Z;T̃) ≤ I(Z;T), and likewise I(Z;T|Y), I(Z;Y,T), and, for independent labels, I(Z;Y|T) and S.
///
/// Bins hold equally many rows: one component is cut at its quantiles, several one after the other, each inside the
/// bins of those before. Equal values share a bin. A circular component is first unrolled from the end of its largest
/// gap, so that turning all angles by the same amount changes no bin. `period` [p]: 0 for a component that is not
/// circular.
///
/// `bins` ≤ 1024 is the most there will be; 0: 32, halved down to 4 as long as a cell of class and bin would have fewer
/// than 8 rows on average. Throws std::invalid_argument for shapes that disagree, a value that is not finite, a
/// negative period, or more components than log2(bins). O(p · N log N).
Labels code_labels(std::span<const std::int64_t> y, const Matrix<double>& t, std::span<const double> period,
                   const std::optional<std::vector<std::int64_t>>& source, int bins = 0);

/// The same labels with T cut into at most `bins` bins; T must be continuous (std::invalid_argument).
Labels rebinned(const Labels& labels, int bins);

/// The values of one component of T that lie in one bin: from the smallest to the largest among the rows. Of a circular
/// component counted onwards from the end of its largest gap, so that low > high where the bin lies across its zero.
struct BinRange {
  double low = 0.0, high = 0.0;
};
/// Of every bin, all components: [bins][p]. T must be continuous (std::invalid_argument). O(p · N log N).
std::vector<std::vector<BinRange>> bin_ranges(const Labels& labels);

/// Squared distance of two bins, in bins: summed over the components, the short way round where circular.
double squared_bin_distance(const ContinuousTransform& t, std::int32_t a, std::int32_t b);

}  // namespace equinfo
