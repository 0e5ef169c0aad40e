#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include "core/error.h"
#include "store/features_reader.h"
#include "store/features_writer.h"
#include "store/scratch.h"

#include <doctest/doctest.h>

using namespace equinfo;
using equinfo::test::Scratch;

namespace {

constexpr std::int64_t kRows = 400000, kDims = 64;

/// Writes one whole shard and its index, then goes on appending to a second one until it is killed.
[[noreturn]] void dump_forever(const Scratch& folder, int report) {
  std::vector<std::int64_t> few{0, 1, 2}, many(kRows);
  Matrix<float> first(3, 1), row(1, kDims);
  ShardWriter whole(folder / "features/epoch_0000.h5", {few, few, few}, {{"encoder", "encoder", 0, 1}}, {});
  whole.append(0, first);
  whole.finish();
  write_feature_index(folder / "features.h5", {"features/epoch_0000.h5"}, false);
  ShardWriter shard(folder / "features/epoch_0001.h5", {many, many, many}, {{"encoder", "encoder", 1, kDims}}, {});
  for (std::int64_t i = 0; i < kRows; ++i) {
    shard.append(0, row);
    if (i == 20000 && write(report, "x", 1) != 1) _exit(3);  // 2.5 MB in: chunks have gone to the disk
  }
  pause();
  _exit(4);
}

/// A writer whose files cannot grow beyond 100 kB, as on a full disk. Exit status: what happened.
[[noreturn]] void fill_the_disk(const std::filesystem::path& path) {
  signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{100000, 100000};
  setrlimit(RLIMIT_FSIZE, &limit);
  const std::vector<std::int64_t> labels(2000);
  try {
    ShardWriter shard(path, {labels, labels, labels}, {{"encoder", "encoder", 1, 512}}, {});
    shard.append(0, Matrix<float>(2000, 512));
    shard.finish();
  } catch (const IoError& error) {
    const bool clear = std::string(error.what()).find("File too large") != std::string::npos;
    _exit(clear ? 10 : 11);
  }
  _exit(12);
}

}  // namespace

TEST_CASE("kill -9 in the middle of a dump loses nothing but the shard in flight") {
  const Scratch folder;
  std::filesystem::create_directory(folder / "features");
  int channel[2];
  REQUIRE(pipe(channel) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) dump_forever(folder, channel[1]);
  char byte = 0;
  REQUIRE(read(channel[0], &byte, 1) == 1);
  REQUIRE(kill(child, SIGKILL) == 0);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  close(channel[0]);
  close(channel[1]);

  CHECK(std::filesystem::exists(folder / "features/epoch_0001.h5.partial"));
  CHECK(!std::filesystem::exists(folder / "features/epoch_0001.h5"));
  CHECK_THROWS_AS(FeatureFile(folder / "features/epoch_0001.h5.partial"), IoError);
  const FeatureFile index(folder / "features.h5");
  REQUIRE(index.embeddings().size() == 1);
  CHECK(index.read(index.embeddings()[0]).rows() == 3);
  CHECK(FeatureFile(folder / "features/epoch_0000.h5").labels().y == std::vector<std::int64_t>{0, 1, 2});

  // The next run writes the lost shard again over the remains.
  const std::vector<std::int64_t> few{0, 1, 2};
  ShardWriter again(folder / "features/epoch_0001.h5", {few, few, few}, {{"encoder", "encoder", 1, 1}}, {});
  again.append(0, Matrix<float>(3, 1));
  again.finish();
  write_feature_index(folder / "features.h5", {"features/epoch_0000.h5", "features/epoch_0001.h5"}, true);
  CHECK(FeatureFile(folder / "features.h5").embeddings().size() == 2);
  CHECK(!std::filesystem::exists(folder / "features/epoch_0001.h5.partial"));
}

TEST_CASE("a full disk is an IoError in the system's words and leaves no file") {
  const Scratch folder;
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) fill_the_disk(folder / "a.h5");
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 10);
  CHECK(!std::filesystem::exists(folder / "a.h5"));
  CHECK(!std::filesystem::exists(folder / "a.h5.partial"));
}
