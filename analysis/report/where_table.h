#pragma once

#include <string>

#include "report/embedding_result.h"
#include "report/table.h"

namespace equinfo {

/// Where the synergy lives: one table a grouping, and the rows that contribute most, each with a sentence on how to
/// read it. Empty if neither was asked for; else begins with an empty line. UTF-8, ends in LF.
std::string where_tables(const EmbeddingResult& result, const TableOptions& options);

/// The partial information decompositions, one line a measure; empty if there are none, else begins with an empty line.
std::string pid_table(const EmbeddingResult& result, const TableOptions& options);

}  // namespace equinfo
