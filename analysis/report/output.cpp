#include "report/output.h"

#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "core/atomic_file.h"
#include "core/error.h"
#include "report/difference_table.h"
#include "report/locked_file.h"
#include "report/p_values.h"
#include "report/pooled_table.h"
#include "report/results_json.h"
#include "report/side_tables.h"
#include "report/table.h"
#include "report/text_columns.h"
#include "report/where_table.h"

namespace equinfo {
namespace {

constexpr const char* kStandardOutput = "-";

/// A disk that is full, or a reader that went away, is noticed.
void print(std::FILE* stream, const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stream) == text.size() && std::fflush(stream) == 0;
  require_file(written, "standard {}: {}", stream == stdout ? "output" : "error", std::strerror(errno));
}

/// The embedding shown in full: the last one of the layer our trainer calls "encoder", else the last.
const EmbeddingResult& foremost(const std::vector<EmbeddingResult>& results) {
  const auto found = std::find_if(results.rbegin(), results.rend(), [](const auto& r) { return r.layer == "encoder"; });
  return found == results.rend() ? results.back() : *found;
}

std::string table_of(const std::vector<EmbeddingResult>& results, const TableOptions& options) {
  const std::string full = embedding_table(foremost(results), options);
  if (results.size() == 1) return full;
  const EmbeddingResult& shown = foremost(results);
  const std::string epoch = shown.epoch ? fmt::format("epoch={},", *shown.epoch) : "";
  const std::string which = fmt::format(
      "In full only {}layer={}; another by --where, or all in --csv, --json and --details.", epoch, shown.layer);
  return comparison_table(results, options) + wrapped(words_of(which), " ", options.width, "  ") + "\n" + full +
         adjusted_table(results, options);
}

/// Where a table of several embeddings goes: into the folder of the side tables, else beside results.csv, else nowhere
/// (empty).
std::filesystem::path path_of(const CsvKind& kind, const OutputOptions& options) {
  if (!options.details.empty()) return std::filesystem::path(options.details) / kind.name;
  if (options.csv.empty() || options.csv == kStandardOutput || is_stream(options.csv)) return {};
  return std::filesystem::path(options.csv).parent_path() / kind.name;
}

std::filesystem::path compare_path(const OutputOptions& options) {
  return options.compare ? path_of(difference_csv(), options) : std::filesystem::path();
}

std::filesystem::path pooled_path(const OutputOptions& options) {
  return options.pool ? path_of(pooled_csv(), options) : std::filesystem::path();
}

void check_files(const OutputOptions& options) {
  std::vector<NamedFile> outputs{{"--csv", options.csv}, {"--json", options.json}};
  const char* tables = options.details.empty() ? "--csv" : "--details";
  outputs.push_back({tables, compare_path(options)});
  outputs.push_back({tables, pooled_path(options)});
  if (!options.details.empty()) {
    for (const auto& table : side_tables()) {
      outputs.push_back({tables, std::filesystem::path(options.details) / table.kind.name});
    }
  }
  require_separate_files(options.inputs, outputs);
}

}  // namespace

Output::Output(OutputOptions options) : options_(std::move(options)) {
  check_files(options_);
  require(options_.csv != kStandardOutput || options_.json != kStandardOutput,
          "CSV and JSON cannot both go to standard output");
  if (!options_.csv.empty() && options_.csv != kStandardOutput) check_appendable(options_.csv);
  if (!options_.json.empty() && options_.json != kStandardOutput) require_writable(options_.json);
  if (!options_.details.empty()) check_side_tables(options_.details);
  if (const auto path = compare_path(options_); !path.empty()) check_appendable(path, difference_csv());
  if (const auto path = pooled_path(options_); !path.empty()) check_appendable(path, pooled_csv());
}

void Output::add(EmbeddingResult result) {
  const auto rows = rows_of(result);
  const std::string piece = (results_.empty() ? results_header() : "") + results_text(rows);
  if (options_.csv == kStandardOutput) {
    print(stdout, piece);
  } else if (is_stream(options_.csv)) {
    write_stream(options_.csv, piece);
  } else if (!options_.csv.empty()) {
    append_results(options_.csv, rows);
  }
  if (!options_.details.empty()) append_side_tables(options_.details, result);
  results_.push_back(std::move(result));
}

void Output::finish() {
  set_corrected_p_values(results_);
  if (options_.json == kStandardOutput) {
    print(stdout, results_json(results_, is_pair()));
  } else if (!options_.json.empty()) {
    write_file_atomically(options_.json, results_json(results_, is_pair()));
  }
  finish_side_tables();
  if (!options_.table || results_.empty()) return;
  const bool taken = options_.csv == kStandardOutput || options_.json == kStandardOutput;
  print(taken ? stderr : stdout, tables());
}

bool Output::is_pair() const { return options_.compare && !options_.pool && results_.size() == 2; }

/// What is known only when everything is measured.
void Output::finish_side_tables() const {
  const auto path = compare_path(options_), pooled_to = pooled_path(options_);
  if (is_pair() && !path.empty()) append_csv(path, difference_csv(), difference_lines(results_[0], results_[1]));
  if (options_.pool) {
    const auto pools = pooled_runs(results_);
    if (!pooled_to.empty()) append_csv(pooled_to, pooled_csv(), pooled_lines(pools));
    if (!path.empty()) append_csv(path, difference_csv(), group_difference_lines(pools));
  }
  if (options_.details.empty()) return;
  for (const EmbeddingResult& result : results_) append_late_details(options_.details, result);
}

std::string Output::tables() const {
  const bool taken = options_.csv == kStandardOutput || options_.json == kStandardOutput;
  // mpirun gives the first process a terminal of its own, wherever its output goes.
  const bool forbidden = std::getenv("NO_COLOR") != nullptr || std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr;
  const bool colour = isatty(fileno(taken ? stderr : stdout)) != 0 && !forbidden;
  const TableOptions look{.unit = options_.unit, .colour = colour};
  if (options_.pool) {
    const auto pools = pooled_runs(results_);
    const std::string difference = options_.compare ? fmt::format("\n{}", group_difference_table(pools, look)) : "";
    return pooled_table(pools, look) + difference + adjusted_table(results_, look);
  }
  if (is_pair()) return difference_table(results_[0], results_[1], look) + adjusted_table(results_, look);
  return table_of(results_, look);
}

void report_pid_table(const std::string& path, const OutputOptions& options) {
  EmbeddingResult result;
  check_files(options);
  result.file = path;
  result.pids = pid_from_table(path, {});
  if (!options.details.empty()) {
    check_side_tables(options.details);
    append_side_tables(options.details, result);
  }
  if (options.table) print(stdout, shortened(path, 100) + "\n" + pid_table(result, {.unit = options.unit}));
}

}  // namespace equinfo
