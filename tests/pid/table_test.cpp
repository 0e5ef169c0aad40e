#include <filesystem>
#include <fstream>
#include <string>

#include "core/error.h"
#include "pid/pid.h"
#include "pid/table.h"
#include "support/temporary_folder.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

const std::string kHeader = "source_1,source_2,target,probability\n";

/// The message of the IoError that the text provokes, less the path before it; empty if there is none.
std::string fault_of(const std::string& text) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "table.csv").string();
  std::ofstream(path) << text;
  try {
    read_pid_table(path);
  } catch (const IoError& error) {
    const std::string message = error.what();
    CHECK(message.starts_with(path));
    return message.substr(path.size());
  }
  return {};
}

}  // namespace

TEST_CASE("a table may have labels of any text, quotes, CRLF, a byte-order mark and targets without probability") {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "table.csv").string();
  std::ofstream(path) << "\xEF\xBB\xBF"
                      << "source_1,source_2,target,probability\r\n"
                      << "cat,-1,\"a, \"\"b\"\"\",0.5\r\n\r\ndog,7,c,5e-1\r\ncat,7,never,0\r\n";
  const JointPosterior p = read_pid_table(path);
  CHECK(p.targets() == 2);
  CHECK(p.first == 2);
  CHECK(p.second == 2);
  CHECK(p.weight == std::vector<double>{0.5, 0.5});
  CHECK(p.joint(0, 0) == 1.0);
  CHECK(p.joint(1, 3) == 1.0);
}

TEST_CASE("every fault of a table is one line with its place and value") {
  CHECK(fault_of("") == ": the header is '', not 'source_1,source_2,target,probability'");
  CHECK(fault_of("source_1,source_2,target,p\n0,0,0,1\n") ==
        ": the header is 'source_1,source_2,target,p', not 'source_1,source_2,target,probability'");
  CHECK(fault_of(kHeader + "0,0,1\n") == ", line 2: 3 fields instead of 4");
  CHECK(fault_of(kHeader + "0,,0,1\n") == ", line 2: label 2 is empty");
  CHECK(fault_of(kHeader + "0,0,0,half\n") == ", line 2: probability 'half' is no number");
  CHECK(fault_of(kHeader + "0,0,0,0.5x\n") == ", line 2: probability '0.5x' is no number");
  CHECK(fault_of(kHeader + "0,0,0,nan\n") == ", line 2: probability 'nan' is no number");
  CHECK(fault_of(kHeader + "0,0,0,1.5\n0,0,1,-0.5\n") == ", line 3: probability -0.5 is negative");
  CHECK(fault_of(kHeader + "0,0,0,0.5\n0,1,0,0.25\n0,0,0,0.25\n") == ", line 4: the event of line 2 once more");
  CHECK(fault_of(kHeader + "0,0,0,0.5\n0,1,0,0.25\n") == ": the probabilities sum to 0.75, not to 1");
  CHECK(fault_of(kHeader) == ": the probabilities sum to 0, not to 1");
  CHECK(fault_of(kHeader + "0,0,0,0.9999995\n") == "");
  CHECK_THROWS_WITH_AS(read_pid_table("/nonexistent/table.csv"), "/nonexistent/table.csv: cannot be opened", IoError);
}
