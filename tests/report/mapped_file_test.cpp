#include <cstdint>
#include <fstream>
#include <new>
#include <string>
#include <vector>

#include "compute/blas.h"
#include "estimators/cross_fit.h"
#include "store/stored_rows.h"
#include "support/memory_limit.h"
#include "support/temporary_folder.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

constexpr std::int64_t kRows = 131072, kDims = 256;  // 128 MiB

/// Rows of noise with an offset; class 1 is moved along the first column.
void write_rows(const std::string& path, const std::vector<std::int64_t>& y) {
  std::ofstream file(path, std::ios::binary);
  std::vector<float> row(kDims);
  std::uint32_t state = 1;
  for (const std::int64_t label : y) {
    for (float& x : row) x = 3.0F + static_cast<float>((state = state * 1664525U + 1013904223U) >> 8U) * 0x1p-24F;
    row[0] += 0.5F * static_cast<float>(label);
    file.write(reinterpret_cast<const char*>(row.data()), static_cast<std::streamsize>(row.size() * sizeof(float)));
  }
}

/// OpenBLAS takes a work area at its first product, here 128 MiB, and asks again for ever where there is none to have.
void let_blas_take_its_memory() {
  const Matrix<float> rows(64, 64);
  Matrix<float> products(64, 64);
  gram(rows.view(), 0.0F, products.view());
}

}  // namespace

TEST_CASE("lda reads a mapped file that does not fit into the memory it may take, and reads the same as in memory") {
  const TemporaryFolder folder;
  const std::string path = (folder / "rows").string();
  std::vector<std::int64_t> y, t;
  for (std::int64_t i = 0; i < kRows; ++i) {
    y.push_back(i / 2 % 2);
    t.push_back(i % 2);
  }
  write_rows(path, y);
  const Labels labels = code_labels(y, t, std::nullopt);
  const StoredRows rows({path, 0}, kRows, kDims);
  CHECK(rows.mapped());
  const ProbeKind& lda = probe_kinds().front();
  const auto read = [&](MatrixView<const float> z) {
    return cross_fit(lda, standardised_rows(z, 1), labels, {.threads = 1}).full.z_yt;
  };
  std::vector<double> mapped;
  let_blas_take_its_memory();
  {
    const MemoryLimit limit(std::uint64_t{112} << 20U);
    mapped = read(rows.view());
    CHECK_THROWS_AS(Matrix<float>(kRows, kDims), std::bad_alloc);
  }
  const LargeMatrix copy = ScaledRows(rows.view()).all(1);
  CHECK(!copy.in_file());
  CHECK(mapped == read(copy));
  // Noise is even over one unit: half of the rows lie where only one class does, and the truth is ½ ln 2 = .347. LDA
  // takes the noise for normal and reads less.
  double sum = 0.0;
  for (const double value : mapped) sum += value / kRows;
  CHECK((sum > 0.2 && sum < 0.347));
}
