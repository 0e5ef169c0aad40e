#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/matrix.h"
#include "estimators/labels.h"
#include "resampling/source_folds.h"

namespace equinfo {

/// What a probe tells of T in each row: ln q(t | x_i) / p(t), [N, transforms]. Out of fold and gated, so that what
/// tells nothing gives zeros.
using TransformEvidence = Matrix<float>;

/// The rows of one audited transformation, and how they are cut for cross-fitting.
struct AuditRows {
  Labels labels;               ///< y, t and source (the image) of each row
  Labels t_alone;              ///< the same with one class: what T-only probes learn from
  LogPriors priors, t_priors;  ///< of both
  SourceFolds folds;           ///< by image
  /// By class, a fold's classes being in no other: several random groupings, since what carries over depends on whether
  /// like classes lie in one group; one where each class is a group, none for two classes.
  std::vector<SourceFolds> unseen;
  std::uint64_t seed = 0;
  int threads = 0;
};

/// Cuts rows into `folds` folds by image, stratified by class, and into up to five by class, five times over. Throws
/// std::invalid_argument for fewer than 4 · folds images.
AuditRows cut_rows(Labels labels, int folds, std::uint64_t seed, int threads);

/// Columns with mean 0 and deviation 1; those that never vary are dropped. Without one that varies a single column of
/// zeros is left.
Matrix<float> standardised(const Matrix<float>& features);

/// Random rectified features max(0, a·x + b) beside `x` [n, d], standardised: a nonlinear rung for small views. `draw`
/// numbers independent draws of a and b.
Matrix<float> with_random_rectifiers(const Matrix<float>& x, std::int64_t count, std::uint64_t seed, int threads,
                                     std::uint64_t draw = 0);

/// T from x [N, d] by a probe that is told no class, trained on other images of the same classes. `lda`.
TransformEvidence known_class_evidence(const Matrix<float>& x, const AuditRows& rows);
/// The same trained on other classes alone, the gate too, by one of rows.unseen: what does not carry over is content
/// and no mark of T.
TransformEvidence unseen_class_evidence(const Matrix<float>& x, const AuditRows& rows, std::size_t grouping);

/// What a probe of class and transformation together reads, interaction by interaction. `lda` in the joint cells.
struct JointReading {
  std::vector<double> z_y;        ///< ln q(y_i | x_i) / p(y_i) of each row
  TransformEvidence evidence;     ///< of T, the class unknown
  TransformEvidence interaction;  ///< what the row's class adds: ln q(t | x_i, y_i) / q(t | x_i)
};
JointReading joint_reading(const Matrix<float>& x, const AuditRows& rows);

/// ln q(t_i | x_i) / p(t_i) of each row: its mean is I(T;X) as the probe reads it.
std::vector<double> information_of(const TransformEvidence& evidence, const Labels& labels);

}  // namespace equinfo
