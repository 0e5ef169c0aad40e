#pragma once

#include <string>

#include "report/appended_csv.h"
#include "report/embedding_result.h"
#include "report/table.h"
#include "synergy/difference.h"

namespace equinfo {

/// Compares the headlines of two embeddings whose rows and labels were kept (EstimateJob::compare), at the first one's
/// level. Throws std::invalid_argument if they were not kept.
Comparison compare(const EmbeddingResult& first, const EmbeddingResult& second);

/// Both values, difference and interval of each quantity, and how to read them. UTF-8, ends in LF.
std::string difference_table(const EmbeddingResult& first, const EmbeddingResult& second, const TableOptions& options);

/// compare.csv: one row a quantity, keyed by both embeddings. In nats.
const CsvKind& difference_csv();
std::string difference_lines(const EmbeddingResult& first, const EmbeddingResult& second);

}  // namespace equinfo
