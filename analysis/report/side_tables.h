#pragma once

#include <filesystem>

#include "report/appended_csv.h"
#include "report/embedding_result.h"

namespace equinfo {

/// A tidy table beside results.csv, keyed by run, file, epoch, layer and estimator; the README of this folder documents
/// the columns. In nats.
struct SideTable {
  CsvKind kind;
  std::string (*lines)(const EmbeddingResult&);  ///< without the header; empty if the result has nothing for it
};

/// details.csv, groups.csv, rows.csv, pid.csv, plan.csv and power.csv.
const std::vector<SideTable>& side_tables();

/// Makes the folder if there is none. Throws IoError unless every side table can be appended to; see check_appendable.
void check_side_tables(const std::filesystem::path& folder);

/// Appends to details.csv what is known only when every embedding is measured: corrected p-values.
void append_late_details(const std::filesystem::path& folder, const EmbeddingResult& result);

/// Appends what the result holds to the tables in the folder; see append_csv.
void append_side_tables(const std::filesystem::path& folder, const EmbeddingResult& result);

}  // namespace equinfo
