#include "core/large_buffer.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "core/available_memory.h"
#include "core/error.h"
#include "support/temporary_folder.h"

#include <doctest/doctest.h>

using namespace equinfo;
namespace fs = std::filesystem;

namespace {

/// TMPDIR is another folder as long as it lives.
class OtherTemporaryFolder {
 public:
  explicit OtherTemporaryFolder(const fs::path& folder) {
    if (const char* value = std::getenv("TMPDIR")) before_ = value;
    setenv("TMPDIR", folder.c_str(), 1);
  }
  ~OtherTemporaryFolder() { before_ ? setenv("TMPDIR", before_->c_str(), 1) : unsetenv("TMPDIR"); }
  OtherTemporaryFolder(const OtherTemporaryFolder&) = delete;
  OtherTemporaryFolder& operator=(const OtherTemporaryFolder&) = delete;

 private:
  std::optional<std::string> before_;
};

}  // namespace

TEST_CASE("large buffers: in memory while there is room, then in a file that has no name") {
  const TemporaryFolder folder;
  const OtherTemporaryFolder temporary(folder.path());
  const MemoryForRows limit(1000);
  std::optional<LargeBuffer> first(600);
  CHECK(!first->in_file());
  const LargeBuffer second(600);
  CHECK(second.in_file());
  const LargeBuffer third(400);  // 600 + 400 are just allowed
  CHECK(!third.in_file());
  first.reset();
  CHECK(!LargeBuffer(600).in_file());
  CHECK(!LargeBuffer(600).in_file());  // the one before gave its memory back
  CHECK(fs::is_empty(folder.path()));
  CHECK(LargeBuffer().data() == nullptr);
}

TEST_CASE("large matrices are zeros at first and keep what is written, wherever they lie, and when they are moved") {
  for (const std::int64_t bytes : {0, 1000000}) {
    CAPTURE(bytes);
    const MemoryForRows limit(bytes);
    LargeMatrix matrix(300, 7);
    CHECK(matrix.in_file() == (bytes == 0));
    CHECK((matrix.rows() == 300 && matrix.cols() == 7 && matrix.row(299)[6] == 0.0F));
    matrix.view()(299, 6) = 2.5F;
    matrix.row(1)[0] = -1.0F;
    const LargeMatrix moved = std::move(matrix);
    const MatrixView<const float> view = moved;
    CHECK((view(299, 6) == 2.5F && view(1, 0) == -1.0F && view(0, 6) == 0.0F));
  }
}

TEST_CASE("large buffers: a folder that has no room is named with the bytes that are needed") {
  const MemoryForRows limit(0);
  const TemporaryFolder folder;
  const OtherTemporaryFolder temporary(folder.path());
  const std::string begin = folder.path().string() + ": 1.13 PB are needed here for rows that memory has no room for";
  CHECK_THROWS_WITH_AS(LargeBuffer(std::size_t{1} << 50U), doctest::Contains((begin + ", but ").c_str()), IoError);
  const OtherTemporaryFolder nowhere(folder / "none");
  CHECK_THROWS_WITH_AS(LargeBuffer(4000000),
                       ((folder / "none").string() + ": 4 MB are needed here for rows that memory has no room for: No "
                                                     "such file or directory (TMPDIR names the folder)")
                           .c_str(),
                       IoError);
}

TEST_CASE("bytes for people") {
  CHECK(bytes_text(1280) == "1.28 kB");
  CHECK(bytes_text(999'600) == "1 MB");
  CHECK(bytes_text(64'000'000'000) == "64 GB");
}

TEST_CASE("available memory: the least that the system and the control groups leave") {
  const TemporaryFolder root;
  const auto write = [&](const fs::path& file, const std::string& text) {
    fs::create_directories((root / file.string()).parent_path());
    std::ofstream(root / file.string()) << text;
  };
  write("proc/meminfo", "MemTotal:  900 kB\nMemAvailable:     500 kB\n");
  CHECK(available_memory(root.path()) == 512000);
  // The second version: a group without a limit in one with 400,000 bytes, of which 300,000 are taken, half of these by
  // files that can be dropped.
  write("proc/self/cgroup", "0::/outer/inner\n");
  write("sys/fs/cgroup/outer/inner/memory.max", "max\n");
  write("sys/fs/cgroup/outer/inner/memory.current", "1000\n");
  write("sys/fs/cgroup/outer/memory.max", "400000\n");
  write("sys/fs/cgroup/outer/memory.current", "300000\n");
  write("sys/fs/cgroup/outer/memory.stat", "anon 150000\ninactive_file 100000\nactive_file 50000\n");
  CHECK(available_memory(root.path()) == 250000);
  // The first version, seen from inside a container, whose own group is the root there.
  write("proc/self/cgroup", "5:cpu:/docker/1\n4:memory:/docker/1\n0::/\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "200000\n");
  write("sys/fs/cgroup/memory/memory.usage_in_bytes", "150000\n");
  write("sys/fs/cgroup/memory/memory.stat", "inactive_file 9\ntotal_inactive_file 20000\ntotal_active_file 10000\n");
  CHECK(available_memory(root.path()) == 80000);
  write("sys/fs/cgroup/memory/memory.usage_in_bytes", "250000\n");
  CHECK(available_memory(root.path()) == 0);
}
