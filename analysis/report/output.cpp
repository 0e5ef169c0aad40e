#include "report/output.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "report/locked_file.h"
#include "report/results_json.h"
#include "report/table.h"

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
  return results.size() == 1 ? full : comparison_table(results, options) + "\n" + full;
}

}  // namespace

Output::Output(OutputOptions options) : options_(std::move(options)) {
  require(options_.csv != kStandardOutput || options_.json != kStandardOutput,
          "CSV and JSON cannot both go to standard output");
  if (!options_.csv.empty() && options_.csv != kStandardOutput) check_appendable(options_.csv);
  if (!options_.json.empty() && options_.json != kStandardOutput) require_writable_folder(options_.json);
}

void Output::add(EmbeddingResult result) {
  const auto rows = rows_of(result);
  if (options_.csv == kStandardOutput) {
    print(stdout, (results_.empty() ? results_header() : "") + results_text(rows));
  } else if (!options_.csv.empty()) {
    append_results(options_.csv, rows);
  }
  results_.push_back(std::move(result));
}

void Output::finish() const {
  if (options_.json == kStandardOutput) {
    print(stdout, results_json(results_));
  } else if (!options_.json.empty()) {
    write_file_atomically(options_.json, results_json(results_));
  }
  if (!options_.table || results_.empty()) return;
  const bool taken = options_.csv == kStandardOutput || options_.json == kStandardOutput;
  std::FILE* stream = taken ? stderr : stdout;
  const bool colour = isatty(fileno(stream)) != 0 && std::getenv("NO_COLOR") == nullptr;
  print(stream, table_of(results_, {.unit = options_.unit, .colour = colour}));
}

}  // namespace equinfo
