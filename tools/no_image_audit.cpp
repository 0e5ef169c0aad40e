// In place of image_audit.cpp where the trainer, whose transformations an audit of images needs, is not built.

#include <stdexcept>

#include "image_audit.h"

namespace equinfo {

AuditReport audit_images(const ImageAuditRequest&) {
  throw std::invalid_argument("--dataset needs the trainer's transformations; this program was built without them");
}

std::string auditable_transforms() { return "none: this program was built without the trainer\n"; }

}  // namespace equinfo
