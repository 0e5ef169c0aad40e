#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "audit/evidence.h"
#include "audit/reading.h"

namespace equinfo {

/// A half of the images with all their rows, cut for itself.
struct AuditHalf {
  std::vector<std::int64_t> rows;  ///< of the whole, ascending
  AuditRows cut;
};

/// Deals the images to two halves, class by class, and each half to two folds, so that every row can also be read by
/// probes that had a quarter of the images. Throws std::invalid_argument for fewer than 16 images.
std::vector<AuditHalf> cut_halves(const AuditRows& rows);
/// The training sizes by each other: a quarter of the images, and all folds but one.
double size_ratio(int folds);

/// Evidence by probes trained on all folds but one, and of the same rows by probes trained on a quarter of the images.
/// [N, transforms]
struct SizedEvidence {
  TransformEvidence full, small;
};

/// What reads T from features, such as known_class_evidence.
using EvidenceReader = std::function<TransformEvidence(const Matrix<float>& x, const AuditRows& rows)>;
/// Reads x [N, d] at both sizes.
SizedEvidence at_both_sizes(const Matrix<float>& x, const AuditRows& rows, const std::vector<AuditHalf>& halves,
                            const EvidenceReader& reader);
/// What either tells of each row's T.
SizedRows information_of(const SizedEvidence& evidence, const Labels& labels);

/// The given rows of a matrix.
Matrix<float> gathered(const Matrix<float>& from, std::span<const std::int64_t> rows);

}  // namespace equinfo
