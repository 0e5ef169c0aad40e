#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audit/image_rows.h"
#include "audit/reading.h"

namespace equinfo {

/// A discrete transformation under audit, free of how it is carried out.
struct AuditedTransform {
  std::string name;                 ///< as in audit.csv, such as "rotation4"
  std::vector<std::string> values;  ///< names of the values of T, K ≥ 2
  /// Gives row k = T with value t[k] of image number[k]. The same input gives the same bytes.
  std::function<ImageRows(const ImageRows& images, std::span<const std::int64_t> number,
                          std::span<const std::int64_t> t)>
      apply;
};

/// What changes images before T, without a label; one draw an image. Null: nothing does.
struct BaseAugmentation {
  std::string name = "none";
  std::function<ImageRows(const ImageRows& images)> apply;
};

struct AuditOptions {
  int folds = 4;                          ///< of the cross-fit, by image, ≥ 2
  std::int64_t draws = 4;                 ///< values of T an image is shown under; all of them if T has no more; ≥ 1
  std::int64_t filters = 64;              ///< of the whole-image view, ≥ 1
  std::int64_t rectifiers = 512;          ///< random nonlinear features beside small views, ≥ 0
  std::int64_t most_surrogates = 1000;    ///< images without content; 0: that view is left out
  std::int64_t most_shown_images = 1000;  ///< that the views which decide nothing look at; 0: left out
  bool permuted_null = true;              ///< measure the synergy with the classes permuted among images too
  std::int64_t ambiguous = 8;             ///< how many of the most ambiguous rows to name, ≥ 0
  double ci_level = 0.95;                 ///< in (0, 1)
  std::uint64_t seed = 0;
  int threads = 0;  ///< 0: all cores; the result does not depend on it
};

/// What one view of the images tells of T.
struct ViewAudit {
  std::string view;
  bool decides = false;
  Reading t_view;                     ///< I(T;v), classes known
  std::optional<Reading> t_view_out;  ///< I_out(T;v), on classes the probe has not seen; of the surrogate: I(T;v)
  std::optional<Reading> share;       ///< of I(T;X) that carries over to unseen classes
  std::optional<Reading> gain;        ///< I(T;X,v) − I(T;v)
  std::int64_t n = 0, sources = 0;
  std::vector<std::string> flags;
};

/// A row of which the image leaves T open.
struct AmbiguousRow {
  std::int64_t image = 0, t = 0;
  std::vector<double> posterior;  ///< q(t | x), [K]
};

/// Everything measured of one transformation on one set of images.
struct TransformAudit {
  std::string transform, augmentation;
  std::vector<std::string> values;  ///< of T
  double entropy = 0.0;             ///< H(T)
  double unchanged = 0.0;           ///< share of the images that look the same under every value they were shown under
  double accuracy = 0.0;            ///< share of the rows whose T is the likeliest one for the whole image
  std::int64_t n = 0, sources = 0, classes = 0;
  Reading t_x, h_t_given_x, h_t_given_xy, synergy;
  std::optional<Reading> synergy_share, synergy_null, coding_leak;
  std::optional<double> synergy_over_ceiling;  ///< S over min(H(T|X), H(Y|X)), where that is positive
  std::vector<ViewAudit> views;
  std::vector<AmbiguousRow> ambiguous;
  std::vector<std::string> flags;
  double ci_level = 0.95;
  std::uint64_t seed = 0;
};

/// Audits T on images of the classes `y` [count] (any integers), as the README of this folder defines it. Deterministic
/// for any number of threads. Throws std::invalid_argument for images smaller than 8 × 8, a single class, fewer than
/// two values of T, or too few images for the folds. Cost on 10,000 grey images of 28 × 28 under 4 values: about a
/// core-minute; memory 1,000 floats a row.
TransformAudit audit_transform(const ImageRows& images, std::span<const std::int64_t> y,
                               const AuditedTransform& transform, const BaseAugmentation& augmentation,
                               const AuditOptions& options);

}  // namespace equinfo
