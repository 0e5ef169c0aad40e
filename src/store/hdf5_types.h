#pragma once

#include "store/array_container.h"
#include "store/hdf5_handle.h"

namespace equinfo::hdf5 {

/// IEEE binary16, little-endian, as h5py and others write it (HDF5 1.10 has no name for it).
Handle half_type();

/// The type in memory for an element kind. Throws std::logic_error for kOther.
Handle memory_type(ElementKind kind);

struct TypeDescription {
  ElementKind kind = ElementKind::kOther;
  std::string name;
};

/// What a dataset's type is: the kind it is read as, and its name ("float16", "uint8", "bool", "text", …).
TypeDescription describe_type(hid_t type, const std::string& where);

}  // namespace equinfo::hdf5
