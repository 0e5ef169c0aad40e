#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/matrix.h"

namespace equinfo {

/// A continuous transformation parameter of N rows, and where the bins that stand for it lie (transform_bins.h).
struct ContinuousTransform {
  Matrix<double> values;           ///< [N, p], finite
  std::vector<double> period;      ///< [p], 0 for a component that is not circular
  Matrix<std::int32_t> position;   ///< [bins, p]: which bin along each component
  std::vector<std::int32_t> cuts;  ///< [p]: how many bins along each component
};

/// The labels of N rows, coded for the estimators: class Y as 0..classes−1, transformation T as 0..transforms−1, the
/// untransformed source (image) as 0..sources−1. A *cell* is a pair (y, t). Codes follow the order of the values.
/// Where T is continuous its codes are bins, and `continuous_t` has the parameter itself.
struct Labels {
  std::vector<std::int32_t> y, t, source;        ///< codes, [N] each
  std::vector<std::int64_t> y_values, t_values;  ///< the label in the file behind each code
  std::vector<std::int64_t> source_values;       ///< the same of sources; empty unless they were given
  std::int32_t classes = 0, transforms = 0;
  std::int64_t sources = 0;
  bool sources_given = false;                            ///< false: every row was taken for a source of its own
  std::optional<ContinuousTransform> continuous_t = {};  ///< absent where T is discrete

  std::int64_t rows() const { return static_cast<std::int64_t>(y.size()); }
  std::int32_t cells() const { return classes * transforms; }
  std::int32_t cell(std::int64_t row) const {
    const auto i = static_cast<std::size_t>(row);
    return y[i] * transforms + t[i];
  }
};

/// Codes labels that may be any integers, with gaps or negative. Without `source` each row is its own source. Rows
/// whose class or transformation never varies are allowed here; the estimators refuse what they cannot use.
/// Throws std::invalid_argument for unequal lengths or no rows. O(N log N).
Labels code_labels(std::span<const std::int64_t> y, std::span<const std::int64_t> t,
                   const std::optional<std::vector<std::int64_t>>& source);

/// The labels of the given rows, with the codes, classes and transformations of the whole kept and the sources coded
/// anew in order of appearance.
Labels select_rows(const Labels& labels, std::span<const std::int64_t> rows);

/// The same rows with one transformation for all, or with one class.
Labels class_alone(Labels labels);
Labels transform_alone(Labels labels);

/// The label distribution that every posterior is measured against: natural logarithms of the shares among all rows.
/// Where Y and T pass for independent (independence.h), p(y,t) = p(y) p(t): the sample's own p(y,t) knows of chance
/// associations, in the rows that are read too, and a representation that tells Y would seem to tell T.
struct LogPriors {
  std::vector<double> y, t, cell;  ///< [classes], [transforms], [cells]; −∞ where p is 0
};
LogPriors log_priors(const Labels& labels);

}  // namespace equinfo
