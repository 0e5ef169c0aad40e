#include "report/where_table.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"
#include "report/text_columns.h"
#include "report/words.h"

namespace equinfo {
namespace {

constexpr std::size_t kMostGroups = 24;  // more would push the rest off a terminal

/// The text after an empty line.
std::string under_gap(const std::string& text) { return fmt::format("\n{}", text); }

std::string noun_of(const EmbeddingResult& result, Grouping by) {
  return by == Grouping::kClass ? "class" : transform_noun(result);
}

std::string percent(const std::optional<double>& share) {
  if (!share) return "";
  const double rounded = std::round(1000.0 * *share) / 10.0;
  return fmt::format("{:.1f} %", rounded == 0.0 ? 0.0 : rounded);
}

/// All groups, or those that carry most of the synergy, in their own order.
std::vector<const RowGroup*> shown_groups(const RowGroups& groups) {
  std::vector<const RowGroup*> shown;
  for (const RowGroup& group : groups.groups) shown.push_back(&group);
  if (shown.size() <= kMostGroups) return shown;
  const auto weight = [](const RowGroup* g) { return std::abs(g->at(Quantity::kSynergy).contribution_nats); };
  std::ranges::stable_sort(shown, std::ranges::greater{}, weight);
  shown.resize(kMostGroups);
  std::ranges::sort(shown);
  return shown;
}

std::vector<std::string> group_row(const RowGroup& group, const std::string& name, Unit unit) {
  const GroupEstimate& synergy = group.at(Quantity::kSynergy);
  std::vector<std::string> row{name, fmt::format("{}", group.rows)};
  for (const Quantity quantity :
       {Quantity::kZY, Quantity::kZT, Quantity::kZYGivenT, Quantity::kZTGivenY, Quantity::kZYT, Quantity::kSynergy}) {
    row.push_back(number_text(group.at(quantity).nats, unit));
  }
  row.insert(row.end(), {interval_text(synergy.ci_low, synergy.ci_high, unit),
                         number_text(synergy.contribution_nats, unit), percent(synergy.share)});
  return row;
}

std::string groups_table(const EmbeddingResult& result, const RowGroups& groups, const TableOptions& options) {
  const std::string noun = noun_of(result, groups.by);
  std::vector<std::vector<std::string>> rows{{noun, "rows", "I(Z;Y)", "I(Z;T)", "I(Z;Y|T)", "I(Z;T|Y)", "I(Z;Y,T)", "S",
                                              fmt::format("{:g} % interval ", 100.0 * groups.ci_level), "adds to S",
                                              "share"}};
  const auto shown = shown_groups(groups);
  for (const RowGroup* group : shown) {
    const bool of_class = groups.by == Grouping::kClass;
    const std::string name = of_class ? fmt::format("{}", group->value) : transform_value(result, group->value);
    rows.push_back(group_row(*group, name, options.unit));
  }
  std::string text = under_gap(aligned(rows, "rrrrrrrrrrr"));
  if (shown.size() < groups.groups.size()) {
    text += fmt::format("  … and {} more; --details writes them all\n", groups.groups.size() - shown.size());
  }
  const std::string reading = fmt::format(
      "By {}, in {}: means over each one's own rows; weighted with the rows they sum to the totals of {}. Where a mean "
      "is negative, the other label misleads more than it tells, or it is noise: see the interval, which does not hold "
      "what the probe misses.",
      noun, options.unit.name, result.headline().estimator);
  return text + wrapped(words_of(reading), " ", options.width, "  ");
}

std::string top_rows_table(const EmbeddingResult& result, const TableOptions& options) {
  const Unit unit = options.unit;
  std::vector<std::vector<std::string>> rows{
      {"row", "source", "class", transform_noun(result), "to S", "to I(Z;Y)", "to I(Z;T)", "to I(Z;Y,T)"}};
  for (const TopRow& top : result.top_rows) {
    rows.push_back({fmt::format("{}", top.row), fmt::format("{}", top.source), fmt::format("{}", top.y),
                    transform_value(result, top.t), number_text(top.synergy, unit), number_text(top.z_y, unit),
                    number_text(top.z_t, unit), number_text(top.z_yt, unit)});
  }
  const std::string reading = fmt::format(
      "Rows (from 0) that contribute most to S, in {}. A contribution is the logarithm of a ratio of estimated "
      "posteriors at the row's own labels; S is the mean over all {} rows, some of them negative. A row that the probe "
      "misreads can be among them, and the largest of many are large by chance too.",
      unit.name, result.rows);
  return under_gap(aligned(rows, "rrrrrrrr")) + wrapped(words_of(reading), " ", options.width, "  ");
}

std::string atom_text(const PidAtom& atom, Unit unit) {
  const std::string interval = interval_text(atom.ci_low, atom.ci_high, unit);
  return number_text(atom.nats, unit) + (interval.empty() ? "" : " " + interval);
}

std::string null_text(const NullPart& null, Unit unit) {
  return fmt::format("{} (p = {:.3f})", number_text(null.mean, unit), null.p_value);
}

}  // namespace

std::string where_tables(const EmbeddingResult& result, const TableOptions& options) {
  std::string text;
  for (const RowGroups& groups : result.groups) text += groups_table(result, groups, options);
  if (!result.top_rows.empty()) text += top_rows_table(result, options);
  return text;
}

std::string pid_table(const EmbeddingResult& result, const TableOptions& options) {
  if (result.pids.empty()) return "";
  const bool exact = result.panels.empty();
  std::vector<std::vector<std::string>> rows{{"PID", "redundancy", exact ? "unique 1" : "unique class",
                                              exact ? "unique 2" : "unique " + transform_noun(result), "synergy"}};
  for (std::size_t m = 0; m < result.pids.size(); ++m) {
    const Pid& pid = result.pids[m];
    rows.push_back({pid.measure});
    for (const PidPart part : kPidParts) rows.back().push_back(atom_text(pid.at(part), options.unit));
    if (!pid.flags.empty()) rows.back().push_back(fmt::format("{}", fmt::join(pid.flags, ", ")));
    if (m >= result.pid_nulls.size()) continue;
    rows.push_back({"  null"});
    for (const PidPart part : kPidParts) rows.back().push_back(null_text(*null_of(result, m, part), options.unit));
  }
  std::string reading = fmt::format("In {}; ", options.unit.name);
  reading += exact ? "sources 1 and 2, about the target. The table is taken as exact."
                   : "class and transformation, about Z: synergy − redundancy = I(Z;Y,T) − I(Z;Y) − I(Z;T), as the "
                     "raw cross-fitted posteriors have it (best_bound, not extrapolated).";
  std::set<std::string> flags;
  for (const Pid& pid : result.pids) flags.insert(pid.flags.begin(), pid.flags.end());
  for (const std::string& flag : flags) reading += fmt::format(" {}: {}.", flag, explain_flag(flag));
  if (!result.pid_nulls.empty()) {
    reading +=
        " Null: the mean of each part with labels permuted across images and the probes fitted anew, and how "
        "often it reached the part; of few permutations p cannot be small.";
  }
  return under_gap(aligned(rows, "lrrrrl")) + wrapped(words_of(reading), " ", options.width, "  ");
}

}  // namespace equinfo
