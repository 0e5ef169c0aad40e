#pragma once

#include <string>
#include <vector>

#include "report/embedding_result.h"

namespace equinfo {

/// Everything of some measured embeddings as one JSON document, indented, in nats, LF at the end; its fields are listed
/// in the README of this folder. What is not available is null. `compared`: with the differences between the first two.
/// Throws std::invalid_argument for a NaN or infinity.
std::string results_json(const std::vector<EmbeddingResult>& results, bool compared = false);

}  // namespace equinfo
