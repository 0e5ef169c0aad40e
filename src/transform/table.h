#pragma once

#include "transform/transform.h"

// The table of transformations, one line each: `NAME` stands for the function `Transform NAME()` of NAME.cpp.
#define EQUINFO_TRANSFORMS(line) line(rotation4) line(hflip) line(vflip)

namespace equinfo::transform_table {

#define EQUINFO_DECLARE(name) Transform name();
EQUINFO_TRANSFORMS(EQUINFO_DECLARE)
#undef EQUINFO_DECLARE

}  // namespace equinfo::transform_table
