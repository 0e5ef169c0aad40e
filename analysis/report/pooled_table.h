#pragma once

#include <string>
#include <vector>

#include "report/appended_csv.h"
#include "report/embedding_result.h"
#include "report/table.h"
#include "synergy/run_pool.h"

namespace equinfo {

/// The runs of one group, at one layer and epoch, and what they say together.
struct PooledRuns {
  std::string group, layer;
  std::optional<std::int64_t> epoch;
  std::vector<const EmbeddingResult*> runs;
  RunPool pool;
};

/// Pools results group by group, in the order of their first runs; results without a group are left out. The results
/// must outlive the pools. Throws std::invalid_argument if two runs of a group have other classes or transformations,
/// saying what agrees, or another headline estimator.
std::vector<PooledRuns> pooled_runs(const std::vector<EmbeddingResult>& results);

/// Mean, spread between runs, errors and interval of each quantity, pool by pool. UTF-8, ends in LF.
std::string pooled_table(const std::vector<PooledRuns>& pools, const TableOptions& options);

/// pooled.csv and its lines; the README of this folder documents the columns.
const CsvKind& pooled_csv();
std::string pooled_lines(const std::vector<PooledRuns>& pools);

/// The differences between two groups, wherever both have a layer and epoch: a table, and lines of compare.csv. Throws
/// std::invalid_argument unless there are two groups of at least two runs each that share a layer and epoch.
std::string group_difference_table(const std::vector<PooledRuns>& pools, const TableOptions& options);
std::string group_difference_lines(const std::vector<PooledRuns>& pools);

}  // namespace equinfo
