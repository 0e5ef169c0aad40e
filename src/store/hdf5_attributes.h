#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "store/hdf5_handle.h"

namespace equinfo::hdf5 {

using Attribute = std::variant<std::string, std::int64_t>;
using Attributes = std::map<std::string, Attribute>;

/// Writes a scalar attribute of a file, group or dataset: UTF-8 text of variable length, or a 64-bit integer. `where`
/// opens the message of the IoError.
void write_attribute(hid_t object, const std::string& name, const Attribute& value, const std::string& where);

/// Writes an array of float64 as the attribute.
void write_numbers(hid_t object, const std::string& name, std::span<const double> values, const std::string& where);

/// The scalar text and integer attributes of an object; others (arrays, floats) are passed over. Throws IoError.
Attributes read_attributes(hid_t object, const std::string& where);

/// The numbers of the attribute `name`, a scalar or an array, as float64; nullopt if there is none. Throws IoError if
/// it holds no numbers.
std::optional<std::vector<double>> read_number_attribute(hid_t object, const std::string& name,
                                                         const std::string& where);

/// The integer attribute `name`, or `otherwise` if there is none (or it is text).
std::int64_t integer_or(const Attributes& attributes, const std::string& name, std::int64_t otherwise);

/// Throws IoError if the file says that it is one of ours but was never finished.
void require_complete(const Attributes& root, const std::string& where);

}  // namespace equinfo::hdf5
