// Every flag, quantity, view and verdict that the sources can write is in the README of the folder.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "audit/rules.h"
#include "audit/view.h"

#include <doctest/doctest.h>

using namespace equinfo;
namespace fs = std::filesystem;

namespace {

const fs::path kFolder = fs::path(EQUINFO_SOURCE_DIR) / "analysis/audit";

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The first group of every match in the folder's sources.
std::set<std::string> written(const std::regex& pattern) {
  std::set<std::string> found;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".cpp") continue;
    const std::string text = text_of(entry.path());
    for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
      found.insert((*match)[1]);
    }
  }
  return found;
}

}  // namespace

TEST_CASE("the README tells of every flag, quantity, view and verdict") {
  const std::string readme = text_of(kFolder / "README.md");
  const auto flags = written(std::regex(R"rx(flags\.emplace_back\("([a-z_]+)"\))rx"));
  const auto quantities = written(std::regex(R"rx(  add\("([a-z_]+)", )rx"));
  CHECK(flags.size() == 6);
  CHECK(quantities.size() == 11);
  std::set<std::string> names = flags;
  names.insert(quantities.begin(), quantities.end());
  for (const ViewKind& view : view_kinds()) names.insert(view.name);
  for (const std::string& name : names) CHECK_MESSAGE(readme.find("`" + name + "`") != std::string::npos, name);
  for (const std::string& verdict : verdict_names()) {
    const std::string shown = verdict == "undecided" ? "*Undecided*" : "*" + verdict + "*";
    CHECK_MESSAGE(readme.find(shown) != std::string::npos, verdict);
  }
}
