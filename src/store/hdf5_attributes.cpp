#include "store/hdf5_attributes.h"

namespace equinfo::hdf5 {
namespace {

Handle text_type(const std::string& where) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose, where);
  check(H5Tset_size(type, H5T_VARIABLE), where);
  check(H5Tset_cset(type, H5T_CSET_UTF8), where);
  return type;
}

void write_value(hid_t object, const std::string& name, hid_t file_type, hid_t memory_type, const void* value,
                 const std::string& where) {
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose, where);
  const Handle attribute(H5Acreate2(object, name.c_str(), file_type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose, where);
  check(H5Awrite(attribute, memory_type, value), where);
}

std::string read_variable_text(hid_t attribute, hid_t type, const std::string& where) {
  char* text = nullptr;
  check(H5Aread(attribute, type, &text), where);
  std::string copy = text != nullptr ? text : "";
  H5free_memory(text);
  return copy;
}

std::string read_fixed_text(hid_t attribute, hid_t type, const std::string& where) {
  std::string text(H5Tget_size(type), '\0');
  check(H5Aread(attribute, type, text.data()), where);
  return text.substr(0, text.find('\0'));
}

std::optional<Attribute> read_value(hid_t attribute, const std::string& where) {
  const Handle space(H5Aget_space(attribute), H5Sclose, where);
  const Handle type(H5Aget_type(attribute), H5Tclose, where);
  if (H5Sget_simple_extent_npoints(space) != 1) return std::nullopt;
  if (H5Tget_class(type) == H5T_STRING) {
    return check(H5Tis_variable_str(type), where) > 0 ? read_variable_text(attribute, type, where)
                                                      : read_fixed_text(attribute, type, where);
  }
  if (H5Tget_class(type) != H5T_INTEGER) return std::nullopt;
  std::int64_t value = 0;
  check(H5Aread(attribute, H5T_NATIVE_INT64, &value), where);
  return value;
}

herr_t keep_name(hid_t /*object*/, const char* name, const H5A_info_t* /*info*/, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

}  // namespace

void write_attribute(hid_t object, const std::string& name, const Attribute& value, const std::string& where) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    const Handle type = text_type(where);
    const char* characters = text->c_str();
    write_value(object, name, type, type, &characters, where);
  } else {
    write_value(object, name, H5T_STD_I64LE, H5T_NATIVE_INT64, &std::get<std::int64_t>(value), where);
  }
}

void write_numbers(hid_t object, const std::string& name, std::span<const double> values, const std::string& where) {
  const hsize_t extent = values.size();
  const Handle space(H5Screate_simple(1, &extent, nullptr), H5Sclose, where);
  const Handle attribute(H5Acreate2(object, name.c_str(), H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
                         where);
  check(H5Awrite(attribute, H5T_NATIVE_DOUBLE, values.data()), where);
}

Attributes read_attributes(hid_t object, const std::string& where) {
  std::vector<std::string> names;
  hsize_t position = 0;
  check(H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_NATIVE, &position, keep_name, &names), where);
  Attributes attributes;
  for (const std::string& name : names) {
    const std::string which = fmt::format("{}: attribute {}", where, name);
    const Handle attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose, which);
    if (auto value = read_value(attribute, which)) attributes.emplace(name, std::move(*value));
  }
  return attributes;
}

std::optional<std::vector<double>> read_number_attribute(hid_t object, const std::string& name,
                                                         const std::string& where) {
  if (check(H5Aexists(object, name.c_str()), where) == 0) return std::nullopt;
  const std::string which = fmt::format("{}: attribute {}", where, name);
  const Handle attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose, which);
  const Handle type(H5Aget_type(attribute), H5Tclose, which);
  const H5T_class_t kind = H5Tget_class(type);
  require_file(kind == H5T_FLOAT || kind == H5T_INTEGER, "{}: holds no numbers", which);
  const Handle space(H5Aget_space(attribute), H5Sclose, which);
  std::vector<double> numbers(static_cast<std::size_t>(check(H5Sget_simple_extent_npoints(space), which)));
  if (!numbers.empty()) check(H5Aread(attribute, H5T_NATIVE_DOUBLE, numbers.data()), which);
  return numbers;
}

std::int64_t integer_or(const Attributes& attributes, const std::string& name, std::int64_t otherwise) {
  const auto found = attributes.find(name);
  const auto* value = found == attributes.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
  return value != nullptr ? *value : otherwise;
}

void require_complete(const Attributes& root, const std::string& where) {
  require_file(!root.contains("schema") || integer_or(root, "complete", 0) == 1,
               "{}: is incomplete (it has the attribute schema, but not complete = 1): its writer was stopped", where);
}

}  // namespace equinfo::hdf5
