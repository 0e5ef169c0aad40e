#pragma once

#include "augment/augment.h"

// The table of augmentations, one line each: `NAME` stands for the function `Augment NAME()` of NAME.cpp.
#define EQUINFO_AUGMENTS(line) line(none) line(identity_crop) line(gray) line(shift) line(crop_flip) line(simclr)

namespace equinfo::augment_table {

#define EQUINFO_DECLARE(name) Augment name();
EQUINFO_AUGMENTS(EQUINFO_DECLARE)
#undef EQUINFO_DECLARE

}  // namespace equinfo::augment_table
