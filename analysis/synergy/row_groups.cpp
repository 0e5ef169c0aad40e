#include "synergy/row_groups.h"

#include <algorithm>
#include <numeric>

#include "core/error.h"

namespace equinfo {
namespace {

void check_lengths(const RowInformation& rows, const Labels& labels) {
  require(rows.z_y.size() == labels.y.size(), "there are readings of {} rows but labels of {}", rows.z_y.size(),
          labels.y.size());
}

GroupEstimate group_estimate(Quantity quantity, const std::vector<double>& values, const Labels& group,
                             double ci_level) {
  GroupEstimate estimate{.quantity = quantity, .nats = 0.0, .std_error = {}, .ci_low = {}, .ci_high = {}, .share = {}};
  if (group.sources < 2) {
    estimate.nats = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
    return estimate;
  }
  const ClusteredMean mean = clustered_mean(values, group.source, group.sources);
  const double reach = interval_factor(ci_level, group.sources) * mean.std_error;
  estimate.nats = mean.mean;
  estimate.std_error = mean.std_error;
  estimate.ci_low = mean.mean - reach;
  estimate.ci_high = mean.mean + reach;
  return estimate;
}

RowGroup group_of(const std::vector<std::int64_t>& members, const RowInformation& rows, const Labels& labels,
                  const Design& design, double ci_level) {
  const Labels inside = select_rows(labels, members);
  RowGroup group{0, inside.rows(), inside.sources, {}};
  std::vector<double> values(members.size());
  for (const Quantity quantity : kQuantities) {
    if (!is_row_mean(quantity)) continue;
    for (std::size_t i = 0; i < members.size(); ++i) {
      values[i] = row_value(quantity, rows, design, static_cast<std::size_t>(members[i]));
    }
    GroupEstimate estimate = group_estimate(quantity, values, inside, ci_level);
    estimate.contribution_nats = estimate.nats * (static_cast<double>(group.rows) / static_cast<double>(labels.rows()));
    group.estimates.push_back(estimate);
  }
  return group;
}

void fill_shares(std::vector<RowGroup>& groups) {
  for (std::size_t q = 0; q < groups.front().estimates.size(); ++q) {
    double total = 0.0;
    for (const RowGroup& group : groups) total += group.estimates[q].contribution_nats;
    for (RowGroup& group : groups) {
      if (total != 0.0) group.estimates[q].share = group.estimates[q].contribution_nats / total;
    }
  }
}

}  // namespace

std::string_view name_of(Grouping by) { return by == Grouping::kClass ? "class" : "transform"; }

Grouping grouping_named(std::string_view name) {
  for (const Grouping by : {Grouping::kClass, Grouping::kTransform}) {
    if (name == name_of(by)) return by;
  }
  throw std::invalid_argument(fmt::format("'{}' is no grouping; there is class and transform", name));
}

const GroupEstimate& RowGroup::at(Quantity quantity) const {
  const auto found = std::ranges::find(estimates, quantity, &GroupEstimate::quantity);
  require(found != estimates.end(), "a group of rows has no {}", name_of(quantity));
  return *found;
}

RowGroups group_rows(const RowInformation& rows, const Labels& labels, const Design& design, Grouping by,
                     double ci_level) {
  check_lengths(rows, labels);
  const auto& codes = by == Grouping::kClass ? labels.y : labels.t;
  const auto& names = by == Grouping::kClass ? labels.y_values : labels.t_values;
  std::vector<std::vector<std::int64_t>> members(names.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    members[static_cast<std::size_t>(codes[i])].push_back(static_cast<std::int64_t>(i));
  }
  RowGroups result{by, ci_level, {}};
  for (std::size_t g = 0; g < members.size(); ++g) {
    if (members[g].empty()) continue;
    result.groups.push_back(group_of(members[g], rows, labels, design, ci_level));
    result.groups.back().value = names[g];
  }
  fill_shares(result.groups);
  return result;
}

std::vector<TopRow> top_synergy_rows(const RowInformation& rows, const Labels& labels, std::int64_t count) {
  check_lengths(rows, labels);
  require(count >= 0, "{} is no number of rows", count);
  const auto synergy = [&](std::size_t i) { return rows.z_yt[i] - rows.z_y[i] - rows.z_t[i]; };
  std::vector<std::size_t> order(rows.z_y.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto kept = std::min(count, labels.rows());
  std::ranges::partial_sort(order, order.begin() + kept, [&](std::size_t a, std::size_t b) {
    return synergy(a) != synergy(b) ? synergy(a) > synergy(b) : a < b;
  });
  std::vector<TopRow> top;
  for (std::int64_t k = 0; k < kept; ++k) {
    const std::size_t i = order[static_cast<std::size_t>(k)];
    top.push_back(
        {static_cast<std::int64_t>(i), labels.source[i], labels.y_values[static_cast<std::size_t>(labels.y[i])],
         labels.t_values[static_cast<std::size_t>(labels.t[i])], rows.z_y[i], rows.z_t[i], rows.z_yt[i], synergy(i)});
  }
  return top;
}

}  // namespace equinfo
