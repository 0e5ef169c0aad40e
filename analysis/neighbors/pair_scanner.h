#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>
#include <vector>

#include "core/matrix.h"
#include "neighbors/prepared_rows.h"

namespace equinfo {

/// How the float32 pass over the pairs is made.
enum class NeighborEngine {
  kAuto,     ///< the fastest by measurement for the problem's size and the machine
  kProduct,  ///< matrix products of tiles, then thresholds: for many columns, and everywhere available
  kAvx2,     ///< sums in registers, 8 at a time
  kAvx512,   ///< sums in registers, 16 at a time
  kVnni,     ///< sums of integers of 8 bits in registers, then float32 for the few pairs that these leave
  kAmx,      ///< products of split coordinates in tile registers
  kCuda      ///< a CUDA device does search and counts as a whole (device_kernels.h)
};

/// A pair of rows whose distance may lie within a limit. `low` ≤ D² ≤ low + slack of the two rows (PreparedRows).
struct PairCandidate {
  std::int32_t i, j;
  float low;
};

/// Candidates of one scan, field by field so that kernels may write many at once; the storage is kept from scan to
/// scan.
struct CandidateList {
  std::vector<std::int32_t> i, j;
  std::vector<float> low;
  std::size_t size = 0;

  PairCandidate operator[](std::size_t c) const { return {i[c], j[c], low[c]}; }
  /// Room for `more` behind the present ones, to be written at [size++], and for a register's width of scribble.
  void make_room(std::size_t more) {
    constexpr std::size_t kScribble = 16;
    if (low.size() >= size + more + kScribble) return;
    const std::size_t room = 2 * (size + more + kScribble);
    i.resize(room);
    j.resize(room);
    low.resize(room);
  }
  /// Room must have been made.
  void add(const PairCandidate& pair) {
    i[size] = pair.i;
    j[size] = pair.j;
    low[size++] = pair.low;
  }
};

/// Rows [row_begin, row_end) against columns [col_begin, col_end), both indices of prepared rows.
struct ScanTile {
  std::int64_t row_begin = 0, row_end = 0, col_begin = 0, col_end = 0;
  const float* row_limit = nullptr;  ///< limit on D² of each row of the tile, [row_end − row_begin]
  const float* col_limit = nullptr;  ///< limit on D² of each prepared row, [padded rows]; −∞ for none
};

/// One way to find the pairs of a tile whose D² may be at most the larger of the two rows' limits. It may report pairs
/// that are not, never miss one. To add an engine: derive, name it in NeighborEngine, and offer it in make_scanner.
class PairScanner {
 public:
  virtual ~PairScanner() = default;
  /// Appends the candidates of a tile. `scratch` belongs to the calling thread and is reused.
  virtual void scan(const ScanTile& tile, std::vector<float>& scratch, CandidateList& out) const = 0;
  /// How much further apart than a limit, in the scaled unit of D, a pair may be that is looked at a second time.
  virtual double blur() const { return 0.0; }
};

/// Its name for people and options, such as "avx512", and the inverse, which throws std::invalid_argument.
std::string_view name_of(NeighborEngine engine);
NeighborEngine neighbor_engine_named(std::string_view name);
/// Whether this machine can run the engine.
bool engine_available(NeighborEngine engine);
/// The processor's engines that kAuto tries in turn at `cols` columns, the fastest first, the last one whatever the
/// rows; an engine that is asked for by name alone.
std::vector<NeighborEngine> engines_to_try(NeighborEngine engine, std::int64_t cols);
/// What rows must be prepared for.
Arithmetic arithmetic_of(NeighborEngine engine);

/// Bytes that the engine holds of each row beside the prepared ones, if these have `cols` columns; kAuto: the most that
/// any of those it tries does.
std::int64_t scanner_bytes(NeighborEngine engine, std::int64_t cols);

/// Each engine's own maker; `make_scanner` picks. Throws std::invalid_argument for kAuto, for an engine that cannot run
/// here or is none of the processor's, or computes in another arithmetic than the rows are prepared for.
std::unique_ptr<PairScanner> make_scanner(NeighborEngine engine, const PreparedRows& rows, int threads = 1);
std::unique_ptr<PairScanner> make_amx_scanner(const PreparedRows& rows, int threads);
std::unique_ptr<PairScanner> make_integer_scanner(const PreparedRows& rows, int threads);
std::int64_t integer_scanner_bytes(std::int64_t cols);
std::unique_ptr<PairScanner> make_product_scanner(const PreparedRows& rows);
std::unique_ptr<PairScanner> make_vector_scanner(NeighborEngine engine, const PreparedRows& rows);

}  // namespace equinfo
