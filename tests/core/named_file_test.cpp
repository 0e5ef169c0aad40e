#include "core/named_file.h"

#include <unistd.h>
#include <array>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "support/temporary_folder.h"

#include <doctest/doctest.h>

using namespace equinfo;
namespace fs = std::filesystem;

namespace {

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("named files: an atomic write replaces what a link points to, not the link") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "far");
  write_file_atomically(folder / "far/real", "old");
  fs::create_symlink("far/real", folder / "link");
  fs::create_symlink("link", folder / "chain");
  fs::create_symlink("far/new", folder / "dangling");
  write_file_atomically(folder / "chain", "new");
  write_file_atomically(folder / "dangling", "made");
  CHECK((fs::is_symlink(folder / "chain") && fs::is_symlink(folder / "link") && fs::is_symlink(folder / "dangling")));
  CHECK(text_of(folder / "far/real") == "new");
  CHECK(text_of(folder / "far/new") == "made");
  CHECK(std::distance(fs::directory_iterator(folder / "far"), {}) == 2);
  fs::create_symlink("round", folder / "round");
  const std::string words = (folder / "round").string() + ": its symbolic links go in a circle";
  CHECK_THROWS_WITH_AS(write_file_atomically(folder / "round", "x"), words.c_str(), IoError);
}

TEST_CASE("named files: a device is written to and stays one, and says when it is full") {
  const TemporaryFolder folder;  // links, so that a mistake here would spoil no device
  fs::create_symlink("/dev/full", folder / "full");
  fs::create_symlink("/dev/null", folder / "null");
  CHECK((is_stream(folder / "full") && is_stream("/dev/stdout") && is_stream("/dev/fd/63")));
  CHECK((!is_stream(folder.path()) && !is_stream(folder / "none")));
  write_file_atomically(folder / "null", "x");
  const std::string words = (folder / "full").string() + ": cannot be written: No space left on device";
  CHECK_THROWS_WITH_AS(write_file_atomically(folder / "full", "x"), words.c_str(), IoError);
  CHECK((fs::is_symlink(folder / "full") && fs::is_character_file(folder / "null")));
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 2);
  write_file_atomically(folder / "half", "done");
  const std::string refused = (folder / "null").string() + ": is no regular file, so it cannot be replaced";
  CHECK_THROWS_WITH_AS(publish_file(folder / "half", folder / "null"), refused.c_str(), IoError);
}

TEST_CASE("named files: an open file of the process is written to where it stands") {
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const fs::path name = fmt::format("/proc/self/fd/{}", ends[1]);
  write_file_atomically(name, "one ");
  write_stream(name, "two");
  std::array<char, 16> bytes{};
  CHECK(read(ends[0], bytes.data(), bytes.size()) == 7);
  CHECK(std::string_view(bytes.data(), 7) == "one two");
  for (const int end : ends) close(end);
  CHECK_THROWS_WITH_AS(write_stream(name, "x"), (name.string() + ": cannot be written: Bad file descriptor").c_str(),
                       IoError);
}

TEST_CASE("named files: outputs that are inputs or each other are refused, by whatever name") {
  const TemporaryFolder folder;
  const fs::path a = folder / "a", b = folder / "b", link = folder / "link", unmade = folder / "none/../c";
  for (const fs::path& path : {a, b}) std::ofstream(path) << "x";
  fs::create_symlink("a", link);
  const std::string same = fmt::format("-o {}: is the same file as the input FILE {}", link.string(), a.string());
  CHECK_THROWS_WITH_AS(require_separate_files({{"X", b}, {"FILE", a}}, {{"-o", link}}), same.c_str(),
                       std::invalid_argument);
  const fs::path c = folder / "c";
  const std::string twice = fmt::format("--csv {} and --json {} are the same file", c.string(), unmade.string());
  CHECK_THROWS_WITH_AS(require_separate_files({}, {{"--csv", c}, {"--json", unmade}}), twice.c_str(),
                       std::invalid_argument);
  CHECK_NOTHROW(require_separate_files({{"X", a}, {"Y", ""}, {"Z", "-"}},
                                       {{"-o", b}, {"--csv", ""}, {"--json", "-"}, {"--details", "-"}}));
  CHECK_NOTHROW(require_separate_files({}, {{"--csv", "/dev/null"}, {"--json", "/dev/null"}}));
}
