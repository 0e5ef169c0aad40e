#pragma once

#include <string>
#include <vector>

#include "audit/audited_dataset.h"
#include "dataset/dataset.h"

namespace equinfo {

/// What essl-audit is asked to look at.
struct ImageAuditRequest {
  std::string dataset;  ///< path
  Split split = Split::kTest;
  LoadOptions load;
  std::vector<Color> colors = {Color::kAsStored};  ///< one report for each, side by side; in place of load.color
  std::vector<std::string> transforms;             ///< names, or "all"
  std::vector<std::string> sweeps;                 ///< such as "rotation:2,4,8": names with each of the values appended
  std::vector<std::string> augmentations;          ///< names, or "all"
  AuditOptions options;
  bool show_progress = true;
};

/// Loads the images and audits them. Throws std::invalid_argument for unknown names and, in a program built without the
/// trainer, whose transformations it needs, for everything.
AuditReport audit_images(const ImageAuditRequest& request);

/// What may be audited, for --help.
std::string auditable_transforms();

}  // namespace equinfo
