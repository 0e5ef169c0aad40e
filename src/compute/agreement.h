#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "core/matrix.h"

namespace equinfo {

/// What the processes of a team (team.h) must have in common before they go on together: a fingerprint of it.
class Agreement {
 public:
  void add(std::span<const std::byte> bytes);
  /// Of some thousand rows, evenly spaced: other numbers differ in most of them.
  void add(MatrixView<const float> rows);
  /// Throws std::invalid_argument with the message if another process has added anything else. Nothing where work is
  /// not shared.
  void require(const std::string& message) const;

  std::uint64_t fingerprint() const { return fingerprint_; }

 private:
  void add(std::uint64_t word);

  std::uint64_t fingerprint_ = 0xcbf29ce484222325ULL;
};

}  // namespace equinfo
