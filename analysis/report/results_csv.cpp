#include "report/results_csv.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/error.h"
#include "report/appended_csv.h"
#include "report/locked_file.h"

namespace equinfo {
namespace {

std::string text_of(const std::string& value) { return value; }
std::string text_of(Quantity value) { return std::string(name_of(value)); }
std::string text_of(EstimateKind value) { return std::string(name_of(value)); }
std::string text_of(const std::optional<double>& value) { return value ? shortest_number(*value) : ""; }
std::string text_of(const std::vector<std::string>& flags) {
  for (const auto& flag : flags) require(flag.find(';') == std::string::npos, "the flag '{}' has a ';' in it", flag);
  return fmt::format("{}", fmt::join(flags, ";"));
}
template <class Integer>
std::string text_of(const std::optional<Integer>& value) {
  return value ? fmt::format("{}", *value) : "";
}

void parse(std::string_view text, std::string& value) { value = text; }
void parse(std::string_view text, Quantity& value) { value = quantity_named(text); }
void parse(std::string_view text, EstimateKind& value) { value = estimate_kind_named(text); }
void parse(std::string_view text, std::vector<std::string>& flags) {
  while (!text.empty()) {
    const auto end = std::min(text.find(';'), text.size());
    flags.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}
template <class Number>
void parse(std::string_view text, std::optional<Number>& value) {
  if (text.empty()) return;
  Number number{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  require(failure == std::errc{} && end == text.data() + text.size(), "'{}' is no {}", text,
          std::is_integral_v<Number> ? "whole number" : "number");
  if constexpr (!std::is_integral_v<Number>) shortest_number(number);  // refuses NaN and infinity
  value = number;
}

struct Column {
  std::string_view name;
  std::string (*write)(const ResultRow&);
  void (*read)(std::string_view, ResultRow&);
};

template <auto kMember>
constexpr Column column(std::string_view name) {
  return {name, [](const ResultRow& row) { return text_of(row.*kMember); },
          [](std::string_view text, ResultRow& row) { parse(text, row.*kMember); }};
}

constexpr std::array kColumns{column<&ResultRow::run>("run"),
                              column<&ResultRow::file>("file"),
                              column<&ResultRow::epoch>("epoch"),
                              column<&ResultRow::layer>("layer"),
                              column<&ResultRow::quantity>("quantity"),
                              column<&ResultRow::estimator>("estimator"),
                              column<&ResultRow::kind>("kind"),
                              column<&ResultRow::nats>("nats"),
                              column<&ResultRow::ci_low>("ci_low"),
                              column<&ResultRow::ci_high>("ci_high"),
                              column<&ResultRow::ci_level>("ci_level"),
                              column<&ResultRow::std_error>("std_error"),
                              column<&ResultRow::p_value>("p_value"),
                              column<&ResultRow::n>("n"),
                              column<&ResultRow::sources>("sources"),
                              column<&ResultRow::d>("d"),
                              column<&ResultRow::classes>("classes"),
                              column<&ResultRow::transforms>("transforms"),
                              column<&ResultRow::ceiling_nats>("ceiling_nats"),
                              column<&ResultRow::flags>("flags"),
                              column<&ResultRow::seed>("seed"),
                              column<&ResultRow::version>("version")};

std::vector<std::string> column_names() {
  std::vector<std::string> names;
  for (const auto& column : kColumns) names.emplace_back(column.name);
  return names;
}

CsvKind results_kind() { return {"results.csv", column_names()}; }

ResultRow row_of(const CsvRecord& record, const std::filesystem::path& path) {
  require_file(record.fields.size() == kColumns.size(), "{}:{}: {} fields, not {}", path.string(), record.line,
               record.fields.size(), kColumns.size());
  ResultRow row;
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    try {
      kColumns[i].read(record.fields[i], row);
    } catch (const std::invalid_argument& mistake) {
      throw IoError(fmt::format("{}:{}: column {}: {}", path.string(), record.line, kColumns[i].name, mistake.what()));
    }
  }
  return row;
}

}  // namespace

std::string results_header() { return csv_line(column_names()); }

std::string results_text(const std::vector<ResultRow>& rows) {
  std::string text;
  for (const auto& row : rows) {
    std::vector<std::string> fields;
    for (const auto& column : kColumns) fields.push_back(column.write(row));
    text += csv_line(fields);
  }
  return text;
}

std::vector<ResultRow> read_results(const std::filesystem::path& path) {
  const std::string bytes = read_whole_file(path);
  const bool binary = std::string_view(bytes).substr(0, 4096).find('\0') != std::string_view::npos;
  require_file(!binary, "{}: is no results.csv but a binary file{}", path.string(),
               bytes.starts_with("\x89HDF") ? " (HDF5): mi-estimate FILE --csv results.csv makes one of features" : "");
  const auto records = parse_csv(bytes, path.string());
  require_header(records, results_kind(), path);
  std::vector<ResultRow> rows;
  for (std::size_t i = 1; i < records.size(); ++i) rows.push_back(row_of(records[i], path));
  return rows;
}

void check_appendable(const std::filesystem::path& path) { check_appendable(path, results_kind()); }

void append_results(const std::filesystem::path& path, const std::vector<ResultRow>& rows) {
  append_csv(path, results_kind(), results_text(rows));
}

}  // namespace equinfo
