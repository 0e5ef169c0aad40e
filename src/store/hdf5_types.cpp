#include "store/hdf5_types.h"

#include <stdexcept>

namespace equinfo::hdf5 {
namespace {

TypeDescription describe_integer(hid_t type, const std::string& name_if_enum) {
  const std::size_t bytes = H5Tget_size(type);
  const bool has_sign = H5Tget_sign(type) != H5T_SGN_NONE;
  const std::string name = name_if_enum.empty() ? fmt::format("{}int{}", has_sign ? "" : "u", 8 * bytes) : name_if_enum;
  if (bytes > 8) return {ElementKind::kOther, name};
  return {has_sign ? ElementKind::kInt64 : ElementKind::kUint64, name};
}

TypeDescription describe_float(hid_t type) {
  const std::size_t bytes = H5Tget_size(type);
  std::string name = fmt::format("float{}", 8 * bytes);
  if (bytes == 2 && H5Tget_ebias(type) == 15) return {ElementKind::kFloat16, name};
  if (bytes <= 4) return {ElementKind::kFloat32, name};  // bfloat16 too: HDF5 widens what is no IEEE half
  return {bytes == 8 ? ElementKind::kFloat64 : ElementKind::kOther, name};
}

}  // namespace

Handle half_type() {
  const std::string where = "float16";
  Handle type(H5Tcopy(H5T_IEEE_F32LE), H5Tclose, where);
  check(H5Tset_fields(type, 15, 10, 5, 0, 10), where);
  check(H5Tset_size(type, 2), where);
  check(H5Tset_ebias(type, 15), where);
  return type;
}

Handle memory_type(ElementKind kind) {
  const std::string where = "type in memory";
  switch (kind) {
    case ElementKind::kFloat16:
      return half_type();
    case ElementKind::kFloat32:
      return {H5Tcopy(H5T_NATIVE_FLOAT), H5Tclose, where};
    case ElementKind::kFloat64:
      return {H5Tcopy(H5T_NATIVE_DOUBLE), H5Tclose, where};
    case ElementKind::kInt64:
      return {H5Tcopy(H5T_NATIVE_INT64), H5Tclose, where};
    case ElementKind::kUint64:
      return {H5Tcopy(H5T_NATIVE_UINT64), H5Tclose, where};
    case ElementKind::kOther:
      break;
  }
  throw std::logic_error("store: an array of an unknown type was read");
}

TypeDescription describe_type(hid_t type, const std::string& where) {
  switch (check(H5Tget_class(type), where)) {
    case H5T_FLOAT:
      return describe_float(type);
    case H5T_INTEGER:
      return describe_integer(type, "");
    case H5T_ENUM:
      return describe_integer(Handle(H5Tget_super(type), H5Tclose, where), "bool or enum");
    case H5T_STRING:
      return {ElementKind::kOther, "text"};
    case H5T_COMPOUND:
      return {ElementKind::kOther, "a compound type"};
    default:
      return {ElementKind::kOther, "a type that holds no numbers"};
  }
}

}  // namespace equinfo::hdf5
