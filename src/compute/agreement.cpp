#include "compute/agreement.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "compute/team.h"

namespace equinfo {

/// FNV-1a, a word at a time.
void Agreement::add(std::uint64_t word) { fingerprint_ = (fingerprint_ ^ word) * 0x100000001b3ULL; }

void Agreement::add(std::span<const std::byte> bytes) {
  add(static_cast<std::uint64_t>(bytes.size()));
  for (std::size_t first = 0; first < bytes.size(); first += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + first, std::min(sizeof(word), bytes.size() - first));
    add(word);
  }
}

void Agreement::add(MatrixView<const float> rows) {
  constexpr std::int64_t kRows = 4096;
  add(static_cast<std::uint64_t>(rows.rows()));
  const std::int64_t step = std::max<std::int64_t>(1, rows.rows() / kRows);
  for (std::int64_t i = 0; i < rows.rows(); i += step) add(std::as_bytes(rows.row(i)));
}

void Agreement::require(const std::string& message) const {
  if (!work_is_shared()) return;
  const auto fingerprints = gather_over_team(std::as_bytes(std::span(&fingerprint_, 1)));
  if (std::ranges::adjacent_find(fingerprints, std::ranges::not_equal_to()) == fingerprints.end()) return;
  throw std::invalid_argument(message);
}

}  // namespace equinfo
