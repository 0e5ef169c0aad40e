#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "estimators/transform_bins.h"
#include "pid/null.h"
#include "pid/pid.h"
#include "report/results_csv.h"
#include "synergy/design.h"
#include "synergy/measure.h"
#include "synergy/panel.h"
#include "synergy/plan.h"
#include "synergy/power.h"
#include "synergy/row_groups.h"
#include "synergy/verdict.h"

namespace equinfo {

/// Everything that is shown or stored of one measured embedding.
struct EmbeddingResult {
  std::string run, file, layer;
  std::optional<std::int64_t> epoch;
  std::int64_t rows = 0, sources = 0, dims = 0;
  std::int64_t classes = 0, transforms = 0;
  bool sources_given = false;               ///< false: every row was taken for a source of its own
  std::string transform_name;               ///< such as "rotation4"; empty if the file does not say
  std::string split;                        ///< such as "test"; empty if the file does not say
  std::vector<std::vector<BinRange>> bins;  ///< of a continuous T: the values in each of its bins; else empty
  Design design;
  std::vector<Panel> panels;       ///< the headline `best` first
  std::optional<Verdict> verdict;  ///< absent: nobody judged
  std::vector<RowGroups> groups;   ///< of the headline; empty unless asked for, as are the next two
  std::vector<TopRow> top_rows;    ///< `row` and `source` as in the file; without /source the source is the row
  std::vector<Pid> pids;           ///< of the headline's posteriors, one a measure
  std::vector<PidNull> pid_nulls;  ///< of each of the pids, or empty
  std::vector<PermutationTest> permutation_tests;  ///< empty unless asked for
  /// The tests' p-values corrected for the embeddings measured with this one (p_values.h); empty of a single one.
  std::vector<std::optional<double>> corrected_p_values;
  std::int64_t corrected_for = 0;        ///< how many embeddings
  std::string group;                     ///< of runs that differ by their seed (run_groups.h); empty: none
  std::optional<Plan> plan;              ///< how many images an interval would take; absent unless asked for
  std::optional<Power> power;            ///< what planted signals were seen; absent unless asked for
  std::shared_ptr<const Labels> labels;  ///< kept for comparisons between embeddings; null if none was asked for
  RowInformation row_information;        ///< of the headline, and so is design.row_y_t; empty unless for a comparison
  MeasureOptions options;
  std::uint64_t seed = 0;
  double seconds = 0.0;

  /// The panel that is shown first: `best`, else the first. Throws std::invalid_argument if there is none.
  const Panel& headline() const;
};

/// The estimate of a quantity, or nothing if the panel lacks it.
const Estimate* find_estimate(const Panel& panel, Quantity quantity);

/// The null of one part of the result's decomposition number `pid`; null if it was not asked for.
const NullPart* null_of(const EmbeddingResult& result, std::size_t pid, PidPart part);

/// How the rows of the headline carry the verdict: "verdict_green", "verdict_amber" or "verdict_red".
std::string verdict_flag(VerdictLevel level);

/// The rows of results.csv: one a quantity and estimator, in the order of the panels.
std::vector<ResultRow> rows_of(const EmbeddingResult& result);

}  // namespace equinfo
