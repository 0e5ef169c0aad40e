#pragma once

#include <memory>

#include "neighbors/pair_scanner.h"
#include "neighbors/row_arrangement.h"

namespace equinfo {

/// The scanner of the engine asked for; for kAuto of the first of engines_to_try that is not too coarse for these rows,
/// as the radii of k neighbours of some of them show. Prepares the rows for its arithmetic.
std::unique_ptr<PairScanner> choose_scanner(PreparedRows& rows, const Arrangement& arrangement, int k,
                                            const NeighborOptions& options);

}  // namespace equinfo
