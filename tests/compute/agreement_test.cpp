#include "compute/agreement.h"

#include <vector>

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

template <class... Parts>
std::uint64_t fingerprint_of(const Parts&... parts) {
  Agreement agreement;
  (agreement.add(parts), ...);
  return agreement.fingerprint();
}

std::span<const std::byte> bytes_of(const std::vector<std::int32_t>& codes) { return std::as_bytes(std::span(codes)); }

}  // namespace

TEST_CASE("agreement: equal bytes have equal fingerprints, and any change of them shows") {
  const std::vector<std::int32_t> codes{1, 2, 3}, same = codes, other{1, 2, 4}, more{1, 2, 3, 0}, empty;
  CHECK(fingerprint_of(bytes_of(codes)) == fingerprint_of(bytes_of(same)));
  CHECK(fingerprint_of(bytes_of(codes)) != fingerprint_of(bytes_of(other)));
  CHECK(fingerprint_of(bytes_of(codes)) != fingerprint_of(bytes_of(more)));
  CHECK(fingerprint_of(bytes_of(codes)) != fingerprint_of(bytes_of(codes), bytes_of(empty)));
  CHECK(fingerprint_of(bytes_of(codes), bytes_of(other)) != fingerprint_of(bytes_of(other), bytes_of(codes)));
}

TEST_CASE("agreement: rows are what they hold, however they lie, and of many some thousand are looked at") {
  Matrix<float> wide(10000, 3), narrow(10000, 2);
  for (std::int64_t i = 0; i < 10000; ++i) wide(i, 0) = narrow(i, 0) = static_cast<float>(i);
  const MatrixView<const float> within(wide.data(), 10000, 2, 3), all = narrow;
  const std::uint64_t before = fingerprint_of(all);
  CHECK(fingerprint_of(within) == before);
  CHECK(fingerprint_of(all.middle_rows(0, 9999)) != before);
  narrow(4096, 1) = 1.0F;  // every second row
  CHECK(fingerprint_of(all) != before);
}

TEST_CASE("agreement: a process alone agrees with itself") { Agreement().require("never said"); }
