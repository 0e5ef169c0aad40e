#pragma once

#include <unistd.h>

namespace equinfo {

/// An open file, closed at the end of its life; a mapping of it outlives it. Negative: none.
struct Descriptor {
  int number;

  explicit Descriptor(int open_file) : number(open_file) {}
  ~Descriptor() {
    if (number >= 0) close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
};

}  // namespace equinfo
