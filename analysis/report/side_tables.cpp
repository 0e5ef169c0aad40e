#include "report/side_tables.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/version.h"
#include "report/plan_table.h"
#include "report/words.h"

namespace equinfo {
namespace {

using Fields = std::vector<std::string>;

/// Details whose numbers are items of their own.
constexpr std::array<std::string_view, 4> kToldInNumbers{"bias band of S", "shortfall of the bounds", "gate",
                                                         "own minus shared radius"};

std::string text_of(const std::optional<double>& value) { return value ? shortest_number(*value) : ""; }
std::string text_of(std::int64_t value) { return fmt::format("{}", value); }

Fields with_keys(Fields own) {
  own.insert(own.begin(), {"run", "file", "epoch", "layer", "estimator"});
  own.insert(own.end(), {"seed", "version"});
  return own;
}

/// One line of a side table: the keys, the fields of its own, and what is needed to get it again.
std::string line_of(const EmbeddingResult& result, const std::string& estimator, const Fields& own) {
  Fields fields{result.run, result.file, result.epoch ? text_of(*result.epoch) : "", result.layer, estimator};
  fields.insert(fields.end(), own.begin(), own.end());
  fields.insert(fields.end(), {fmt::format("{}", result.seed), version()});
  return csv_line(fields);
}

std::string item_name(std::string name) {
  std::ranges::replace(name, ' ', '_');
  return name;
}

/// What decides the numbers: threads and progress do not.
std::string options_text(const MeasureOptions& options) {
  return nlohmann::ordered_json{{"estimators", options.estimators}, {"folds", options.folds},
                                {"repeats", options.repeats},       {"knn_k", options.knn_k},
                                {"knn_dims", options.knn_dims},     {"knn_subsamples", options.knn_subsamples},
                                {"codewords", options.codewords},   {"entropy", options.entropy},
                                {"ci_level", options.ci_level},     {"seed", options.seed}}
      .dump();
}

std::string panel_details(const EmbeddingResult& result, const Panel& panel) {
  std::string lines;
  for (const PanelNumber& number : panel.numbers) {
    const std::string quantity(number.quantity ? name_of(*number.quantity) : "");
    lines += line_of(result, panel.estimator, {number.item, quantity, shortest_number(number.value), ""});
  }
  lines += line_of(result, panel.estimator, {"chain_residual", "", shortest_number(panel.chain_residual), ""});
  for (const auto& [name, text] : panel.details) {
    if (std::ranges::find(kToldInNumbers, name) != kToldInNumbers.end() && !panel.numbers.empty()) continue;
    lines += line_of(result, panel.estimator, {item_name(name), "", "", text});
  }
  return lines;
}

std::string details_lines(const EmbeddingResult& result) {
  if (result.panels.empty()) return "";
  std::string lines;
  for (const Panel& panel : result.panels) lines += panel_details(result, panel);
  const std::string& headline = result.headline().estimator;
  lines += line_of(result, headline, {"options", "", "", options_text(result.options)});
  for (std::size_t b = 0; b < result.bins.size(); ++b) {
    const std::string values = transform_value(result, static_cast<std::int64_t>(b));
    lines += line_of(result, headline, {fmt::format("bin_{}", b), "", "", values});
  }
  if (!result.verdict) return lines;
  lines += line_of(result, headline, {"verdict", "", "", std::string(name_of(result.verdict->level))});
  for (const Reason& reason : result.verdict->reasons) {
    lines += line_of(result, headline, {"verdict_reason", "", "", reason.text()});
  }
  return lines;
}

std::string groups_lines(const EmbeddingResult& result) {
  std::string lines;
  for (const RowGroups& groups : result.groups) {
    for (const RowGroup& group : groups.groups) {
      for (const GroupEstimate& e : group.estimates) {
        lines += line_of(result, result.headline().estimator,
                         {std::string(name_of(groups.by)), text_of(group.value), text_of(group.rows),
                          text_of(group.sources), std::string(name_of(e.quantity)), shortest_number(e.nats),
                          text_of(e.ci_low), text_of(e.ci_high), e.ci_low ? shortest_number(groups.ci_level) : "",
                          text_of(e.std_error), shortest_number(e.contribution_nats), text_of(e.share)});
      }
    }
  }
  return lines;
}

std::string rows_lines(const EmbeddingResult& result) {
  std::string lines;
  for (std::size_t k = 0; k < result.top_rows.size(); ++k) {
    const TopRow& top = result.top_rows[k];
    lines += line_of(
        result, result.headline().estimator,
        {fmt::format("{}", k + 1), text_of(top.row), text_of(top.source), text_of(top.y), text_of(top.t),
         shortest_number(top.synergy), shortest_number(top.z_y), shortest_number(top.z_t), shortest_number(top.z_yt)});
  }
  return lines;
}

std::string plan_lines(const EmbeddingResult& result) {
  std::string lines;
  for (const Fields& fields : plan_records(result)) lines += line_of(result, result.headline().estimator, fields);
  return lines;
}

std::string power_lines(const EmbeddingResult& result) {
  std::string lines;
  for (const Fields& fields : power_records(result)) lines += line_of(result, result.power->estimator, fields);
  return lines;
}

std::string pid_lines(const EmbeddingResult& result) {
  const std::string estimator = result.panels.empty() ? "table" : result.headline().estimator;
  std::string lines;
  for (std::size_t m = 0; m < result.pids.size(); ++m) {
    const Pid& pid = result.pids[m];
    const std::string flags = fmt::format("{}", fmt::join(pid.flags, ";"));
    for (const PidPart part : kPidParts) {
      const PidAtom& atom = pid.at(part);
      const NullPart* null = null_of(result, m, part);
      lines += line_of(
          result, estimator,
          {pid.measure, std::string(name_of(part)), shortest_number(atom.nats), shortest_number(atom.claimed_nats),
           text_of(atom.ci_low), text_of(atom.ci_high), atom.ci_low ? shortest_number(result.options.ci_level) : "",
           text_of(atom.std_error), null ? shortest_number(null->mean) : "", null ? shortest_number(null->p_value) : "",
           shortest_number(pid.z_first), shortest_number(pid.z_second), shortest_number(pid.z_both),
           shortest_number(pid.gap), flags});
    }
  }
  return lines;
}

}  // namespace

const std::vector<SideTable>& side_tables() {
  static const std::vector<SideTable> kTables{
      {{"details.csv", with_keys({"item", "quantity", "value", "text"})}, details_lines},
      {{"groups.csv", with_keys({"by", "value", "n", "sources", "quantity", "nats", "ci_low", "ci_high", "ci_level",
                                 "std_error", "contribution_nats", "share"})},
       groups_lines},
      {{"rows.csv", with_keys({"rank", "row", "source", "class", "transform", "synergy", "z_y", "z_t", "z_yt"})},
       rows_lines},
      {{"pid.csv", with_keys({"measure", "part", "nats", "claimed_nats", "ci_low", "ci_high", "ci_level", "std_error",
                              "null_nats", "p_value", "z_first", "z_second", "z_both", "gap_nats", "flags"})},
       pid_lines},
      {{"plan.csv", with_keys({"quantity", "width_nats", "width_now", "images_now", "images_needed", "rows_needed"})},
       plan_lines},
      {{"power.csv", with_keys({"quantity", "shift", "planted_nats", "mean_nats", "plants", "detected", "covered"})},
       power_lines}};
  return kTables;
}

void check_side_tables(const std::filesystem::path& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  const std::string words = failure ? failure.message() : "there is a file of that name";
  require_file(std::filesystem::is_directory(folder), "{}: cannot be made a folder: {}", folder.string(), words);
  for (const SideTable& table : side_tables()) check_appendable(folder / table.kind.name, table.kind);
}

void append_late_details(const std::filesystem::path& folder, const EmbeddingResult& result) {
  std::string lines;
  for (std::size_t q = 0; q < result.corrected_p_values.size(); ++q) {
    const PermutationTest& test = result.permutation_tests[q];
    const auto& corrected = result.corrected_p_values[q];
    if (!corrected) continue;
    lines += line_of(result, result.headline().estimator,
                     {"p_value_corrected", std::string(name_of(test.quantity)), shortest_number(*corrected),
                      fmt::format("max-T over {} embeddings", result.corrected_for)});
  }
  if (!lines.empty()) append_csv(folder / side_tables().front().kind.name, side_tables().front().kind, lines);
}

void append_side_tables(const std::filesystem::path& folder, const EmbeddingResult& result) {
  for (const SideTable& table : side_tables()) {
    if (const std::string lines = table.lines(result); !lines.empty()) {
      append_csv(folder / table.kind.name, table.kind, lines);
    }
  }
}

}  // namespace equinfo
