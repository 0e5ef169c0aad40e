#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "estimators/information.h"
#include "estimators/labels.h"
#include "estimators/quantity.h"
#include "resampling/clustered.h"
#include "synergy/design.h"

namespace equinfo {

/// A number behind an estimate that programs may want, such as {"raw", I(Z;Y), 1.13}; see details.csv in the README of
/// analysis/report for all items.
struct PanelNumber {
  std::string item;
  std::optional<Quantity> quantity;  ///< absent if the item belongs to no quantity
  double value = 0.0;
};

/// All quantities of one embedding by one estimator, consistent with each other.
struct Panel {
  std::string estimator;  ///< "lda", "knn", …, "best"
  std::vector<Estimate> estimates;
  /// Largest violation of a chain rule among the estimates, in nats; zero to rounding.
  double chain_residual = 0.0;
  /// Further facts for people, in order, such as {"bias band of S", "[-0.003, 0.010]"}.
  std::vector<std::pair<std::string, std::string>> details;
  std::vector<PanelNumber> numbers{};  ///< the same and more, for programs

  /// The estimate of one quantity; throws std::invalid_argument if the panel lacks it.
  const Estimate& at(Quantity quantity) const;
  Estimate& at(Quantity quantity);
};

/// Whether a quantity is a mean over rows: all but the synergy's share.
bool is_row_mean(Quantity quantity);

struct Interval {
  double low = 0.0, high = 0.0;
};

/// Interval of S / H(T|Z) from those of S and I(Z;T), in nats: S's ends divided by the ends of H(T|Z) that make it
/// widest. Absent when H(T|Z) = h_t − I(Z;T) may be zero.
std::optional<Interval> share_interval(const Interval& synergy, const Interval& z_t, double h_t);

/// Gives a panel's share, if it has one, the interval that follows from those of S and I(Z;T).
void reset_share_interval(Panel& panel, const Design& design);

/// What row i contributes to the quantities that are means over rows (all but the synergy's share), in the order of
/// Quantity: logarithms of ratios of probabilities, in nats, which may be negative.
using RowValues = std::array<double, kQuantities.size() - 1>;
RowValues row_values(const RowInformation& rows, const Design& design, std::size_t i);
/// Of one quantity. Throws std::invalid_argument for the synergy's share.
double row_value(Quantity quantity, const RowInformation& rows, const Design& design, std::size_t i);

/// Mean and clustered standard error of every quantity that is a mean over rows (all but the synergy's share), indexed
/// by Quantity.
using PanelMeans = std::array<ClusteredMean, kQuantities.size()>;
PanelMeans panel_means(const RowInformation& rows, const Labels& labels, const Design& design);

/// The largest value each quantity can take, given H(Y|Z) and H(T|Z) as this panel measured them; empty for I(Y;T|Z)
/// and the share, and with a continuous T for all that H(T) would bound.
std::optional<double> ceiling_of(Quantity quantity, const Design& design, const PanelMeans& means);

/// S / H(T|Z) with its standard error (delta method, paired, clustered by source). Absent when H(T|Z) ≤ 0
/// or T is continuous.
std::optional<ClusteredMean> synergy_share(const RowInformation& rows, const Labels& labels, const Design& design);

/// A panel of point estimates with plain clustered intervals, for estimators of which no bias is known (kNN).
Panel point_panel(std::string estimator, const RowInformation& rows, const Labels& labels, const Design& design,
                  double ci_level);

/// Marks what a reader must know about each estimate: "negative", "above_ceiling", "labels_dependent", "no_source". A
/// ceiling or an end of an interval that an estimate passes by rounding alone (kRoundingNats) is moved to it before.
void flag_estimates(Panel& panel, const Labels& labels, const Design& design);

/// Largest violation of the three chain rules among the panel's estimates.
double chain_residual(const Panel& panel);

}  // namespace equinfo
