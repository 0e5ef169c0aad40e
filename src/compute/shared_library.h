#pragma once

#include <string>
#include <vector>

namespace equinfo {

/// A library that a machine may lack, opened while the program runs. It stays open.
class SharedLibrary {
 public:
  /// The first of some names that the system's loader finds.
  explicit SharedLibrary(const std::vector<std::string>& names);

  bool found() const { return handle_ != nullptr; }
  /// One of its functions, such as function<int(unsigned)>("cuInit"). Throws std::runtime_error if there is none.
  template <class Signature>
  Signature* function(const char* name) const {
    return reinterpret_cast<Signature*>(address_of(name));
  }

 private:
  void* address_of(const char* name) const;

  void* handle_ = nullptr;
  std::string name_;
};

}  // namespace equinfo
