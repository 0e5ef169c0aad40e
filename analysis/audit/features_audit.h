#pragma once

#include <string>

#include "audit/audited_dataset.h"
#include "store/features_reader.h"

namespace equinfo {

/// What a trained encoder kept: every embedding of a file audited as if it were the image. There are no views of it, so
/// that no rule about shortcuts applies; what carries over to unseen classes is shown as the view "features". The
/// embedding stands where an audit of images has its augmentation, such as "encoder, epoch 3". Throws
/// std::invalid_argument for a continuous T or labels that cannot be audited, IoError for the file's fault.
AuditReport audit_features(const FeatureFile& file, const AuditOptions& options);

}  // namespace equinfo
