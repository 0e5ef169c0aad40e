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
/// Evidence by probes trained on all images they may see, and of the same rows by probes trained on a part of those.
/// [N, transforms]
struct SizedEvidence {
  TransformEvidence full, small;
  double size_ratio = 0.0;  ///< the training sizes by each other
};

/// What reads T from features, such as known_class_evidence.
using EvidenceReader = std::function<TransformEvidence(const Matrix<float>& x, const AuditRows& rows)>;
/// Reads x [N, d] at both sizes, all folds but one and a quarter of the images.
SizedEvidence at_both_sizes(const Matrix<float>& x, const AuditRows& rows, const std::vector<AuditHalf>& halves,
                            const EvidenceReader& reader);
/// What either tells of each row's T.
SizedRows information_of(const SizedEvidence& evidence, const Labels& labels);
/// The features of the rows [N, d] that a grouping of the classes is to be read with.
using FeatureDraw = std::function<Matrix<float>(std::size_t grouping)>;
/// What unseen_class_evidence tells of each row's T by each grouping of the classes, from the images of the seen
/// classes and from half of those. Where features are partly random each grouping should have a draw of its own:
/// how far the groupings differ then tells how much hangs on either.
std::vector<SizedRows> unseen_information(const FeatureDraw& draw, const AuditRows& rows,
                                          const std::vector<AuditHalf>& halves);

/// The given rows of a matrix.
Matrix<float> gathered(const Matrix<float>& from, std::span<const std::int64_t> rows);

}  // namespace equinfo
