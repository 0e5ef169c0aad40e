#include "transform/table.h"

#include "core/error.h"
#include "core/suggest.h"

namespace equinfo {

const std::vector<Transform>& transforms() {
#define EQUINFO_ENTRY(name) transform_table::name(),
  static const std::vector<Transform> table{EQUINFO_TRANSFORMS(EQUINFO_ENTRY)};
#undef EQUINFO_ENTRY
  return table;
}

std::vector<std::string> transform_names() {
  std::vector<std::string> names;
  for (const auto& transform : transforms()) names.push_back(transform.name);
  return names;
}

const Transform& find_transform(const std::string& name) {
  for (const auto& transform : transforms()) {
    if (transform.name == name) return transform;
  }
  throw std::invalid_argument(fmt::format("transform: \"{}\" is unknown; the nearest known one is \"{}\"", name,
                                          nearest_name(name, transform_names())));
}

}  // namespace equinfo
