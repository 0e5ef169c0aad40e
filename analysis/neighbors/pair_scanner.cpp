#include "neighbors/pair_scanner.h"

#include "core/error.h"
#include "neighbors/prepared_rows.h"

namespace equinfo {

NeighborEngine resolve_engine(NeighborEngine engine, std::int64_t cols) {
  if (engine != NeighborEngine::kAuto) return engine;
  constexpr std::int64_t kMostVectorCols = 64;
  return cols <= kMostVectorCols && engine_available(NeighborEngine::kVector) ? NeighborEngine::kVector
                                                                              : NeighborEngine::kProduct;
}

std::unique_ptr<PairScanner> make_scanner(NeighborEngine engine, const PreparedRows& rows) {
  require(engine_available(engine),
          "neighbors: this processor has neither AVX2 nor AVX-512, so engine = vector cannot run");
  switch (resolve_engine(engine, rows.cols())) {
    case NeighborEngine::kVector:
      return make_vector_scanner(rows);
    default:
      return make_product_scanner(rows);
  }
}

}  // namespace equinfo
