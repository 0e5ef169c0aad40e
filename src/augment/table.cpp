#include "augment/table.h"

#include "core/error.h"
#include "core/suggest.h"

namespace equinfo {

const std::vector<Augment>& augments() {
#define EQUINFO_ENTRY(name) augment_table::name(),
  static const std::vector<Augment> table{EQUINFO_AUGMENTS(EQUINFO_ENTRY)};
#undef EQUINFO_ENTRY
  return table;
}

std::vector<std::string> augment_names() {
  std::vector<std::string> names;
  for (const auto& augment : augments()) names.push_back(augment.name);
  return names;
}

const Augment& find_augment(const std::string& name) {
  for (const auto& augment : augments()) {
    if (augment.name == name) return augment;
  }
  throw std::invalid_argument(fmt::format("augment: \"{}\" is unknown; the nearest known one is \"{}\"", name,
                                          nearest_name(name, augment_names())));
}

}  // namespace equinfo
