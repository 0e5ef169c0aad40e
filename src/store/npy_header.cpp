#include "store/npy_header.h"

#include <charconv>

#include "core/error.h"

namespace equinfo {
namespace {

/// What follows "'key':", blanks skipped.
std::string_view value_of(std::string_view text, std::string_view key, const std::string& where) {
  const std::size_t found = text.find(fmt::format("'{}':", key));
  require_file(found != std::string_view::npos, "{}: the .npy header has no '{}'", where, key);
  text.remove_prefix(found + key.size() + 3);
  const std::size_t start = text.find_first_not_of(' ');
  return start == std::string_view::npos ? std::string_view() : text.substr(start);
}

/// '<f4' and its like; a list (a structured type) leaves the kind at 'V'.
void parse_type(std::string_view value, NpyHeader& header) {
  const std::size_t end = value.starts_with('\'') ? value.find('\'', 1) : std::string_view::npos;
  if (end == std::string_view::npos || end < 3) return;
  header.big_endian = value[1] == '>';
  header.kind = value[2];
  std::from_chars(value.data() + 3, value.data() + end, header.item_bytes);  // '|O' has no size
}

std::vector<std::int64_t> parse_shape(std::string_view value, const std::string& where) {
  const std::size_t end = value.find(')');
  require_file(value.starts_with('(') && end != std::string_view::npos, "{}: the .npy header has a malformed shape",
               where);
  std::vector<std::int64_t> shape;
  for (const char* at = value.data() + 1; at < value.data() + end;) {
    if (*at == ' ' || *at == ',') {
      ++at;
      continue;
    }
    std::int64_t extent = 0;
    const auto [next, failure] = std::from_chars(at, value.data() + end, extent);
    require_file(failure == std::errc() && extent >= 0, "{}: the .npy header has a malformed shape", where);
    shape.push_back(extent);
    at = next;
  }
  return shape;
}

}  // namespace

ElementKind NpyHeader::element_kind() const {
  if (kind == 'f' && item_bytes == 2) return ElementKind::kFloat16;
  if (kind == 'f' && item_bytes == 4) return ElementKind::kFloat32;
  if (kind == 'f' && item_bytes == 8) return ElementKind::kFloat64;
  const bool machine_size = item_bytes == 1 || item_bytes == 2 || item_bytes == 4 || item_bytes == 8;
  if (kind == 'i' && machine_size) return ElementKind::kInt64;
  if ((kind == 'u' && machine_size) || (kind == 'b' && item_bytes == 1)) return ElementKind::kUint64;
  return ElementKind::kOther;
}

std::string NpyHeader::type_name() const {
  switch (kind) {
    case 'f':
      return fmt::format("float{}", 8 * item_bytes);
    case 'i':
      return fmt::format("int{}", 8 * item_bytes);
    case 'u':
      return fmt::format("uint{}", 8 * item_bytes);
    case 'b':
      return "bool";
    case 'U':
    case 'S':
      return "text";
    case 'O':
      return "Python objects";
    default:
      return "a type that holds no real numbers";
  }
}

NpyHeader parse_npy_header(std::string_view text, const std::string& where) {
  NpyHeader header;
  parse_type(value_of(text, "descr", where), header);
  header.fortran_order = value_of(text, "fortran_order", where).starts_with("True");
  header.shape = parse_shape(value_of(text, "shape", where), where);
  return header;
}

}  // namespace equinfo
