#pragma once

#include <string>
#include <vector>

#include "report/embedding_result.h"
#include "report/unit.h"

namespace equinfo {

/// How a table for a terminal looks.
struct TableOptions {
  Unit unit = kNats;
  bool colour = false;  ///< ANSI colours: only for a terminal
  int width = 100;      ///< columns; lines of text are wrapped to it, at least 60
};

/// One embedding in full: what was measured, each quantity with interval, ceiling and the other estimators' values,
/// a sentence in words, notes, the verdict if there is one, chain residual, seed and seconds. UTF-8, ends in LF.
std::string embedding_table(const EmbeddingResult& result, const TableOptions& options);

/// Several embeddings, one line each: epoch, layer, the five informations and the synergy with its interval, from the
/// headline panels. UTF-8, ends in LF.
std::string comparison_table(const std::vector<EmbeddingResult>& results, const TableOptions& options);

}  // namespace equinfo
