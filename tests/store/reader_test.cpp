#include <cmath>

#include "core/error.h"
#include "store/features_reader.h"
#include "store/scratch.h"

#include <doctest/doctest.h>

using namespace equinfo;
using equinfo::test::fixture;
using equinfo::test::RawFile;
using equinfo::test::Scratch;

namespace {

/// z of tests/store/data/make_fixtures.py; centred, its columns lose their means 7/8 − 1 + j.
std::vector<float> expected(bool centred) {
  std::vector<float> z;
  for (int i = 0; i < 8; ++i) {
    for (int j = 0; j < 3; ++j) {
      z.push_back(static_cast<float>(i + 4 * j) / 4 - 1 - (centred ? 7.0F / 8 - 1 + static_cast<float>(j) : 0.0F));
    }
  }
  return z;
}

std::vector<float> values_of(const Matrix<float>& z) { return {z.data(), z.data() + z.rows() * z.cols()}; }

const std::vector<std::int64_t> kSigned = {-3, -2, -1, 0, 1, 2, 3, 4}, kUnsigned = {0, 1, 2, 3, 4, 5, 6, 7},
                                kQuarter = {0, 1, 2, 3, 0, 1, 2, 3};

}  // namespace

TEST_CASE("h5py: the least file, as a newcomer writes it") {
  const FeatureFile file(fixture("minimal.h5"));
  REQUIRE(file.embeddings().size() == 1);
  CHECK(file.embeddings()[0].layer == "/z");
  CHECK(!file.embeddings()[0].epoch.has_value());
  CHECK(values_of(file.read(file.embeddings()[0])) == expected(false));
  CHECK(file.labels().y == kSigned);
  CHECK(file.labels().t == kQuarter);
  CHECK(file.labels().source == std::vector<std::int64_t>{0, 0, 0, 0, 1, 1, 1, 1});
  CHECK(file.attributes().empty());
}

TEST_CASE("h5py: every float type and byte order gives the same embedding") {
  const FeatureFile file(fixture("types.h5"), {.y = "labels/i8"});
  REQUIRE(file.embeddings().size() == 6);
  for (const EmbeddingInfo& info : file.embeddings()) {
    CAPTURE(info.path);
    CHECK(values_of(file.read(info)) == expected(info.path.starts_with("/z/f8")));
  }
  CHECK(!file.labels().source.has_value());
}

TEST_CASE("h5py: every integer type and byte order, and booleans, give the same labels") {
  for (const std::string code : {"i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"}) {
    for (const std::string order : {"", "big"}) {
      CAPTURE(code);
      CHECK(FeatureFile(fixture("types.h5"), {.y = "/labels/" + code + order}).labels().y ==
            (code[0] == 'i' ? kSigned : kUnsigned));
    }
  }
  CHECK(FeatureFile(fixture("types.h5"), {.y = "/labels/bool"}).labels().y ==
        std::vector<std::int64_t>{0, 1, 0, 1, 0, 1, 0, 1});
}

TEST_CASE("h5py: compressed, checksummed, odd chunks, the newer file layout, attributes of all sorts") {
  const FeatureFile file(fixture("chunked.h5"));
  REQUIRE(file.embeddings().size() == 1);
  CHECK(file.embeddings()[0].path == "/z/deep/er");
  CHECK(file.embeddings()[0].layer == "head");
  CHECK(file.embeddings()[0].epoch == 3);
  CHECK(values_of(file.read(file.embeddings()[0])) == expected(false));
  CHECK(file.attributes() ==
        std::map<std::string, std::string>{{"fixed", "text"}, {"seed", "7"}, {"transform", "rotation4"}});
}

TEST_CASE("float32 in one piece is mapped, everything else is read, and the rows are the same") {
  const FeatureFile types(fixture("types.h5"), {.y = "labels/i8"});
  int mapped = 0;
  for (const EmbeddingInfo& info : types.embeddings()) {
    const StoredRows rows = types.rows(info);
    const MatrixView<const float> z = rows.view();
    mapped += rows.mapped() ? 1 : 0;
    CHECK(std::vector<float>(z.data(), z.data() + z.rows() * z.cols()) == expected(info.path.starts_with("/z/f8")));
  }
  CHECK(mapped == 1);  // of six types only little-endian float32
  const FeatureFile chunked(fixture("chunked.h5"));
  CHECK(!chunked.rows(chunked.embeddings()[0]).mapped());
  const Scratch folder;
  RawFile(folder / "nan.h5").floats("/z", {4, 2}, {0, 1, 2, 3, 4, std::nan(""), 6, 7}).y().t();
  const FeatureFile bad(folder / "nan.h5");
  CHECK_THROWS_WITH_AS(bad.rows(bad.embeddings()[0]), doctest::Contains("/z: row 2, column 1 is nan"), IoError);
}

TEST_CASE("float64 is centred in float64, so an offset of 1e9 leaves the digits whole") {
  const Scratch folder;
  RawFile(folder / "a.h5").floats("/z", {4, 1}, {1e9, 1e9 + 0.25, 1e9 + 0.5, 1e9 + 0.25}, H5T_IEEE_F64LE).y().t();
  const FeatureFile file(folder / "a.h5");
  CHECK(values_of(file.read(file.embeddings()[0])) == std::vector<float>{-0.25F, 0, 0.25F, 0});
}

TEST_CASE("maps are pooled by mean or maximum") {
  const Scratch folder;
  RawFile(folder / "a.h5").floats("/z", {4, 2, 1, 2}, {1, 2, -3, -5, 0, 0, 1, 9, 4, 4, 4, 4, 8, 0, 0, 8}).y().t();
  const FeatureFile mean(folder / "a.h5", {}, Pooling::kMean), max(folder / "a.h5", {}, Pooling::kMax);
  CHECK(mean.embeddings()[0].dims == 2);
  CHECK(values_of(mean.read(mean.embeddings()[0])) == std::vector<float>{1.5F, -4, 0, 5, 4, 4, 4, 4});
  CHECK(values_of(max.read(max.embeddings()[0])) == std::vector<float>{2, -3, 0, 9, 4, 4, 8, 8});
}

TEST_CASE("maps of float64 are pooled, then centred") {
  const Scratch folder;
  RawFile(folder / "a.h5").floats("/z", {4, 1, 1, 2}, {1, 3, 3, 5, 1, 3, 3, 5}, H5T_IEEE_F64LE).y().t();
  const FeatureFile file(folder / "a.h5", {}, Pooling::kMean);
  CHECK(values_of(file.read(file.embeddings()[0])) == std::vector<float>{-1, 1, -1, 1});
}

TEST_CASE("soft and hard links, and virtual datasets whose source is there, are followed") {
  const Scratch folder;
  RawFile(folder / "rows.h5").z();
  RawFile(folder / "a.h5")
      .virtual_rows("/z/v", "rows.h5", "/z")
      .hard("/z/w", "/z/v")
      .integers("/q", {4}, {5, 6, 7, 8})
      .soft("/y", "/q")
      .t();
  const FeatureFile file(folder / "a.h5");
  CHECK(file.embeddings().size() == 2);
  CHECK(values_of(file.read(file.embeddings()[1])) == std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(file.labels().y == std::vector<std::int64_t>{5, 6, 7, 8});
}

TEST_CASE("floats that are integers are labels of the transformation when the caller says so") {
  const Scratch folder;
  RawFile(folder / "a.h5").z().y().floats("/t", {4}, {0, 90, 180, -270});
  RawFile(folder / "b.h5").z().y().floats("/t", {4}, {0, 0.5, 1, 0});
  CHECK(FeatureFile(folder / "a.h5", {}, Pooling::kRefuse, {TransformKind::kDiscrete}).labels().t ==
        std::vector<std::int64_t>{0, 90, 180, -270});
  CHECK_IO_ERROR(FeatureFile(folder / "b.h5", {}, Pooling::kRefuse, {TransformKind::kDiscrete}), folder / "b.h5",
                 "/t: row 1 is 0.5, not an integer");
}
