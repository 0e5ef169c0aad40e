#include "neighbors/pair_scanner.h"

#include <algorithm>
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
    NamedEngine{NeighborEngine::kVnni, "vnni"}, NamedEngine{NeighborEngine::kAmx, "amx"},
    NamedEngine{NeighborEngine::kCuda, "cuda"}};

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

std::vector<NeighborEngine> engines_to_try(NeighborEngine engine, std::int64_t cols) {
  if (engine != NeighborEngine::kAuto) return {engine};
  // By bench_speed on processors that have them. avx512 / vnni in time of counts reads 1.0 at 4 columns, 1.55 at
  // 16, 2.4 at 64 and 1.5 at 512.
  constexpr std::int64_t kLeastAmxCols = 9, kLeastVnniCols = 5;
  // By bench_knn at N = 20,000 on a processor with AVX-512, processor time in units of the bare product: avx512 /
  // product read .67 / .96 at d = 128 and .64 / .73 at 512, for a third more memory; avx2 reads 1.4 at 16, against a
  // product twice as fast as one without AVX-512 would be.
  constexpr std::int64_t kMostAvx2Cols = 64;
  std::vector<NeighborEngine> engines;
  if (cols >= kLeastAmxCols && engine_available(NeighborEngine::kAmx)) engines.push_back(NeighborEngine::kAmx);
  if (cols >= kLeastVnniCols && engine_available(NeighborEngine::kVnni)) engines.push_back(NeighborEngine::kVnni);
  if (engine_available(NeighborEngine::kAvx512)) {
    engines.push_back(NeighborEngine::kAvx512);
  } else if (cols <= kMostAvx2Cols && engine_available(NeighborEngine::kAvx2)) {
    engines.push_back(NeighborEngine::kAvx2);
  } else {
    engines.push_back(NeighborEngine::kProduct);
  }
  return engines;
}

Arithmetic arithmetic_of(NeighborEngine engine) {
  return engine == NeighborEngine::kAmx ? Arithmetic::kSplit : Arithmetic::kSingle;
}

namespace {

std::int64_t bytes_of(NeighborEngine engine, std::int64_t cols) {
  switch (engine) {
    case NeighborEngine::kAmx:
      return 2 * TileShape(cols).tiles() * TileShape::kDepth * static_cast<std::int64_t>(sizeof(BFloat16));
    case NeighborEngine::kVnni:
      return integer_scanner_bytes(cols);
    case NeighborEngine::kAvx2:
    case NeighborEngine::kAvx512:
      return cols * static_cast<std::int64_t>(sizeof(float));
    default:
      return 0;
  }
}

}  // namespace

std::int64_t scanner_bytes(NeighborEngine engine, std::int64_t cols) {
  std::int64_t most = 0;
  for (const NeighborEngine tried : engines_to_try(engine, cols)) most = std::max(most, bytes_of(tried, cols));
  return most;
}

std::unique_ptr<PairScanner> make_scanner(NeighborEngine engine, const PreparedRows& rows, int threads) {
  require(engine != NeighborEngine::kAuto && engine != NeighborEngine::kCuda && engine_available(engine),
          "neighbors: this processor or its system cannot run the engine '{}'", name_of(engine));
  require(arithmetic_of(engine) == rows.arithmetic(), "neighbors: the rows are not prepared for the engine '{}'",
          name_of(engine));
  if (engine == NeighborEngine::kVnni) return make_integer_scanner(rows, threads);
  if (engine == NeighborEngine::kAmx) return make_amx_scanner(rows, threads);
  return engine == NeighborEngine::kProduct ? make_product_scanner(rows) : make_vector_scanner(engine, rows);
}

}  // namespace equinfo
