#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/array_container.h"

namespace equinfo {

/// What the header of a .npy file says about the bytes that follow it (NumPy enhancement proposal 1, versions 1–3).
struct NpyHeader {
  char kind = 'V';  ///< NumPy's letter: f, i, u, b; others cannot be read
  std::int64_t item_bytes = 0;
  bool big_endian = false, fortran_order = false;
  std::vector<std::int64_t> shape;

  ElementKind element_kind() const;
  std::string type_name() const;
};

/// The text of the header: a Python dictionary such as {'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }.
/// Throws IoError opened by `where` if a key is missing or malformed.
NpyHeader parse_npy_header(std::string_view text, const std::string& where);

}  // namespace equinfo
