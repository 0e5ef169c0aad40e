// What does not fit into memory is unpacked into a temporary file, and reads the same.

#include <cstdint>
#include <new>
#include <string>
#include <vector>

#include "core/available_memory.h"
#include "core/large_buffer.h"
#include "store/features_reader.h"
#include "store/scratch.h"
#include "support/memory_limit.h"

#include <doctest/doctest.h>

using namespace equinfo;
using equinfo::test::fixture;
using equinfo::test::RawFile;
using equinfo::test::Scratch;

namespace {

std::vector<float> values_of(MatrixView<const float> z) { return {z.data(), z.data() + z.rows() * z.cols()}; }

}  // namespace

TEST_CASE("every type, layout and container reads the same from a temporary file as from memory") {
  for (const char* name : {"types.h5", "chunked.h5", "types.npz", "plain.npz"}) {
    const DatasetNames names{.y = std::string(name).starts_with("types") ? "/labels/i4" : "/y"};
    const FeatureFile file(fixture(name), names);
    for (const EmbeddingInfo& info : file.embeddings()) {
      CAPTURE(name);
      CAPTURE(info.path);
      const std::vector<float> in_memory = values_of(file.read(info));
      CHECK(!file.rows(info).unpacked());
      const MemoryForRows none(0);
      const StoredRows rows = file.rows(info);
      CHECK(rows.unpacked() == !rows.mapped());
      CHECK(values_of(rows.view()) == in_memory);
    }
  }
}

TEST_CASE("column-major maps read the same from a temporary file") {
  const FeatureFile file(fixture("maps.npz"), {}, Pooling::kMean);
  const MemoryForRows none(0);
  CHECK(values_of(file.rows(file.embeddings()[0]).view()) == std::vector<float>{1.5F, 5.5F, 9.5F, 13.5F, 17.5F, 21.5F});
}

TEST_CASE("float64 in chunks as tall as the array is read with less memory than its rows take as float32") {
  constexpr std::int64_t kRows = 8192, kDims = 256;  // 8 MiB, 16 in the file
  const Scratch folder;
  {
    std::vector<double> values;
    std::vector<std::int64_t> label;
    for (std::int64_t i = 0; i < kRows; ++i) {
      label.push_back(i % 2);
      for (std::int64_t j = 0; j < kDims; ++j)
        values.push_back(1000.0 + 0.125 * static_cast<double>((37 * i + j) % 99));
    }
    RawFile file(folder / "a.h5");
    file.integers("/y", {kRows}, label).integers("/t", {kRows}, label);
    file.chunks({kRows, 1}).floats("/z", {kRows, kDims}, values, H5T_IEEE_F64LE);
  }
  const FeatureFile file(folder / "a.h5");
  std::vector<StoredRows> rows;
  {
    const MemoryLimit limit(std::uint64_t{6} << 20U);
    CHECK_THROWS_AS(Matrix<float>(kRows, kDims), std::bad_alloc);
    const MemoryForRows half(available_memory() / 2);
    rows.push_back(file.rows(file.embeddings()[0]));
  }
  CHECK(rows[0].unpacked());
  CHECK(values_of(rows[0].view()) == values_of(file.read(file.embeddings()[0])));
}
