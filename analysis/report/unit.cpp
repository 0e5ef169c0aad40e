#include "report/unit.h"

#include "core/error.h"

namespace equinfo {

Unit unit_named(std::string_view name) {
  require(name == kNats.name || name == kBits.name, "unit: '{}' is neither nats nor bits", name);
  return name == kBits.name ? kBits : kNats;
}

}  // namespace equinfo
