#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/matrix.h"
#include "estimators/information.h"
#include "estimators/labels.h"
#include "estimators/scaled_rows.h"
#include "synergy/design.h"
#include "synergy/panel.h"

namespace equinfo {

struct MeasureOptions;

/// An embedding as a direct estimator gets it. The references must outlive the call.
struct DirectInput {
  ScaledRows z;  ///< [N, d], standardised
  const Labels& labels;
  const Design& design;
  const MeasureOptions& options;
  /// The probe that the headline took for each fold; empty where no probe was asked for.
  const std::vector<std::string>& chosen;
};

struct DirectReading {
  Panel panel;                             ///< under the estimator's name
  RowInformation rows;                     ///< what the rows contribute to it
  std::vector<std::int64_t> anchors = {};  ///< which rows these are, ascending; empty: all
};

/// An estimator that reads the informations without training a ladder of probes: by neighbours, by counts.
struct DirectEstimator {
  std::string name;  ///< as in results.csv
  std::string summary;
  std::function<DirectReading(const DirectInput&)> run;
  /// Why it has nothing to work with on this input, in one line; empty if it has. Null: it always has.
  std::function<std::string(const DirectInput&)> refusal;
  bool second_opinion = false;  ///< the verdict holds the headline against it
  /// Bytes of memory it takes for so many rows of so many columns. Null: none that cannot lie in a file.
  std::function<std::int64_t(std::int64_t rows, std::int64_t cols, const MeasureOptions& options)> memory = nullptr;
};

/// Throws std::invalid_argument if one of the estimators asked for takes more memory than there is: better at once than
/// after hours, by the system's hand.
void require_memory(std::int64_t rows, std::int64_t cols, const MeasureOptions& options);

/// All direct estimators there are. A new one is one file and one line in this table (direct_estimators.cpp).
const std::vector<DirectEstimator>& direct_estimators();

}  // namespace equinfo
