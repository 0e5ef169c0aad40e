#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "report/embedding_choice.h"
#include "report/embedding_result.h"
#include "report/run_groups.h"
#include "store/features_reader.h"
#include "synergy/measure.h"

namespace equinfo {

/// What mi-estimate is asked to do.
struct EstimateJob {
  std::vector<std::filesystem::path> files;
  DatasetNames names;
  Pooling pooling = Pooling::kRefuse;
  TransformOptions transform;  ///< whether T is continuous, and its period
  int t_bins = 0;              ///< bins of a continuous T at most, 2..1024; 0: by the number of rows
  EmbeddingChoice where;
  std::vector<std::int64_t> ignored_labels;  ///< rows whose class is one of these are left out
  std::optional<std::string> run;            ///< default: the run folder of a file of our trainer, else empty
  MeasureOptions measure;
  std::vector<Grouping> by;         ///< split the headline by these
  std::int64_t top_rows = 0;        ///< how many rows with the largest contribution to the synergy to tell, ≥ 0
  bool compare = false;             ///< exactly two embeddings, or two groups; rows are kept in the results
  GroupRule groups;                 ///< which files are runs that differ by their seed; rows are kept then
  std::optional<double> plan_nats;  ///< plan intervals of this full width, > 0
  int plants = 0;                   ///< signals planted of each strength; 0: none
  /// What measures planted signals; empty: the estimators of `measure`.
  std::vector<std::string> plant_estimators;
  bool pid = false;           ///< decompose the headline's posteriors too
  int pid_permutations = 19;  ///< of the decomposition's null, each a refit of the chosen probes, ≥ 0; 0: no null
};

/// Measures every chosen embedding of every file, one after the other, and hands each result on when it is there. All
/// files are opened first, so that a wrong one is found before hours of work. Memory: one embedding at a time.
/// Throws std::invalid_argument at once if a decomposition is wanted without a probe; IoError for a file's fault,
/// std::invalid_argument if nothing is chosen, groups are not as group_names wants them, or an embedding cannot be
/// measured, naming the file and embedding.
void estimate_files(const EstimateJob& job, const std::function<void(EmbeddingResult)>& receive);

}  // namespace equinfo
