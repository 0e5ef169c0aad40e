// Who may include whom: dependencies point down only.

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace fs = std::filesystem;

namespace {

const fs::path kRoot = EQUINFO_SOURCE_DIR;
using Names = std::set<std::string>;

/// Each folder with the folders, besides itself, whose headers it may include.
const std::map<std::string, Names> kAllowed{
    // src: makes representations
    {"core", {}},
    {"compute", {"core"}},
    {"store", {"core"}},
    {"dataset", {"core"}},
    {"transform", {"core", "dataset"}},
    {"augment", {"core", "compute", "dataset", "transform"}},
    {"encoder", {"core", "compute", "dataset", "transform", "augment"}},
    {"objective", {"core", "dataset", "transform", "augment", "encoder"}},
    {"train", {"core", "compute", "store", "dataset", "transform", "augment", "encoder", "objective"}},
    // analysis: measures them
    {"neighbors", {"core", "compute"}},
    {"resampling", {"core", "compute"}},
    {"estimators", {"core", "compute", "store", "neighbors", "resampling"}},
    {"synergy", {"core", "compute", "store", "neighbors", "resampling", "estimators"}},
    {"pid", {"core", "compute", "store", "neighbors", "resampling", "estimators"}},
    {"audit",
     {"core", "compute", "store", "dataset", "transform", "augment", "encoder", "neighbors", "resampling", "estimators",
      "synergy", "pid", "report"}},
    {"report", {"core", "compute", "store", "neighbors", "resampling", "estimators", "synergy", "pid"}},
    {"studies", {"core", "compute", "store", "neighbors", "resampling", "estimators", "synergy", "pid", "report"}},
};

/// System headers that only some folders may see.
const std::map<std::string, Names> kOnlyUsers{
    {"hdf5", {"store"}},
    {"torch/", {"compute", "transform", "augment", "encoder", "objective", "train"}},
    {"torch/torch.h", {}},  // all of LibTorch, whose templates GCC makes anew in every source: 5 s each
    {"ATen/", {"compute", "transform", "augment", "encoder", "objective", "train"}},
    {"c10/", {"compute", "transform", "augment", "encoder", "objective", "train"}},
};

struct Include {
  std::string file, folder, target;
  bool quoted = false;
};

void read_includes(const fs::path& path, const std::string& folder, std::vector<Include>& found) {
  static const std::regex kInclude(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  std::ifstream file(path);
  std::smatch match;
  for (std::string line; std::getline(file, line);) {
    if (!std::regex_search(line, match, kInclude)) continue;
    found.push_back({fs::relative(path, kRoot).string(), folder, match[2], match[1] == "\""});
  }
}

bool is_source(const fs::path& path) {
  return Names{".h", ".hpp", ".cpp", ".cu", ".cuh", ".in"}.contains(path.extension().string());
}

/// Every include of src/ and analysis/; `folder` is the name below them.
std::vector<Include> all_includes() {
  std::vector<Include> found;
  for (const char* part : {"src", "analysis"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / part)) {
      if (!entry.is_regular_file() || !is_source(entry.path())) continue;
      read_includes(entry.path(), fs::relative(entry.path(), kRoot / part).begin()->string(), found);
    }
  }
  return found;
}

std::string folder_of(const std::string& target) { return target.substr(0, target.find('/')); }

/// What is wrong with an include, or nothing.
std::string fault_of(const Include& include) {
  const auto& [file, folder, target, quoted] = include;
  if (!kAllowed.contains(folder)) return file + ": folder " + folder + " is not on the list of this test";
  if (!quoted) {
    for (const auto& [prefix, users] : kOnlyUsers) {
      if (target.starts_with(prefix) && !users.contains(folder)) return file + ": may not include <" + target + ">";
    }
    return {};
  }
  if (target.find('/') == std::string::npos) return file + ": \"" + target + "\" lacks its folder";
  const std::string used = folder_of(target);
  if (used == folder || kAllowed.at(folder).contains(used)) return {};
  return file + ": may not include \"" + target + "\"";
}

}  // namespace

TEST_CASE("every include under src/ and analysis/ points down") {
  const auto includes = all_includes();
  CHECK(includes.size() > 100);
  for (const auto& include : includes) CHECK(fault_of(include) == "");
}

TEST_CASE("the test notices what it forbids") {
  CHECK(fault_of({"src/core/a.h", "core", "store/b.h", true}) == "src/core/a.h: may not include \"store/b.h\"");
  CHECK(fault_of({"src/train/a.h", "train", "synergy/b.h", true}) != "");
  CHECK(fault_of({"analysis/pid/a.h", "pid", "hdf5.h", false}) == "analysis/pid/a.h: may not include <hdf5.h>");
  CHECK(fault_of({"analysis/pid/a.h", "pid", "torch/torch.h", false}) != "");
  CHECK(fault_of({"src/train/a.h", "train", "torch/torch.h", false}) != "");
  CHECK(fault_of({"src/train/a.h", "train", "torch/types.h", false}) == "");
  CHECK(fault_of({"src/new/a.h", "new", "core/b.h", true}) != "");
  CHECK(fault_of({"src/core/a.h", "core", "b.h", true}) != "");
  CHECK(fault_of({"src/train/a.h", "train", "core/b.h", true}) == "");
}

TEST_CASE("the allow-list itself has no cycle") {
  for (const auto& [folder, below] : kAllowed) {
    for (const auto& lower : below) {
      CHECK(kAllowed.contains(lower));
      CHECK(!kAllowed.at(lower).contains(folder));
    }
  }
}

TEST_CASE("tools include headers of the house, by their folder, and of tools/") {
  std::vector<Include> found;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "tools")) {
    if (is_source(entry.path())) read_includes(entry.path(), "tools", found);
  }
  for (const auto& include : found) {
    if (!include.quoted) continue;
    const bool known = kAllowed.contains(folder_of(include.target)) || fs::exists(kRoot / "tools" / include.target);
    CHECK_MESSAGE(known, include.file, " ", include.target);
  }
}

TEST_CASE("no test case has a semicolon in its name: ctest would split it and run neither half") {
  static const std::regex kCase(R"(TEST_CASE\("([^"]*)\")");
  std::smatch match;
  int cases = 0;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "tests")) {
    if (!is_source(entry.path())) continue;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      if (!std::regex_search(line, match, kCase)) continue;
      ++cases;
      CHECK_MESSAGE(match[1].str().find(';') == std::string::npos, entry.path().string(), ": ", match[1].str());
    }
  }
  CHECK(cases > 100);
}
