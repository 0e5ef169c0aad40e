#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit.h"
#include "audit/rules.h"
#include "core/matrix.h"

namespace equinfo {

/// A transformation's audit under one base augmentation, with all that a report shows of it.
struct AuditEntry {
  TransformAudit audit;
  TransformVerdict verdict;
  std::string color;                  ///< what the images were read as, where the report holds several
  std::string summary;                ///< of the transformation, one line
  std::optional<Matrix<double>> map;  ///< shortcut_map; only without an augmentation
  ImageRows pictures;                 ///< an example under each value of T (at most 8); may be empty
  ImageRows ambiguous;                ///< the rows of audit.ambiguous as pictures
};

/// One transformation in growing strength: what is swept, and the names that stand for its values.
struct StrengthSweep {
  std::string parameter;  ///< such as "blur_tied3+sigma"
  std::vector<std::string> values, transforms;
};

/// Everything audited of one dataset.
struct AuditReport {
  std::string dataset, dataset_sha256, split, color;
  std::int64_t images = 0, channels = 0, height = 0, width = 0;  ///< channels: 0 where entries differ in colour
  std::vector<std::string> class_names;
  bool coding_known = false;  ///< the files are JPEGs, so that the coding control could be run
  std::vector<AuditEntry> entries;
  std::vector<StrengthSweep> sweeps = {};

  /// Of an encoder's features and not of images: an entry's "augmentation" is then the embedding.
  bool of_features() const { return height == 0; }
};

/// The same images in several colours as one report: a transformation's entries follow each other, those of the first
/// colour first.
AuditReport side_by_side(std::vector<AuditReport> reports);

/// The dataset as an entry's rows name it: with the colour where the report holds several.
std::string dataset_of(const AuditReport& report, const AuditEntry& entry);
/// An entry in words, such as "hflip", "hflip in rgb under shift".
std::string title_of(const AuditReport& report, const AuditEntry& entry);
/// What was read of it, such as "test, luma"; of features that tell no split "features".
std::string origin_of(const AuditReport& report);
/// Such as " of 3 × 32 × 32"; empty for features.
std::string shape_of(const AuditReport& report);

/// The weakest base augmentation, in the order they were tried, under which nothing is a shortcut: of an entry without
/// augmentation that has one. Empty if it has none, or if none of those tried takes it away.
std::string weakest_remedy(const AuditReport& report, const AuditEntry& entry);

}  // namespace equinfo
