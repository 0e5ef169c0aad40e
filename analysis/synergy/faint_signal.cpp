#include "synergy/faint_signal.h"

#include <algorithm>
#include <cmath>

namespace equinfo {
namespace {

constexpr double kFaint = 0.25;  // nats

/// In how many directions the means can differ that a quantity is about.
std::int64_t directions(Quantity quantity, const Labels& labels, std::int64_t dims) {
  const std::int64_t y = labels.classes - 1, t = labels.transforms - 1;
  switch (quantity) {
    case Quantity::kZY:
      return std::min(y, dims);
    case Quantity::kZT:
      return std::min(t, dims);
    case Quantity::kZYT:
      return std::min(y + t + y * t, dims);
    case Quantity::kZYGivenT:
      return std::min(y + y * t, dims);
    case Quantity::kZTGivenY:
      return std::min(t + y * t, dims);
    default:
      return std::min(y * t, dims);
  }
}

/// What may hide of a quantity, given the signal it is about; zero where the signal is not faint.
double hidden(const ClusteredMean& signal, double factor, std::int64_t directions) {
  const double high = signal.mean + factor * signal.std_error, r = static_cast<double>(directions);
  return high > 0.0 && high <= kFaint ? 0.5 * r * std::log1p(2.0 * high / r) : 0.0;
}

void raise_to(Estimate& estimate, double high) {
  if (estimate.ceiling_nats) high = std::min(high, *estimate.ceiling_nats);
  if (!estimate.ci_high || high <= *estimate.ci_high) return;
  estimate.ci_high = high;
  estimate.flags.emplace_back("reaches_to_faint");
}

}  // namespace

void reach_to_faint_signal(Panel& headline, const RowInformation& signal, const Labels& labels, const Design& design,
                           std::int64_t dims, double ci_level) {
  const PanelMeans means = panel_means(signal, labels, design);
  const double factor = interval_factor(ci_level, labels.sources);
  const auto reach = [&](Quantity quantity) {
    const ClusteredMean& mean = means[static_cast<std::size_t>(quantity)];
    raise_to(headline.at(quantity), hidden(mean, factor, directions(quantity, labels, dims)));
  };
  for (const Quantity quantity :
       {Quantity::kZY, Quantity::kZT, Quantity::kZYT, Quantity::kZYGivenT, Quantity::kZTGivenY}) {
    reach(quantity);
  }
  if (design.independent) {
    reach(Quantity::kSynergy);
    raise_to(headline.at(Quantity::kYTGivenZ), *headline.at(Quantity::kSynergy).ci_high + design.y_t);
  }
  reset_share_interval(headline, design);
}

}  // namespace equinfo
