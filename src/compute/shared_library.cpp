#include "compute/shared_library.h"

#include <dlfcn.h>
#include <stdexcept>

#include <fmt/format.h>

namespace equinfo {

SharedLibrary::SharedLibrary(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    handle_ = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    name_ = name;
    if (handle_ != nullptr) return;
  }
}

void* SharedLibrary::address_of(const char* name) const {
  void* address = handle_ == nullptr ? nullptr : dlsym(handle_, name);
  if (address == nullptr) throw std::runtime_error(fmt::format("{}: has no function {}", name_, name));
  return address;
}

}  // namespace equinfo
