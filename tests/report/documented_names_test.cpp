// Every flag and every item of the details that the sources can write is in the README that documents them.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "report/results_csv.h"
#include "report/side_tables.h"
#include "report/words.h"

#include <doctest/doctest.h>

using namespace equinfo;
namespace fs = std::filesystem;

namespace {

const fs::path kRoot = EQUINFO_SOURCE_DIR;

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The first group of every match in the sources of analysis/ but for the audit, whose tables are its own.
std::set<std::string> written(const std::regex& pattern) {
  std::set<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "analysis")) {
    if (entry.path().extension() != ".cpp" || entry.path().parent_path().filename() == "audit") continue;
    const std::string text = text_of(entry.path());
    for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
      found.insert((*match)[1]);
    }
  }
  return found;
}

bool documented(const std::string& name) {
  static const std::string kReadme = text_of(kRoot / "analysis/report/README.md");
  return kReadme.find("`" + name + "`") != std::string::npos;
}

}  // namespace

TEST_CASE("every flag that the sources set has its line in the README and its sentence") {
  auto flags = written(std::regex(R"rx(flags\.(?:emplace|push)_back\("([a-z_]+)"\))rx"));
  CHECK(flags.size() >= 11);
  for (const VerdictLevel level : {VerdictLevel::kGreen, VerdictLevel::kAmber, VerdictLevel::kRed}) {
    flags.insert(verdict_flag(level));
  }
  for (const std::string& flag : flags) {
    CHECK_MESSAGE(documented(flag), flag);
    CHECK_MESSAGE(explain_flag(flag) != flag, flag);
  }
}

TEST_CASE("every column of every table is in the README") {
  const std::string readme = text_of(kRoot / "analysis/report/README.md");
  for (const SideTable& table : side_tables()) {
    for (const std::string& column : table.kind.columns)
      CHECK_MESSAGE(readme.find(column) != std::string::npos, column);
  }
  std::string header = results_header();
  header.pop_back();
  for (std::size_t at = 0; at <= header.size();) {
    const auto end = std::min(header.find(',', at), header.size());
    CHECK_MESSAGE(documented(header.substr(at, end - at)), header.substr(at, end - at));
    at = end + 1;
  }
}

TEST_CASE("every detail and every number of a panel is in the README") {
  auto items = written(std::regex(R"rx(details\.emplace_back\("([a-zA-Z_ ]+)",)rx"));
  items.merge(written(std::regex(R"rx(\{"([a-z_]+)", Quantity::k)rx")));
  items.merge(written(std::regex(R"rx(add_(?:means|numbers)\("([a-z_]+)")rx")));
  CHECK(items.size() >= 10);
  for (std::string item : items) {
    // Texts whose numbers are items of their own are not written to details.csv.
    if (item == "bias band of S" || item == "shortfall of the bounds" || item == "gate" ||
        item == "own minus shared radius") {
      continue;
    }
    std::ranges::replace(item, ' ', '_');
    CHECK_MESSAGE(documented(item), item);
  }
}
