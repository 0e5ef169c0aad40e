// The reference tables: 19 discrete distributions in bits, 7 continuous problems in nats. They were computed by others'
// formulas; seven of the discrete ones agree with dit 2.3 to 1e-4.

#include <array>
#include <fstream>
#include <map>
#include <numbers>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "pid/gaussian_cells.h"
#include "pid/pid.h"
#include "support/temporary_folder.h"

#include <doctest/doctest.h>

using namespace equinfo;
using namespace equinfo::testing;

namespace {

const std::string kData = EQUINFO_SOURCE_DIR "/tests/pid/data/";

/// (problem, measure) → redundancy, unique_1, unique_2, synergy.
using Reference = std::map<std::pair<std::string, std::string>, std::array<double, 4>>;

Reference read_reference(const std::string& name) {
  std::ifstream file(kData + name);
  REQUIRE(file.good());
  Reference reference;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    // The problem's name may be quoted and hold commas; the five fields after it hold neither.
    std::vector<std::string> last;
    for (int k = 0; k < 5; ++k) {
      const auto comma = line.rfind(',');
      last.insert(last.begin(), line.substr(comma + 1));
      line.erase(comma);
    }
    if (line.starts_with('"')) line = line.substr(1, line.size() - 2);
    reference[{line, last[0]}] = {std::stod(last[1]), std::stod(last[2]), std::stod(last[3]), std::stod(last[4])};
  }
  return reference;
}

/// One file in --pid-table's form for each of the distributions.
std::vector<std::string> write_tables(const std::filesystem::path& folder) {
  std::ifstream file(kData + "pid_distributions.csv");
  REQUIRE(file.good());
  std::map<std::string, std::string> tables;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const auto comma = line.find(',');
    tables[line.substr(0, comma)] += line.substr(comma + 1) + "\n";
  }
  std::vector<std::string> names;
  for (const auto& [name, text] : tables) {
    std::ofstream(folder / (name + ".csv")) << "source_1,source_2,target,probability\n" << text;
    names.push_back(name);
  }
  return names;
}

}  // namespace

TEST_CASE("the 19 reference distributions, read from tables, by all three measures") {
  const TemporaryFolder folder;
  const Reference reference = read_reference("pid_discrete.csv");
  const auto names = write_tables(folder.path());
  CHECK(names.size() == 19);
  CHECK(reference.size() == 57);
  for (const std::string& name : names) {
    for (const Pid& pid : pid_from_table((folder.path() / (name + ".csv")).string(), {})) {
      CAPTURE(name);
      CAPTURE(pid.measure);
      CHECK(pid.flags.empty());
      CHECK(pid.gap <= 1e-7);
      for (const PidPart part : kPidParts) {
        CAPTURE(name_of(part));
        const double bits = pid.at(part).nats / std::numbers::ln2;
        // The table has four decimals.
        CHECK(std::abs(bits - reference.at({name, pid.measure})[static_cast<std::size_t>(part)]) < 1e-4);
      }
    }
  }
}

TEST_CASE("the seven continuous problems from exact posteriors, to sampling error") {
  const Reference reference = read_reference("pid_continuous.csv");
  CHECK(reference.size() == 21);
  for (const auto& [key, parts] : reference) {
    const auto& [problem, measure] = key;
    const PosteriorSample sample = draw_posteriors(gaussian_cells(problem), 8000, 1);
    PidOptions options;
    options.measures = {measure};
    const Pid pid = pid_from_posteriors(sample.posterior.view(), sample.labels, options).front();
    CAPTURE(problem);
    CAPTURE(measure);
    CHECK(pid.flags.empty());
    for (const PidPart part : kPidParts) {
      CAPTURE(name_of(part));
      CAPTURE(pid.at(part).nats);
      // 4 standard errors, which inference_test.cpp measures; .0015 for the bias at N = 8,000 of parts that are zero.
      // With exact posteriors the labels add noise of their own, so the claims are the closer of the two: .02 is 4
      // times the largest error that N = 8,000 leaves on them, .005.
      const double reach = 4 * *pid.at(part).std_error + 0.0015, truth = parts[static_cast<std::size_t>(part)];
      CHECK(std::abs(pid.at(part).nats - truth) < reach);
      CHECK(reach < 0.06);
      CHECK(std::abs(pid.at(part).claimed_nats - truth) < 0.02);
    }
  }
}
