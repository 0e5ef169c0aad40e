#include <algorithm>
#include <array>
#include <map>

#include "core/error.h"
#include "estimators/joint_probe.h"
#include "report/embedding_result.h"
#include "report/figure.h"
#include "report/words.h"
#include "synergy/possible.h"

namespace equinfo {
namespace {

constexpr std::string_view kNoPreference = "\n";  // no name in a file: the last one is taken

/// The different values of a member in the order of their first appearance.
std::vector<std::string> values_of(const std::vector<ResultRow>& rows, std::string ResultRow::*member) {
  std::vector<std::string> values;
  for (const auto& row : rows) {
    if (std::ranges::find(values, row.*member) == values.end()) values.push_back(row.*member);
  }
  return values;
}

std::string listed(const std::vector<std::string>& values) {
  std::vector<std::string> quoted;
  for (const auto& value : values) quoted.push_back("'" + value + "'");
  return fmt::format("{}", fmt::join(quoted, ", "));
}

/// Keeps the rows whose member is the value; throws if there is none.
void keep(std::vector<ResultRow>& rows, std::string ResultRow::*member, const std::string& value,
          std::string_view what) {
  const auto there = values_of(rows, member);
  std::erase_if(rows, [&](const ResultRow& row) { return row.*member != value; });
  require(!rows.empty(), "nothing to plot: there is no {} '{}', only {}", what, value, listed(there));
}

/// The preferred value if it is there, else the last; a remark if there was a choice.
std::string chosen(const std::vector<std::string>& values, std::string_view preferred, std::string_view what,
                   std::vector<std::string>& remarks) {
  const auto found = std::ranges::find(values, preferred);
  const std::string& choice = found != values.end() ? *found : values.back();
  if (values.size() > 1) {
    remarks.push_back(
        fmt::format("of the {}s {} only '{}' is drawn; choose with --{}", what, listed(values), choice, what));
  }
  return choice;
}

/// Rows without an epoch cannot be told apart by it: only those of the last file are kept, or none if others have one.
void drop_unplaced(std::vector<ResultRow>& rows, std::vector<std::string>& remarks) {
  const auto unplaced = [](const ResultRow& row) { return !row.epoch.has_value(); };
  if (!std::ranges::all_of(rows, unplaced)) {
    if (std::erase_if(rows, unplaced) > 0) remarks.emplace_back("rows without an epoch are not drawn");
    return;
  }
  const auto files = values_of(rows, &ResultRow::file);
  if (files.size() > 1) {
    remarks.push_back(fmt::format(
        "of {} files only the last, '{}', is drawn; mi-estimate --run NAME gives each a name to choose by --run",
        files.size(), files.back()));
  }
  std::erase_if(rows, [&](const ResultRow& row) { return row.file != files.back(); });
}

std::vector<FigureEpoch> by_epoch(const std::vector<ResultRow>& rows) {
  std::map<std::optional<std::int64_t>, std::map<Quantity, ResultRow>> sorted;
  for (const auto& row : rows) sorted[row.epoch][row.quantity] = row;
  std::vector<FigureEpoch> epochs;
  for (const auto& [epoch, quantities] : sorted) {
    epochs.push_back({epoch, {}});
    for (const auto& [quantity, row] : quantities) epochs.back().rows.push_back(row);
  }
  return epochs;
}

bool has_flag(const ResultRow& row, std::string_view flag) {
  return std::ranges::find(row.flags, flag) != row.flags.end();
}

/// "AMBER", the verdict that the rows of one embedding carry; empty if none does.
std::string verdict_of(const FigureEpoch& epoch) {
  for (const auto& row : epoch.rows) {
    for (const VerdictLevel level : {VerdictLevel::kGreen, VerdictLevel::kAmber, VerdictLevel::kRed}) {
      if (has_flag(row, verdict_flag(level))) return std::string(name_of(level));
    }
  }
  return "";
}

/// As the terminal's table shows it; the ceiling of S is an estimate and no end.
void cut_interval(ResultRow& row) {
  if (!row.nats || !row.ci_low || !row.ci_high) return;
  const auto ceiling = row.quantity == Quantity::kSynergy ? std::nullopt : row.ceiling_nats;
  const Interval possible = possible_range(row.quantity, !has_flag(row, "labels_dependent"), ceiling);
  const Interval shown = shown_interval({*row.ci_low, *row.ci_high}, *row.nats, possible);
  row.ci_low = shown.low;
  row.ci_high = shown.high;
}

/// What intervals of the estimator hold, where that is less than those of a probe do.
std::string estimator_caveat(const std::string& estimator) {
  const auto is = [&](const ProbeKind& kind) { return kind.name == estimator; };
  if (estimator.starts_with("best") || std::ranges::any_of(probe_kinds(), is)) return "";
  const std::string_view reads = estimator.starts_with("knn") ? ", and in many dimensions it reads too little" : "";
  return fmt::format("intervals of {} hold the sampling error alone{}", estimator, reads);
}

/// Only what somebody must know who sees the figure and nothing else.
std::string caption_of(const std::string& estimator, const std::vector<ResultRow>& rows) {
  constexpr std::array<std::string_view, 5> kTold{"extrapolation_unreliable", "pca_reduced", "dimension_limited",
                                                  "no_source", "labels_dependent"};
  std::vector<std::string> pieces;
  const auto is_bound = [](const ResultRow& row) { return row.kind == EstimateKind::kLowerBound; };
  if (std::ranges::any_of(rows, is_bound)) pieces.emplace_back("≥ is a lower bound");
  if (const std::string caveat = estimator_caveat(estimator); !caveat.empty()) pieces.push_back(caveat);
  for (const std::string_view flag : kTold) {
    const auto carries = [&](const ResultRow& row) { return has_flag(row, flag); };
    if (std::ranges::any_of(rows, carries)) pieces.push_back(explain_flag(std::string(flag)));
  }
  return fmt::format("{}", fmt::join(pieces, " · "));
}

/// Without the run's name the file's, and of the file's own path to the embedding what is no mere "/z".
std::string default_title(const FigureData& data, const std::string& estimator) {
  std::string title = data.run;
  if (title.empty() && !data.epochs.empty() && !data.epochs.front().rows.empty()) {
    title = std::filesystem::path(data.epochs.front().rows.front().file).stem().string();
  }
  if (!data.layer.empty() && data.layer != "/z") title += (title.empty() ? "" : ", ") + data.layer;
  if (estimator != "best") title += (title.empty() ? "" : ", ") + estimator;
  const auto& epochs = data.epochs;
  if (epochs.size() == 1 && epochs[0].epoch) title += fmt::format(", epoch {}", *epochs[0].epoch);
  const std::string verdict = epochs.empty() ? "" : verdict_of(epochs.back());
  if (!verdict.empty()) title += fmt::format(" ({}{})", verdict, epochs.size() > 1 ? " at the end" : "");
  return title;
}

}  // namespace

const ResultRow* FigureEpoch::find(Quantity quantity) const {
  const auto found =
      std::ranges::find_if(rows, [&](const ResultRow& row) { return row.quantity == quantity && row.nats; });
  return found == rows.end() ? nullptr : &*found;
}

FigureData select_figure(const std::vector<ResultRow>& rows, const FigureOptions& options) {
  require(!rows.empty(), "nothing to plot: the file has no rows");
  std::vector<ResultRow> left = rows;
  FigureData data{.unit = options.unit};
  data.run = options.run ? *options.run : chosen(values_of(left, &ResultRow::run), kNoPreference, "run", data.remarks);
  keep(left, &ResultRow::run, data.run, "run");
  keep(left, &ResultRow::estimator, options.estimator, "estimator");
  data.layer =
      options.layer ? *options.layer : chosen(values_of(left, &ResultRow::layer), "encoder", "layer", data.remarks);
  keep(left, &ResultRow::layer, data.layer, "layer");
  drop_unplaced(left, data.remarks);
  for (ResultRow& row : left) cut_interval(row);
  data.epochs = by_epoch(left);
  data.title = options.title ? *options.title : default_title(data, options.estimator);
  data.caption = caption_of(options.estimator, left);
  return data;
}

}  // namespace equinfo
