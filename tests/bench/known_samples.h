#pragma once

#include <cstdint>
#include <string>
#include <vector>

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

  std::string key() const;  ///< "problem,wrapped,dims,rows", with which its lines begin
  testing::Sample draw() const;
};

/// Every problem with discrete labels, plain and wrapped at 16, 64 and 512 dimensions where its own allow.
std::vector<KnownSample> known_samples(std::int64_t rows);

}  // namespace equinfo::bench
