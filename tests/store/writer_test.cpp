#include <cmath>

#include "core/error.h"
#include "store/features_reader.h"
#include "store/features_writer.h"
#include "store/scratch.h"

#include <doctest/doctest.h>

using namespace equinfo;
using equinfo::test::bytes_of;
using equinfo::test::Scratch;

namespace {

struct Data {
  std::vector<std::int64_t> y{-1, 4, 4, -9}, t{0, 1, 0, 1}, source{7, 7, 8, 8};
  Matrix<float> z{4, 3};
  Data() {
    for (std::int64_t i = 0; i < 12; ++i) z.data()[i] = static_cast<float>(i) / 8 - 1;
  }
  ShardWriter::Labels labels() const { return {y, t, source}; }
};

void write(const std::filesystem::path& path, const Data& data, ShardWriter::Options options = {}) {
  ShardWriter shard(path, data.labels(), {{"encoder", "conv5", 7, 3}}, std::move(options));
  shard.append(0, data.z.view().middle_rows(0, 1));
  shard.append(0, data.z.view().middle_rows(1, 3));
  shard.finish();
}

}  // namespace

TEST_CASE("a shard comes back exactly: values, labels, attributes, and half, single, and compressed") {
  const Scratch folder;
  const Data data;
  for (const auto type : {FeatureType::kFloat16, FeatureType::kFloat32}) {
    for (const int gzip : {0, 4}) {
      const auto path = folder / "a.h5";
      write(path, data, {type, gzip, {{"transform", "rotation4"}, {"config", "{\"π\": 1}"}, {"empty", ""}}, 5});
      CHECK(!std::filesystem::exists(folder / "a.h5.partial"));
      const FeatureFile file(path);
      REQUIRE(file.embeddings().size() == 1);
      const EmbeddingInfo& info = file.embeddings().front();
      CHECK(info.path == "/z/encoder");
      CHECK(info.layer == "conv5");
      CHECK(info.epoch == 7);
      CHECK(info.rows == 4);
      CHECK(info.dims == 3);
      const Matrix<float> z = file.read(info);
      CHECK(std::vector<float>(z.data(), z.data() + 12) == std::vector<float>(data.z.data(), data.z.data() + 12));
      CHECK(file.labels().y == data.y);
      CHECK(file.labels().t == data.t);
      CHECK(file.labels().source == data.source);
      auto attributes = file.attributes();
      CHECK(attributes.at("created_utc").size() == 20);
      attributes.erase("created_utc");
      CHECK(attributes == std::map<std::string, std::string>{{"complete", "1"},
                                                             {"config", "{\"π\": 1}"},
                                                             {"empty", ""},
                                                             {"schema", "equinfo/features"},
                                                             {"schema_version", "1"},
                                                             {"seed", "5"},
                                                             {"transform", "rotation4"}});
    }
  }
}

TEST_CASE("half values are those of the nearest half") {
  const Scratch folder;
  Data data;
  data.z(0, 0) = 0.1F;
  write(folder / "a.h5", data);
  const FeatureFile file(folder / "a.h5");
  CHECK(file.read(file.embeddings()[0])(0, 0) == 0.0999755859375F);
}

TEST_CASE("rows that lie apart in memory, many blocks, two embeddings in turn") {
  const Scratch folder;
  constexpr std::int64_t kRows = 5000, kDims = 300;
  Matrix<float> wide(kRows, kDims + 2);
  for (std::int64_t i = 0; i < kRows * (kDims + 2); ++i) wide.data()[i] = static_cast<float>(i % 2039);
  const MatrixView<const float> view(wide.data(), kRows, kDims, kDims + 2);
  const std::vector<std::int64_t> labels(kRows, 1);
  for (const auto type : {FeatureType::kFloat16, FeatureType::kFloat32}) {
    ShardWriter shard(folder / "a.h5", {labels, labels, labels}, {{"a", "a", 0, kDims}, {"b/c", "b", 0, 1}},
                      {type, 1, {}, 0});
    for (std::int64_t first = 0; first < kRows; first += 1000) {
      shard.append(0, view.middle_rows(first, 1000));
      shard.append(1, MatrixView<const float>(wide.data() + first * (kDims + 2), 1000, 1, kDims + 2));
    }
    shard.finish();
    const FeatureFile file(folder / "a.h5");
    const Matrix<float> a = file.read(file.embeddings()[0]), b = file.read(file.embeddings()[1]);
    std::int64_t wrong = 0;
    for (std::int64_t i = 0; i < kRows; ++i) {
      for (std::int64_t j = 0; j < kDims; ++j) wrong += a(i, j) != wide(i, j);
      wrong += b(i, 0) != wide(i, 0);
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("values beyond float16 saturate and are counted") {
  const Scratch folder;
  Data data;
  data.z(1, 2) = 1e6F;
  data.z(3, 0) = -70000.0F;
  ShardWriter shard(folder / "a.h5", data.labels(), {{"encoder", "encoder", 0, 3}}, {});
  shard.append(0, data.z);
  CHECK(shard.saturated() == 2);
  shard.finish();
  const FeatureFile file(folder / "a.h5");
  const Matrix<float> z = file.read(file.embeddings()[0]);
  CHECK(z(1, 2) == 65504);
  CHECK(z(3, 0) == -65504);
}

TEST_CASE("a NaN that was written is named by the reader") {
  const Scratch folder;
  Data data;
  data.z(2, 1) = std::nanf("");
  write(folder / "a.h5", data);
  const FeatureFile file(folder / "a.h5");
  CHECK_IO_ERROR(file.read(file.embeddings()[0]), folder / "a.h5", "/z/encoder: row 2, column 1 is nan");
}

TEST_CASE("a writer that is dropped leaves nothing, and an old file stays") {
  const Scratch folder;
  const Data data;
  write(folder / "a.h5", data);
  const std::string before = bytes_of(folder / "a.h5");
  {
    ShardWriter shard(folder / "a.h5", data.labels(), {{"encoder", "encoder", 0, 3}}, {});
    shard.append(0, data.z);
    CHECK(std::filesystem::exists(folder / "a.h5.partial"));
  }
  CHECK(!std::filesystem::exists(folder / "a.h5.partial"));
  CHECK(bytes_of(folder / "a.h5") == before);
}

TEST_CASE("writer: a caller's mistakes are named") {
  const Scratch folder;
  const Data data;
  const auto path = folder / "a.h5";
  const std::string name = path.string();
  const std::vector<EmbeddingSpec> one = {{"e", "e", 0, 3}};
  const std::vector<std::int64_t> three(3);
  const auto made = [&](ShardWriter::Labels labels, std::vector<EmbeddingSpec> specs,
                        ShardWriter::Options options = {}) {
    ShardWriter shard(path, labels, std::move(specs), std::move(options));
  };
  const auto message = [&](const std::string& text) { return name + ": " + text; };
  CHECK_THROWS_WITH_AS(made({data.y, three, data.source}, one),
                       message("y, t and source must have one row a sample, but have 4, 3 and 4").c_str(),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(made({{}, {}, {}}, one),
                       message("y, t and source must have one row a sample, but have 0, 0 and 0").c_str(),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(made(data.labels(), {}), message("no embeddings to write").c_str(), std::invalid_argument);
  CHECK_THROWS_WITH_AS(made(data.labels(), {{"/z/e", "e", 0, 3}}),
                       message("embedding name '/z/e' must be relative to /z").c_str(), std::invalid_argument);
  CHECK_THROWS_WITH_AS(made(data.labels(), {{"e", "e", 0, 0}}), message("embedding e has 0 dimensions").c_str(),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(made(data.labels(), one, {FeatureType::kFloat16, 10, {}, 0}),
                       message("gzip_level = 10 is not in 0 … 9").c_str(), std::invalid_argument);
  CHECK_THROWS_WITH_AS(made(data.labels(), one, {FeatureType::kFloat16, 0, {{"complete", "1"}}, 0}),
                       message("the attribute complete is written by the writer itself").c_str(),
                       std::invalid_argument);
  CHECK(!std::filesystem::exists(folder / "a.h5.partial"));
}

TEST_CASE("writer: rows that do not fit are named") {
  const Scratch folder;
  const Data data;
  const std::string name = (folder / "a.h5").string();
  ShardWriter shard(folder / "a.h5", data.labels(), {{"e", "e", 0, 3}}, {});
  CHECK_THROWS_WITH_AS(shard.append(1, data.z), (name + ": embedding number 1 of 1").c_str(), std::invalid_argument);
  CHECK_THROWS_WITH_AS(shard.append(0, Matrix<float>(1, 2)),
                       (name + ": /z/e: got rows of 2 values instead of 3").c_str(), std::invalid_argument);
  CHECK_THROWS_WITH_AS(shard.append(0, Matrix<float>(5, 3)), (name + ": /z/e: row 5 of 4").c_str(),
                       std::invalid_argument);
  shard.append(0, data.z.view().middle_rows(0, 3));
  CHECK_THROWS_WITH_AS(shard.finish(), (name + ": /z/e: finished after 3 of 4 rows").c_str(), std::invalid_argument);
  shard.append(0, data.z.view().middle_rows(3, 1));
  shard.finish();
  CHECK_THROWS_WITH_AS(shard.append(0, data.z), (name + ": append after finish").c_str(), std::invalid_argument);
}

TEST_CASE("writer: a folder that is missing is an IoError with HDF5's words") {
  const Scratch folder;
  const Data data;
  const auto path = folder / "none" / "a.h5";
  try {
    write(path, data);
    FAIL("no error");
  } catch (const IoError& error) {
    const std::string text = error.what();
    CHECK(text.starts_with(path.string() + ".partial: HDF5: unable to create file"));
    CHECK(text.find("No such file or directory") != std::string::npos);
  }
}
