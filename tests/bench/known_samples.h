#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "estimators/labels.h"
#include "support/ground_truth.h"

namespace equinfo::bench {

/// One sample of the accuracy table: a problem of ground_truth.csv as it is, or wrapped without loss: padded with
/// independent normal coordinates, rotated, bent elementwise and rotated again.
struct KnownSample {
  testing::GroundTruth truth;
  bool wrapped = false;
  std::int64_t dims = 0;   ///< of Z
  std::int64_t rows = 0;   ///< every row a source of its own
  std::uint64_t seed = 0;  ///< made of the problem's name and dims: no two samples share their noise

  double t_period = 0.0;  ///< of a circular T; 0: not circular

  std::string key() const;  ///< "problem,wrapped,dims,rows", with which its lines begin
  testing::Sample draw() const;
  /// The labels of what was drawn; a continuous T is given as such.
  Labels labels(const testing::Sample& drawn) const;
};

/// The parameter of a sample with a continuous T, [N, 1].
Matrix<double> parameter_of(const testing::Sample& drawn);

/// Every problem, plain and wrapped at 16, 64 and 512 dimensions where its own allow.
std::vector<KnownSample> known_samples(std::int64_t rows);

}  // namespace equinfo::bench
