#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "estimators/information.h"
#include "estimators/labels.h"
#include "estimators/quantity.h"
#include "synergy/design.h"
#include "synergy/panel.h"

namespace equinfo {

/// One embedding as measured: a panel, and what each row contributes to its estimates.
struct PanelReading {
  const Panel& panel;
  const RowInformation& rows;
  const Labels& labels;
  const Design& design;  ///< with its rows
};

/// Throws std::invalid_argument unless the reading has its rows and its design's.
void require_rows(const PanelReading& reading);
/// What each row contributes to a quantity that is a mean over rows, [N].
std::vector<double> row_values(const PanelReading& reading, Quantity quantity);

/// A number of the panel's, such as "raw" of I(Z;Y); nothing if it has none.
std::optional<double> panel_number(const Panel& panel, std::string_view item, Quantity quantity);

/// How far a quantity may lie below and above its estimate beside what sampling does: what its own interval holds
/// beyond the sampling error (what the learning curve leaves open, what neighbours see, what is too faint to be
/// learned), for the synergy before it is cut to what is possible. Nothing for panels whose intervals hold sampling
/// alone (kNN).
struct ShortfallBand {
  double low = 0.0, high = 0.0;
};
ShortfallBand shortfall_band(const PanelReading& reading, Quantity quantity);

/// By how much a quantity of the second embedding exceeds the first one's, in nats.
struct Difference {
  Quantity quantity = Quantity::kZY;
  double first = 0.0, second = 0.0, nats = 0.0;
  double std_error = 0.0;  ///< clustered by source; paired where the samples are the same
  double ci_low = 0.0, ci_high = 0.0;
  Interval possible = {};  ///< what the labels, and for S what either Z leaves open, allow (possible.h)
};

/// Cuts a synergy's difference to what is possible, if anything of it is; informations keep theirs whole, as in files.
/// `reach` is its sampling error.
void cut_synergy(Difference& difference, double reach);

struct Comparison {
  bool paired = false;  ///< the rows of both embeddings are the same samples
  double ci_level = 0.95;
  std::vector<Difference> differences;  ///< of every quantity that is a mean over rows
};

/// Whether two embeddings have the same samples in the same order: class, transformation and source agree row by row.
bool same_samples(const Labels& first, const Labels& second);

/// Differences of all quantities between two embeddings. Where their rows are the same samples, the standard error is
/// the clustered one of the rows' differences, in which what both find easy or hard cancels; else the root of the two
/// squared errors. The interval is meant to cover the difference of the quantities, not of the estimators:
///
///     [D − (low₂ + high₁) − z·SE, D + (high₂ + low₁) + z·SE]
///
/// with low and high of shortfall_band; the synergy's is cut to [−ceiling₁ − z·SE, ceiling₂ + z·SE], the ceilings being
/// what the first and the second leave open, where labels are independent. It says nothing about another training run:
/// run_pool.h does. O(N).
Comparison compare(const PanelReading& first, const PanelReading& second, double ci_level);

}  // namespace equinfo
