#pragma once

#include <string>
#include <vector>

#include "core/named_file.h"
#include "report/embedding_result.h"
#include "report/unit.h"

namespace equinfo {

/// Where the results of mi-estimate go. "-" is standard output, an empty name nowhere.
struct OutputOptions {
  std::string csv, json;
  std::string details;            ///< folder of the side tables
  bool compare = false;           ///< the two results with each other, or two groups of runs
  bool pool = false;              ///< results have groups of runs, which are pooled
  Unit unit = kNats;              ///< of the table; files are in nats
  std::vector<NamedFile> inputs;  ///< what is read: none of it may be written to
  bool table = true;              ///< on standard output, or standard error where that is taken by data
};

/// Writes results as they come: the rows of an embedding are in the CSV file before the next one is measured; JSON and
/// table follow at the end.
class Output {
 public:
  /// Before anything is measured: throws IoError if a file cannot be written, std::invalid_argument if two outputs, or
  /// an output and an input, are one file.
  explicit Output(OutputOptions options);

  void add(EmbeddingResult result);
  /// Writes JSON and the table: for several embeddings a comparison, then the last one in full (the last
  /// of the layer "encoder" if there is one). Throws IoError.
  void finish();

 private:
  bool is_pair() const;  // two embeddings to be compared
  void finish_side_tables() const;
  std::string tables() const;

  OutputOptions options_;
  std::vector<EmbeddingResult> results_;
};

/// Decomposes a table of probabilities (pid/table.h): its table as Output has it, and pid.csv among the details. Throws
/// as Output does, and IoError for the file's faults.
void report_pid_table(const std::string& path, const OutputOptions& options);

}  // namespace equinfo
