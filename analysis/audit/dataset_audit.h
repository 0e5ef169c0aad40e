#pragma once

#include <string>
#include <vector>

#include "audit/audit.h"
#include "audit/audited_dataset.h"
#include "audit/coding_control.h"

namespace equinfo {

/// What is to be audited of a dataset in memory.
struct AuditJob {
  AuditReport about;  ///< the dataset in words; its entries are filled by audit_dataset
  ImageRows images;
  std::vector<std::int64_t> y;  ///< class of each image
  std::vector<AuditedTransform> transforms;
  std::vector<std::string> summaries;           ///< of the transformations, one line each
  std::vector<BaseAugmentation> augmentations;  ///< the weakest first; "none" to see T itself
  Recode recode;                                ///< as the files are coded; null if they lose nothing
  AuditOptions options;
  std::int64_t map_images = 400;  ///< for where shortcuts sit, ≥ 0; 0: no maps
  bool show_progress = false;
};

/// Audits every transformation under every augmentation, one after the other.
AuditReport audit_dataset(const AuditJob& job);

}  // namespace equinfo
