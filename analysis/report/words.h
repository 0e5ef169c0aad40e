#pragma once

#include <string>
#include <vector>

#include "report/embedding_result.h"
#include "report/unit.h"

namespace equinfo {

/// What people call the transformation: "rotation" for "rotation4", else "transformation".
std::string transform_noun(const EmbeddingResult& result);

/// What a value of T is called: the number in the file; of a continuous T the values in that bin, such as "3.1
/// to 47.9", several components joined by ×.
std::string transform_value(const EmbeddingResult& result, std::int64_t value);

/// One sentence that says what the headline numbers mean, such as "Z holds 50 % of the class and 32 % of the rotation;
/// the class tells 0.045 nats more about the rotation once Z is known, 5 % of what Z leaves open."
std::string in_words(const EmbeddingResult& result, Unit unit);

/// What a reader must know before trusting the headline numbers: missing sources, values below zero or above their
/// ceiling, bounds, flags. What the verdict says is not said again. Empty if there is nothing to say.
std::vector<std::string> notes_on(const EmbeddingResult& result);

/// "GREEN", "AMBER" or "RED"; "AMBER (kNN only)" where nothing but neighbours that read less is behind it.
std::string label_of(const Verdict& verdict);

/// The text with a full stop, unless it ends in a mark of its own.
std::string as_sentence(std::string text);

/// A flag of results.csv as a sentence; an unknown one is returned as it is.
std::string explain_flag(const std::string& flag);

}  // namespace equinfo
