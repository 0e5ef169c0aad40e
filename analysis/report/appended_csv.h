#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "report/csv.h"

namespace equinfo {

/// A tidy table that rows are appended to, such as results.csv.
struct CsvKind {
  std::string name;                  ///< what errors call it, such as "results.csv"
  std::vector<std::string> columns;  ///< the header
};

/// Throws IoError that names the first wrong column unless the first of the records is the table's header.
void require_header(const std::vector<CsvRecord>& records, const CsvKind& kind, const std::filesystem::path& path);

/// Throws IoError unless rows can be appended to `path`: it does not exist yet and can be made, or is such a table.
/// Called before hours of work, not after. Leaves nothing behind.
void check_appendable(const std::filesystem::path& path, const CsvKind& kind);

/// Appends `lines`, with the header if the file is new or empty. Safe against anything: the file is locked, so of two
/// processes that append at once none loses a row, and it is replaced as a whole, so a crash leaves the old file or the
/// new one and never half a row. A file whose header differs is refused and not touched. A pipe or device is simply
/// written to, header first. Throws IoError. Cost: one pass over the old file's bytes.
void append_csv(const std::filesystem::path& path, const CsvKind& kind, std::string_view lines);

}  // namespace equinfo
