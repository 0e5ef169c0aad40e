#pragma once

#include <cstdint>
#include <span>

#include "audit/audit.h"
#include "core/matrix.h"

namespace equinfo {

/// Where in the image T can be read without knowing its content: I_out(T; tile) of each tile of a grid, by a T-only
/// probe of the tile's pixels, channel by channel, the magnitudes of its steps and their roots, tested on classes it
/// has not seen. [tiles down, tiles across], in nats. Tiles are of 4 × 4 pixels in images of up to 32, else there are
/// 8 × 8 of them. On at most `most` images; throws std::invalid_argument for two classes.
Matrix<double> shortcut_map(const ImageRows& images, std::span<const std::int64_t> y, const AuditedTransform& transform,
                            std::int64_t most, const AuditOptions& options);

}  // namespace equinfo
