#include "report/appended_csv.h"

#include "core/error.h"
#include "core/named_file.h"
#include "report/locked_file.h"

namespace equinfo {

void require_header(const std::vector<CsvRecord>& records, const CsvKind& kind, const std::filesystem::path& path) {
  require_file(!records.empty(), "{}: is empty", path.string());
  const auto& found = records.front().fields;
  const auto& expected = kind.columns;
  if (found == expected) return;
  std::size_t i = 0;
  while (i < found.size() && i < expected.size() && found[i] == expected[i]) ++i;
  throw IoError(fmt::format("{}: is not a {} of this version: column {} is {}, not {}", path.string(), kind.name, i + 1,
                            i < found.size() ? "'" + found[i].substr(0, 40) + "'" : "missing",
                            i < expected.size() ? "'" + expected[i] + "'" : "the end"));
}

void check_appendable(const std::filesystem::path& path, const CsvKind& kind) {
  if (!std::filesystem::exists(path) || is_stream(path) || std::filesystem::is_directory(path)) {
    return require_writable(path);
  }
  const LockedFile file(path);
  if (!file.bytes().empty()) require_header(parse_csv(file.bytes(), path.string()), kind, path);
}

void append_csv(const std::filesystem::path& path, const CsvKind& kind, std::string_view lines) {
  if (is_stream(path)) return write_stream(path, csv_line(kind.columns).append(lines));
  LockedFile file(path);
  std::string bytes = file.bytes();
  if (bytes.empty()) bytes = csv_line(kind.columns);
  require_header(parse_csv(bytes, path.string()), kind, path);
  if (bytes.back() != '\n') bytes += '\n';
  file.replace(bytes.append(lines));
}

}  // namespace equinfo
