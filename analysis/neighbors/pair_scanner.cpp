#include "neighbors/pair_scanner.h"

#include <array>

#include "core/error.h"
#include "core/suggest.h"
#include "neighbors/amx_kernel.h"
#include "neighbors/prepared_rows.h"

namespace equinfo {
namespace {

struct NamedEngine {
  NeighborEngine engine;
  std::string_view name;
};

constexpr std::array kEngines{
    NamedEngine{NeighborEngine::kAuto, "auto"}, NamedEngine{NeighborEngine::kProduct, "product"},
    NamedEngine{NeighborEngine::kAvx2, "avx2"}, NamedEngine{NeighborEngine::kAvx512, "avx512"},
    NamedEngine{NeighborEngine::kAmx, "amx"},   NamedEngine{NeighborEngine::kCuda, "cuda"}};

}  // namespace

std::string_view name_of(NeighborEngine engine) {
  for (const auto& named : kEngines) {
    if (named.engine == engine) return named.name;
  }
  throw std::invalid_argument("neighbors: an engine without a name");
}

NeighborEngine neighbor_engine_named(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& named : kEngines) {
    if (named.name == name) return named.engine;
    names.emplace_back(named.name);
  }
  throw std::invalid_argument(
      fmt::format("neighbors: there is no engine named '{}'; did you mean '{}'?", name, nearest_name(name, names)));
}

Arithmetic arithmetic_of(NeighborEngine engine, std::int64_t cols) {
  constexpr std::int64_t kLeastAmxCols = 9;
  const bool pays = engine == NeighborEngine::kAuto && cols >= kLeastAmxCols && engine_available(NeighborEngine::kAmx);
  return pays || engine == NeighborEngine::kAmx ? Arithmetic::kSplit : Arithmetic::kSingle;
}

NeighborEngine resolve_engine(NeighborEngine engine, std::int64_t cols, Arithmetic arithmetic) {
  if (engine != NeighborEngine::kAuto) return engine;
  if (arithmetic == Arithmetic::kSplit) return NeighborEngine::kAmx;
  // By bench_knn at N = 20,000 on a processor with AVX-512, processor time in units of the bare product: avx512 /
  // product read .67 / .96 at d = 128 and .64 / .73 at 512, for a third more memory; avx2 reads 1.4 at 16, against a
  // product twice as fast as one without AVX-512 would be.
  constexpr std::int64_t kMostAvx2Cols = 64;
  if (engine_available(NeighborEngine::kAvx512)) return NeighborEngine::kAvx512;
  if (cols <= kMostAvx2Cols && engine_available(NeighborEngine::kAvx2)) return NeighborEngine::kAvx2;
  return NeighborEngine::kProduct;
}

std::int64_t scanner_bytes(NeighborEngine engine, std::int64_t cols) {
  switch (resolve_engine(engine, cols, arithmetic_of(engine, cols))) {
    case NeighborEngine::kAmx:
      return 2 * TileShape(cols).tiles() * TileShape::kDepth * static_cast<std::int64_t>(sizeof(BFloat16));
    case NeighborEngine::kAvx2:
    case NeighborEngine::kAvx512:
      return cols * static_cast<std::int64_t>(sizeof(float));
    default:
      return 0;
  }
}

std::unique_ptr<PairScanner> make_scanner(NeighborEngine engine, const PreparedRows& rows, int threads) {
  require(engine != NeighborEngine::kCuda && engine_available(engine),
          "neighbors: this processor or its system cannot run the engine '{}'", name_of(engine));
  const NeighborEngine resolved = resolve_engine(engine, rows.cols(), rows.arithmetic());
  require(arithmetic_of(resolved, rows.cols()) == rows.arithmetic(),
          "neighbors: the rows are not prepared for the engine '{}'", name_of(resolved));
  if (resolved == NeighborEngine::kAmx) return make_amx_scanner(rows, threads);
  return resolved == NeighborEngine::kProduct ? make_product_scanner(rows) : make_vector_scanner(resolved, rows);
}

}  // namespace equinfo
