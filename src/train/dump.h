#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "encoder/encoder.h"
#include "train/heldout.h"
#include "train/images.h"

namespace equinfo {

/// What one epoch's features are written from and with.
struct DumpRequest {
  const TrainConfig& config;
  const DeviceImages& images;                     ///< the held-out ones
  const HeldoutValues& values;                    ///< of their transformation
  std::vector<std::int64_t> rows;                 ///< which of them, ascending; their numbers become /source
  std::map<std::string, std::string> attributes;  ///< of the file's root
};

/// An encoder and what it wants its pixels turned into.
struct FrozenEncoder {
  Encoder encoder;
  const PixelScale& scale;
};

/// Writes the features of every value of the transformation of each chosen image, as the shard `path`; K rows an image
/// with /t [N] int64, or for a continuous T `transform.draws` rows with /t [N, p] float64 and their periods.
/// `epoch` goes with them if it is known.
/// Says on standard error how many values float16 could not hold. Throws IoError.
void dump_features(FrozenEncoder frozen, const DumpRequest& request, std::optional<std::int64_t> epoch,
                   const std::filesystem::path& path);

}  // namespace equinfo
