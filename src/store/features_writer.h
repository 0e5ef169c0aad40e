#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/matrix.h"

namespace equinfo {

enum class FeatureType { kFloat16, kFloat32 };

/// Text attributes of the file's root, such as {"transform", "rotation4"}; see formats in the README of this folder.
using RootAttributes = std::map<std::string, std::string>;

/// One embedding of a shard: the dataset `/z/<name>` [rows, dims] with the attributes `layer` and, if known, `epoch`.
struct EmbeddingSpec {
  std::string name;                   ///< dataset name below /z, such as "encoder" or "epoch_0007/encoder"
  std::string layer;                  ///< attribute `layer`
  std::optional<std::int64_t> epoch;  ///< attribute `epoch`; none for weights of unknown training
  std::int64_t dims = 0;
};

/// Writes one features.h5 (schema 1) so that a killed process never leaves a file that looks whole: everything goes to
/// `<path>.partial`, `complete = 1` is the last attribute, then fsync and rename. Rows may arrive in pieces, in order.
///
///     ShardWriter shard("features/epoch_0007.h5", {y, t, source}, {{"encoder", "encoder", 7, 512}}, options);
///     for (…) shard.append(0, features_of_these_rows);
///     shard.finish();
///
/// HDF5 is not thread-safe; everything in this folder takes one lock around it, so any thread may call.
class ShardWriter {
 public:
  struct Labels {
    std::span<const std::int64_t> y, t, source;  ///< equal lengths N; t empty if there is a parameter
    MatrixView<const double> parameter = {};     ///< [N, p] without gaps, of a continuous transformation
    std::span<const double> period = {};         ///< [p], after which a component repeats; 0: never
  };
  struct Options {
    FeatureType type = FeatureType::kFloat16;
    int gzip_level = 0;         ///< 0 (none) … 9
    RootAttributes attributes;  ///< of others: `schema`, `schema_version`, `created_utc`, `complete` are added
    std::int64_t seed = 0;      ///< integer root attribute `seed`
  };

  /// Throws IoError if the file cannot be made, std::invalid_argument on labels of unequal lengths, no embeddings, or
  /// an attribute that the writer itself sets.
  ShardWriter(std::filesystem::path path, Labels labels, std::vector<EmbeddingSpec> embeddings, Options options);
  /// Without finish() the partial file is removed.
  ~ShardWriter();

  /// Appends rows to embedding number `index`. Throws std::invalid_argument on a wrong width or too many rows, IoError
  /// when the disk is full. Finite values beyond ±65504 saturate in float16 and are counted; NaN and infinities are
  /// kept, so that the reader can name them.
  void append(std::size_t index, MatrixView<const float> rows);
  /// Number of values so far that float16 could not hold.
  std::int64_t saturated() const;
  /// Closes, syncs and publishes the file; every embedding must have all its N rows (std::invalid_argument).
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Rewrites atomically the index `<run>/features.h5`: external links from its `/z/<shard stem>/<name>` to each shard's
/// embeddings, and from `/y`, `/t`, `/source` to the first shard's. It carries the first shard's root attributes,
/// `complete` = 1 and `finished` (0 while training runs). Shards are given in order, as paths relative to the folder of
/// the index. Throws IoError if a shard is missing or incomplete.
void write_feature_index(const std::filesystem::path& index, const std::vector<std::filesystem::path>& shards,
                         bool finished);

}  // namespace equinfo
