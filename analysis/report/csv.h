#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace equinfo {

/// One record of a CSV file and the line (from 1) where it begins.
struct CsvRecord {
  std::int64_t line = 1;
  std::vector<std::string> fields;
};

/// The records of a text by RFC 4180: comma, fields with comma, quote or line break in double quotes, quotes doubled.
/// Lines may end in LF or CRLF, the last one in nothing; a byte order mark is skipped. `name` is what errors call it.
/// Throws IoError naming the line of a quote that is never closed or stands inside a bare field.
std::vector<CsvRecord> parse_csv(std::string_view text, std::string_view name);

/// One record with its line end (LF), quoted only where it must be.
std::string csv_line(const std::vector<std::string>& fields);

/// The shortest decimal text that reads back as the same double; throws std::invalid_argument for NaN and infinity,
/// which have no place in a table of results.
std::string shortest_number(double value);

}  // namespace equinfo
