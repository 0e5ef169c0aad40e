#include "synergy/run_pool.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "resampling/clustered.h"
#include "synergy/possible.h"

namespace equinfo {
namespace {

using Readings = std::vector<PanelReading>;

RowsOfRuns rows_of(const Readings& runs, Quantity quantity) {
  RowsOfRuns rows;
  for (const PanelReading& run : runs) rows.push_back(row_values(run, quantity));
  return rows;
}

bool have_same_samples(const Readings& runs, const PanelReading& as) {
  return std::ranges::all_of(runs, [&](const PanelReading& run) { return same_samples(run.labels, as.labels); });
}

std::int64_t fewest_sources(const Readings& runs) {
  std::int64_t fewest = runs.front().labels.sources;
  for (const PanelReading& run : runs) fewest = std::min(fewest, run.labels.sources);
  return fewest;
}

/// Runs on images of which nobody knows how many they share.
CrossedMean mean_over_other_images(const Readings& runs, Quantity quantity) {
  const auto count = static_cast<double>(runs.size());
  CrossedMean result{static_cast<std::int64_t>(runs.size()), fewest_sources(runs)};
  std::vector<double> means;
  for (const PanelReading& run : runs) {
    const ClusteredMean own = clustered_mean(row_values(run, quantity), run.labels.source, run.labels.sources);
    means.push_back(own.mean);
    result.mean += own.mean / count;
    result.images_error += own.std_error / count;
  }
  double squares = 0.0;
  for (const double mean : means) squares += (mean - result.mean) * (mean - result.mean);
  if (runs.size() > 1) result.runs_sd = std::sqrt(squares / (count - 1.0));
  result.runs_error = result.runs_sd / std::sqrt(count);
  return result;
}

/// What a mean over runs can be: each run's ceiling counts. The synergy's holds estimates, and with them their error.
Interval possible_range(const Readings& runs, Quantity quantity, double error) {
  std::optional<double> ceiling = quantity == Quantity::kSynergy ? error : 0.0;
  bool independent = true;
  for (const PanelReading& run : runs) {
    const auto own = run.panel.at(quantity).ceiling_nats;
    independent = independent && run.design.independent;
    ceiling = ceiling && own ? std::optional(*ceiling + *own / static_cast<double>(runs.size())) : std::nullopt;
  }
  return possible_range(quantity, independent, ceiling);
}

/// Informations keep their intervals whole, as in files.
void cut_synergy(PooledEstimate& pooled, double reach) {
  if (pooled.quantity != Quantity::kSynergy) return;
  const auto cut = cut_to_possible({pooled.ci_low, pooled.ci_high}, pooled.possible, reach);
  pooled.empty_interval = !cut;
  if (cut) pooled.ci_low = cut->low, pooled.ci_high = cut->high;
}

PooledEstimate pooled(const Readings& runs, bool same_images, Quantity quantity, double ci_level) {
  const PanelReading& first = runs.front();
  PooledEstimate result;
  result.quantity = quantity;
  result.over_runs = same_images ? crossed_mean(rows_of(runs, quantity), first.labels.source, first.labels.sources)
                                 : mean_over_other_images(runs, quantity);
  for (const PanelReading& run : runs) {
    const ShortfallBand band = shortfall_band(run, quantity);
    result.low += band.low / static_cast<double>(runs.size());
    result.high += band.high / static_cast<double>(runs.size());
  }
  const double reach = crossed_reach(result.over_runs, ci_level);
  result.ci_low = result.over_runs.mean - result.low - reach;
  result.ci_high = result.over_runs.mean + result.high + reach;
  result.possible = possible_range(runs, quantity, reach);
  cut_synergy(result, reach);
  return result;
}

double runs_reach(const CrossedMean& mean, double level) { return interval_factor(level, mean.runs) * mean.runs_error; }

}  // namespace

const PooledEstimate& RunPool::at(Quantity quantity) const {
  const auto found = std::ranges::find(estimates, quantity, &PooledEstimate::quantity);
  require(found != estimates.end(), "pool of runs: has no {}", name_of(quantity));
  return *found;
}

RunPool pool_runs(const std::vector<PanelReading>& runs, double ci_level) {
  require(!runs.empty(), "pool of runs: there is no run");
  for (const PanelReading& run : runs) require_rows(run);
  RunPool pool{static_cast<std::int64_t>(runs.size()),
               fewest_sources(runs),
               have_same_samples(runs, runs.front()),
               ci_level,
               {}};
  for (const Quantity quantity : kQuantities) {
    if (is_row_mean(quantity)) pool.estimates.push_back(pooled(runs, pool.same_images, quantity, ci_level));
  }
  return pool;
}

Comparison compare_pools(const std::vector<PanelReading>& first, const std::vector<PanelReading>& second,
                         double ci_level) {
  const RunPool a = pool_runs(first, ci_level), b = pool_runs(second, ci_level);
  require(a.runs > 1 && b.runs > 1,
          "comparison: {} run on one side and {} on the other; an interval over runs needs two of each", a.runs,
          b.runs);
  const PanelReading& any = first.front();
  Comparison comparison{a.same_images && have_same_samples(second, any), ci_level, {}};
  const double factor = interval_factor(ci_level, std::min(a.sources, b.sources));
  for (std::size_t q = 0; q < a.estimates.size(); ++q) {
    const PooledEstimate &x = a.estimates[q], &y = b.estimates[q];
    const double images = comparison.paired
                              ? images_error_of_difference(rows_of(first, x.quantity), rows_of(second, x.quantity),
                                                           any.labels.source, any.labels.sources)
                              : std::hypot(x.over_runs.images_error, y.over_runs.images_error);
    Difference difference{.quantity = x.quantity,
                          .first = x.over_runs.mean,
                          .second = y.over_runs.mean,
                          .nats = y.over_runs.mean - x.over_runs.mean,
                          .possible = possible_difference(x.possible, y.possible)};
    difference.std_error = std::hypot(x.over_runs.runs_error, y.over_runs.runs_error, images);
    const double reach =
        std::hypot(runs_reach(x.over_runs, ci_level), runs_reach(y.over_runs, ci_level), factor * images);
    difference.ci_low = difference.nats - y.low - x.high - reach;
    difference.ci_high = difference.nats + y.high + x.low + reach;
    cut_synergy(difference, reach);
    comparison.differences.push_back(difference);
  }
  return comparison;
}

}  // namespace equinfo
