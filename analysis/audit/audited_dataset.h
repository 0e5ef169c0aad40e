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
  std::string summary;                ///< of the transformation, one line
  std::optional<Matrix<double>> map;  ///< shortcut_map; only without an augmentation
  ImageRows pictures;                 ///< an example under each value of T (at most 8); may be empty
  ImageRows ambiguous;                ///< the rows of audit.ambiguous as pictures
};

/// Everything audited of one dataset.
struct AuditReport {
  std::string dataset, dataset_sha256, split, color;
  std::int64_t images = 0, channels = 0, height = 0, width = 0;
  std::vector<std::string> class_names;
  bool coding_known = false;  ///< the files are JPEGs, so that the coding control could be run
  std::vector<AuditEntry> entries;

  /// Of an encoder's features and not of images: an entry's "augmentation" is then the embedding.
  bool of_features() const { return height == 0; }
};

/// The weakest base augmentation, in the order they were tried, under which nothing is a shortcut: of a transformation
/// that has one without. Empty if it has none, or if none of those tried takes it away.
std::string weakest_remedy(const AuditReport& report, const std::string& transform);

}  // namespace equinfo
