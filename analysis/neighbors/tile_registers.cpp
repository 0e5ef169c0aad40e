#include "neighbors/tile_registers.h"

#include <cstdint>

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace equinfo {

#if defined(__x86_64__) && defined(__linux__)
namespace {

/// What LDTILECFG reads.
struct alignas(64) TileConfiguration {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

/// In memory for good: GCC 12 does not see that the intrinsic reads all of it, and drops what is stored just before.
constinit const TileConfiguration kEightTiles;

[[gnu::target("amx-tile")]] void configure() { _tile_loadconfig(&kEightTiles); }

[[gnu::target("amx-tile")]] void release() { _tile_release(); }

bool processor_has_tiles() {
  constexpr unsigned kBFloat16 = 1U << 22, kTile = 1U << 24;
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
  return (d & kBFloat16) != 0 && (d & kTile) != 0 && __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512bw");
}

/// Linux hands out the tiles' 8 KiB of state on request alone; older ones know no such request.
bool system_grants_tiles() {
  constexpr long kRequest = 0x1023, kTileData = 18;
  return syscall(SYS_arch_prctl, kRequest, kTileData) == 0;
}

}  // namespace

TileRegisters::TileRegisters() { configure(); }
TileRegisters::~TileRegisters() { release(); }

bool tiles_available() {
  static const bool available = processor_has_tiles() && system_grants_tiles();
  return available;
}

#else

TileRegisters::TileRegisters() = default;
TileRegisters::~TileRegisters() = default;
bool tiles_available() { return false; }

#endif

}  // namespace equinfo
