#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/random.h"
#include "store/features_writer.h"

namespace equinfo {

/// How a made-up features file looks.
struct SmallFeatures {
  std::vector<EmbeddingSpec> embeddings{{"encoder", "encoder", 0, 4}};
  RootAttributes attributes{{"transform", "rotation4"}, {"split", "test"}};
  std::int64_t sources = 60, classes = 3, transforms = 2;
  std::int64_t seed = 0;          ///< of the noise, and the root attribute
  std::int64_t first_source = 0;  ///< number of the first image
};

/// Writes `sources` images of `classes` classes under `transforms` transformations each, in order: row i has
/// t = i % transforms, source = i / transforms, y = source % classes. Column 0 leans towards the class and column 1
/// towards the transformation; embedding number e is separated e + 1 standard deviations.
inline void write_small_features(const std::filesystem::path& path, const SmallFeatures& what = {}) {
  const std::int64_t rows = what.sources * what.transforms;
  std::vector<std::int64_t> y, t, source;
  for (std::int64_t i = 0; i < rows; ++i) {
    t.push_back(i % what.transforms);
    source.push_back(what.first_source + i / what.transforms);
    y.push_back(i / what.transforms % what.classes);
  }
  ShardWriter shard(path, {y, t, source}, what.embeddings,
                    {.type = FeatureType::kFloat32, .attributes = what.attributes, .seed = what.seed});
  for (std::size_t e = 0; e < what.embeddings.size(); ++e) {
    RandomStream noise(7 + static_cast<std::uint64_t>(what.seed), "small features", e);
    Matrix<float> z(rows, what.embeddings[e].dims);
    for (std::int64_t i = 0; i < rows; ++i) {
      for (float& value : z.row(i)) value = static_cast<float>(noise.normal());
      const double lean = static_cast<double>(e) + 1.0;
      z(i, 0) += static_cast<float>(lean * static_cast<double>(y[static_cast<std::size_t>(i)]));
      z(i, 1) += static_cast<float>(lean * static_cast<double>(t[static_cast<std::size_t>(i)]));
    }
    shard.append(e, z);
  }
  shard.finish();
}

}  // namespace equinfo
