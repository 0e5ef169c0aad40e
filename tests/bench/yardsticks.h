#pragma once

#include <cstdint>

#include "core/matrix.h"

namespace equinfo::bench {

/// What a piece of work took. Processor time, of all threads, says more than wall time on a machine that is not idle.
struct Seconds {
  double wall = 0.0, processor = 0.0;
};

/// Wall and processor time of this process since some moment.
Seconds now();
Seconds operator-(const Seconds& end, const Seconds& start);

template <class Work>
Seconds timed(const Work& work) {
  const Seconds start = now();
  work();
  return now() - start;
}

/// The bare product Z·Zᵀ in blocks, output discarded. 2·N²·d operations.
void bare_product(MatrixView<const float> z, int threads);

/// `count` multiply-adds of float32 that never leave the registers, in the widest ones there are: what the arithmetic
/// alone would take.
void multiply_adds_in_registers(double count, int threads);

}  // namespace equinfo::bench
