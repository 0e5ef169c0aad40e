#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "encoder/encoder_options.h"

namespace equinfo {

/// Names and shapes of the tensors of a file of weights.
using TensorShapes = std::map<std::string, std::vector<std::int64_t>>;

/// What names and shapes tell of an encoder.
struct RecognisedEncoder {
  std::string prefix;      ///< what stands before the encoder's own names, such as "module."; often nothing
  EncoderOptions options;  ///< kind, width, blocks, block, stem, patch and image.channels; the others are defaults
};

/// Recognises torchvision's ResNets and this project's encoders (plain, p4, p4m, vit), also inside a larger model whose
/// other tensors are then to be left aside. What leaves no trace in the weights must be given otherwise: pooling,
/// dropout, attention heads. `origin` begins messages. Throws IoError naming a tensor and its shape if there is no such
/// encoder or more than one.
RecognisedEncoder recognise_encoder(const TensorShapes& shapes, const std::string& origin);

/// Whether a tensor beside the encoder's is a classifier on top of it (`fc.…`), which features do not need.
bool is_classifier(const std::string& name);

}  // namespace equinfo
