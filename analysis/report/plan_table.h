#pragma once

#include <string>
#include <vector>

#include "report/embedding_result.h"
#include "report/table.h"

namespace equinfo {

/// How many images intervals of the width wanted take, and what planted signals were seen: a table and a sentence each.
/// Empty if neither was asked for, else begins with an empty line. UTF-8, ends in LF.
std::string plan_table(const EmbeddingResult& result, const TableOptions& options);
std::string power_table(const EmbeddingResult& result, const TableOptions& options);

/// The fields of plan.csv and power.csv, one record a line, between the keys and the version; the README of this folder
/// documents the columns.
std::vector<std::vector<std::string>> plan_records(const EmbeddingResult& result);
std::vector<std::vector<std::string>> power_records(const EmbeddingResult& result);

}  // namespace equinfo
