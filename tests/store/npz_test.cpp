#include <fstream>

#include "core/error.h"
#include "store/features_reader.h"
#include "store/scratch.h"

#include <doctest/doctest.h>

using namespace equinfo;
using equinfo::test::bytes_of;
using equinfo::test::fixture;
using equinfo::test::Scratch;

namespace {

std::vector<float> values_of(const Matrix<float>& z) { return {z.data(), z.data() + z.rows() * z.cols()}; }

/// z of tests/store/data/make_fixtures.py, from the file that reader_test checks value by value.
std::vector<float> expected(bool centred) {
  const FeatureFile file(fixture("types.h5"), {.z = centred ? "/z/f8" : "/z/f4", .y = "/labels/i8"});
  return values_of(file.read(file.embeddings()[0]));
}

}  // namespace

TEST_CASE("npz: numpy.savez gives the same table as HDF5, whatever the file is called") {
  const Scratch folder;
  std::filesystem::copy_file(fixture("plain.npz"), folder / "features.h5");
  const FeatureFile file(folder / "features.h5");
  REQUIRE(file.embeddings().size() == 1);
  CHECK(file.embeddings()[0].path == "/z");
  CHECK(values_of(file.read(file.embeddings()[0])) == expected(false));
  CHECK(file.labels().y == std::vector<std::int64_t>{-3, -2, -1, 0, 1, 2, 3, 4});
  CHECK(file.labels().t == std::vector<std::int64_t>{0, 1, 2, 3, 0, 1, 2, 3});
  CHECK(file.labels().source == std::vector<std::int64_t>{0, 0, 0, 0, 1, 1, 1, 1});
  CHECK(file.attributes().empty());
}

TEST_CASE("npz: compressed, and every float type, byte order and memory order, and several embeddings below z/") {
  const FeatureFile file(fixture("types.npz"));
  REQUIRE(file.embeddings().size() == 6);
  for (const EmbeddingInfo& info : file.embeddings()) {
    CAPTURE(info.path);
    CHECK(values_of(file.read(info)) == expected(info.path.starts_with("/z/f8")));
  }
}

TEST_CASE("npz: every integer type, byte order and booleans as labels") {
  for (const std::string code : {"i1", "i2", "i4", "u1", "u2", "u4", "u8", "i4big", "i8big"}) {
    CAPTURE(code);
    const auto y = FeatureFile(fixture("types.npz"), {.y = "labels/" + code}).labels().y;
    for (std::int64_t i = 0; i < 8; ++i) CHECK(y[static_cast<std::size_t>(i)] == (code[0] == 'i' ? i - 3 : i));
  }
  CHECK(FeatureFile(fixture("types.npz"), {.y = "labels/bool"}).labels().y ==
        std::vector<std::int64_t>{0, 1, 0, 1, 0, 1, 0, 1});
}

TEST_CASE("npz: column-major maps are pooled") {
  const FeatureFile file(fixture("maps.npz"), {}, Pooling::kMean);
  CHECK(values_of(file.read(file.embeddings()[0])) == std::vector<float>{1.5F, 5.5F, 9.5F, 13.5F, 17.5F, 21.5F});
}

TEST_CASE("npz: what cannot be read is named") {
  CHECK_IO_ERROR(FeatureFile(fixture("objects.npz")), fixture("objects.npz"),
                 "/z: holds Python objects; an embedding is float16, float32 or float64");
  CHECK_IO_ERROR(FeatureFile(fixture("wide_label.npz")), fixture("wide_label.npz"),
                 "/y: row 0 is 9223372036854775808, beyond what int64 holds");
  CHECK_IO_ERROR(
      FeatureFile(fixture("plain.npz"), {.y = "label"}), fixture("plain.npz"),
      "has no /label; it holds /source [8] int64, /t [8] uint16, /y [8] int8, /z [8, 3] float16 (choose with "
      "--y)");
}

TEST_CASE("npz: a cut or damaged file is refused") {
  const Scratch folder;
  const std::string whole = bytes_of(fixture("plain.npz"));
  const auto path = folder / "a.npz";
  for (const std::size_t length : {4, 40, 200, 400, 900}) {
    CAPTURE(length);
    std::ofstream(path, std::ios::binary) << whole.substr(0, length);
    CHECK_THROWS_AS(FeatureFile{path}, IoError);
  }
  std::string damaged = whole;
  damaged.replace(damaged.find("(8, 3)"), 6, "(9, 3)");
  std::ofstream(path, std::ios::binary) << damaged;
  CHECK_IO_ERROR(FeatureFile{path}, path, "/z: is damaged: its header announces 54 bytes, but 48 follow");
  damaged = whole;
  damaged[damaged.find("NUMPY", damaged.find("z.npy")) + 130] ^= 1;  // a byte of the numbers of /z
  std::ofstream(path, std::ios::binary) << damaged;
  const FeatureFile file(path);
  CHECK_THROWS_WITH_AS(file.read(file.embeddings()[0]), doctest::Contains("/z: zip: ZIP bad CRC"), IoError);
}
