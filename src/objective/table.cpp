#include "objective/table.h"

#include "core/error.h"
#include "core/suggest.h"

namespace equinfo {

const std::vector<Objective>& objectives() {
#define EQUINFO_ENTRY(name) objective_table::name(),
  static const std::vector<Objective> table{EQUINFO_OBJECTIVES(EQUINFO_ENTRY)};
#undef EQUINFO_ENTRY
  return table;
}

std::vector<std::string> objective_names() {
  std::vector<std::string> names;
  for (const auto& objective : objectives()) names.push_back(objective.name);
  return names;
}

const Objective& find_objective(const std::string& name) {
  for (const auto& objective : objectives()) {
    if (objective.name == name) return objective;
  }
  throw std::invalid_argument(fmt::format("objective: \"{}\" is unknown; the nearest known one is \"{}\"", name,
                                          nearest_name(name, objective_names())));
}

std::string objective_list() {
  std::string text;
  for (const auto& objective : objectives()) text += fmt::format("  {:<16} {}\n", objective.name, objective.summary);
  return text;
}

}  // namespace equinfo
