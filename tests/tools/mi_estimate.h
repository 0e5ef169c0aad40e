#pragma once

#include <string>

#include "tools/program.h"

namespace equinfo {

/// Runs mi-estimate; `arguments` are shell text, run inside `folder`.
ProgramRun estimate(const std::string& arguments, const TemporaryFolder& folder);

/// Checks that a run was refused: nothing on standard output, one line on standard error.
void check_refused(const ProgramRun& run, int status, const std::string& line);

}  // namespace equinfo
