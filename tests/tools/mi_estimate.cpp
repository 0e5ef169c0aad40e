#include "tools/mi_estimate.h"

#include <doctest/doctest.h>

namespace equinfo {

ProgramRun estimate(const std::string& arguments, const TemporaryFolder& folder) {
  return run_program("mi-estimate", arguments, folder);
}

void check_refused(const ProgramRun& run, int status, const std::string& line) {
  CHECK(run.status == status);
  CHECK(run.out == "");
  CHECK(run.error == "mi-estimate: " + line + "\n");
}

}  // namespace equinfo
