#include <numeric>

#include "core/error.h"
#include "store/features_reader.h"
#include "store/features_writer.h"
#include "store/scratch.h"

#include <doctest/doctest.h>

using namespace equinfo;
using equinfo::test::RawFile;
using equinfo::test::Scratch;

namespace {

/// A shard of `rows` rows with two layers; every value of layer `l` is epoch + l / 10 … as a half.
void write_shard(const std::filesystem::path& path, std::int64_t epoch, std::int64_t rows = 4) {
  std::filesystem::create_directories(path.parent_path());
  std::vector<std::int64_t> y(static_cast<std::size_t>(rows));
  std::iota(y.begin(), y.end(), 0);
  ShardWriter shard(path, {y, y, y}, {{"encoder", "encoder", epoch, 2}, {"deep/head", "head", epoch, 1}},
                    {FeatureType::kFloat16, 0, {{"transform", "hflip"}}, 3});
  Matrix<float> a(rows, 2), b(rows, 1);
  for (std::int64_t i = 0; i < rows; ++i) {
    a(i, 0) = a(i, 1) = static_cast<float>(epoch);
    b(i, 0) = static_cast<float>(epoch) + 0.5F;
  }
  shard.append(0, a);
  shard.append(1, b);
  shard.finish();
}

}  // namespace

TEST_CASE("an index shows all shards, in the order of the epochs, and survives a move of the run folder") {
  const Scratch folder;
  write_shard(folder / "run/features/epoch_0010.h5", 10);
  write_shard(folder / "run/features/epoch_0002.h5", 2);
  write_feature_index(folder / "run/features.h5", {"features/epoch_0010.h5", "features/epoch_0002.h5"}, false);
  CHECK(!std::filesystem::exists(folder / "run/features.h5.partial"));
  CHECK(FeatureFile(folder / "run/features.h5").attributes().at("finished") == "0");
  write_feature_index(folder / "run/features.h5", {"features/epoch_0010.h5", "features/epoch_0002.h5"}, true);
  std::filesystem::create_directory(folder / "elsewhere");
  std::filesystem::rename(folder / "run", folder / "elsewhere" / "moved");

  const FeatureFile file(folder / "elsewhere/moved/features.h5");
  std::vector<std::string> paths;
  for (const EmbeddingInfo& info : file.embeddings()) {
    paths.push_back(info.path);
    const Matrix<float> z = file.read(info);
    CHECK(z(3, 0) == static_cast<float>(*info.epoch) + (info.layer == "head" ? 0.5F : 0.0F));
  }
  CHECK(paths == std::vector<std::string>{"/z/epoch_0002/deep/head", "/z/epoch_0002/encoder", "/z/epoch_0010/deep/head",
                                          "/z/epoch_0010/encoder"});
  CHECK(file.labels().y == std::vector<std::int64_t>{0, 1, 2, 3});
  CHECK(file.labels().source.has_value());
  CHECK(file.attributes().at("finished") == "1");
  CHECK(file.attributes().at("complete") == "1");
  CHECK(file.attributes().at("transform") == "hflip");
  CHECK(file.attributes().at("seed") == "3");
}

TEST_CASE("one shard of an index can be named with --z") {
  const Scratch folder;
  write_shard(folder / "features/epoch_0001.h5", 1);
  write_feature_index(folder / "features.h5", {"features/epoch_0001.h5"}, true);
  CHECK(FeatureFile(folder / "features.h5", {.z = "z/epoch_0001/encoder"}).embeddings().size() == 1);
  CHECK(FeatureFile(folder / "features.h5", {.z = "/z/epoch_0001/"}).embeddings().size() == 2);
}

TEST_CASE("a plain HDF5 program sees the index's datasets through the links") {
  const Scratch folder;
  write_shard(folder / "features/epoch_0001.h5", 1);
  write_feature_index(folder / "features.h5", {"features/epoch_0001.h5"}, true);
  const hid_t file = H5Fopen((folder / "features.h5").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t dataset = H5Dopen2(file, "/z/epoch_0001/encoder", H5P_DEFAULT);
  float values[8] = {};
  CHECK(H5Dread(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
  CHECK(values[7] == 1);
  H5Dclose(dataset);
  H5Fclose(file);
}

TEST_CASE("a shard that is missing is named, even if the working folder has one of the same name") {
  const Scratch folder;
  write_shard(folder / "run/features/epoch_0001.h5", 1);
  write_feature_index(folder / "run/features.h5", {"features/epoch_0001.h5"}, true);
  std::filesystem::rename(folder / "run/features", folder / "features");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder / "");
  CHECK_IO_ERROR(
      FeatureFile(folder / "run/features.h5"), folder / "run/features.h5",
      "/z/epoch_0001/deep/head: links to " + (folder / "run/features/epoch_0001.h5").string() + ", which is missing");
  std::filesystem::current_path(before);
}

TEST_CASE("an index is refused for no shard, an absolute one, one that is missing or incomplete or has other rows") {
  const Scratch folder;
  const auto index = folder / "features.h5";
  CHECK_THROWS_WITH_AS(write_feature_index(index, {}, true),
                       (index.string() + ": an index needs at least one shard").c_str(), std::invalid_argument);
  CHECK_THROWS_WITH_AS(write_feature_index(index, {"/a.h5"}, true),
                       (index.string() + ": shard /a.h5 must be relative to the index's folder").c_str(),
                       std::invalid_argument);
  CHECK_IO_ERROR(write_feature_index(index, {"a.h5"}, true), folder / "a.h5", "no such file");
  RawFile(folder / "b.h5").z().y().t().integer_attribute("schema", 1);
  CHECK_IO_ERROR(write_feature_index(index, {"b.h5"}, true), folder / "b.h5",
                 "is incomplete (no attribute complete = 1)");
  RawFile(folder / "c.h5").group("/z").integer_attribute("complete", 1);
  CHECK_IO_ERROR(write_feature_index(index, {"c.h5"}, true), folder / "c.h5", "has no embeddings below /z");
  write_shard(folder / "d.h5", 1, 4);
  write_shard(folder / "e.h5", 2, 5);
  CHECK_IO_ERROR(write_feature_index(index, {"d.h5", "e.h5"}, true), folder / "e.h5",
                 "/z/deep/head has 5 rows, but the first shard " + (folder / "d.h5").string() + " has 4");
  CHECK(!std::filesystem::exists(index));
  CHECK(!std::filesystem::exists(folder / "features.h5.partial"));
}

TEST_CASE("an index that leads to an incomplete shard is refused") {
  const Scratch folder;
  RawFile(folder / "shard.h5").z().y().t().integer_attribute("schema", 1);
  RawFile(folder / "index.h5").external("/z/a", "shard.h5", "/z").y().t();
  CHECK_IO_ERROR(FeatureFile(folder / "index.h5"), folder / "shard.h5",
                 "is incomplete (it has the attribute schema, but not complete = 1): its writer was stopped");
}
