#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/features_reader.h"

namespace equinfo {

/// Which embeddings are measured; what is absent does not matter.
struct EmbeddingChoice {
  std::optional<std::string> layer;
  std::optional<std::int64_t> epoch;
};

/// Reads a text such as "layer=encoder,epoch=7"; throws std::invalid_argument for anything else.
EmbeddingChoice parse_choice(std::string_view text);

/// One embedding of one of some open files.
struct ChosenEmbedding {
  const FeatureFile* file;
  EmbeddingInfo embedding;

  /// What errors call it, such as "f.h5: epoch 3, encoder".
  std::string name() const;
};

/// The embeddings of all files that are asked for, in the files' order; `files` must outlive them. Where no layer has
/// the name asked for, the last part of its path is enough ("encoder" for "/z/net/encoder"), if only one layer ends so.
/// Throws std::invalid_argument, listing what there is, if none is the one asked for or two layers end so.
std::vector<ChosenEmbedding> chosen_embeddings(const std::vector<FeatureFile>& files, const EmbeddingChoice& where);

/// The embeddings there are, for messages: "epoch=0,layer=encoder or epoch=3,layer=encoder", cut after some.
std::string there_is(const std::vector<FeatureFile>& files);

}  // namespace equinfo
