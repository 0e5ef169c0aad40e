#pragma once

namespace equinfo {

/// The calling thread's tile registers, as long as this lives.
class TileRegisters {
 public:
  TileRegisters();
  ~TileRegisters();
  TileRegisters(const TileRegisters&) = delete;
  TileRegisters& operator=(const TileRegisters&) = delete;
};

/// Whether this processor has tiles of bfloat16, and the system lets this process use them, for which it is asked once.
bool tiles_available();

}  // namespace equinfo
