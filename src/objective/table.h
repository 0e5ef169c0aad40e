#pragma once

#include "objective/objective.h"

// The table of objectives, one line each: `NAME` stands for the function `Objective NAME()` of NAME.cpp.
#define EQUINFO_OBJECTIVES(line) line(transformation) line(supervised) line(ntxent) line(hybrid) line(care) line(random)

namespace equinfo::objective_table {

#define EQUINFO_DECLARE(name) Objective name();
EQUINFO_OBJECTIVES(EQUINFO_DECLARE)
#undef EQUINFO_DECLARE

}  // namespace equinfo::objective_table
