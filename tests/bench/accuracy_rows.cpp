#include "bench/accuracy_rows.h"

#include <algorithm>

#include <fmt/format.h>

#include "bench/judged.h"
#include "bench/resumable_csv.h"
#include "core/error.h"
#include "report/csv.h"
#include "synergy/measure.h"

namespace equinfo::bench {
namespace {

std::string line_of(const KnownSample& sample, const Labels& labels, const Panel& panel, Quantity quantity,
                    const std::optional<Verdict>& verdict) {
  const Estimate& estimate = panel.at(quantity);
  const double truth = truth_of(sample.truth, quantity);
  const bool headline = panel.estimator == "best";
  const auto number = [](double value) { return fmt::format("{:.5f}", value); };
  return fmt::format(
      "{},{}", sample.key(),
      csv_line(
          {panel.estimator, std::to_string(labels.cells()), std::to_string(sample.seed), std::string(name_of(quantity)),
           fmt::format("{:.4f}", truth), number(estimate.nats), number(estimate.nats - truth),
           number(estimate.ci_low.value()), number(estimate.ci_high.value()), covers(estimate, truth) ? "1" : "0",
           std::string(name_of(estimate.kind)), verdict ? std::string(name_of(verdict->level)) : "",
           headline && verdict ? verdict->reasons.front().text() : "", headline ? detail_of(panel, "chosen") : ""}));
}

AccuracyRow row_of(const std::vector<std::string>& fields) {
  const auto number = [](const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(std::stod(text));
  };
  AccuracyRow row{
      fields[0], fields[1] == "1",          std::stoll(fields[2]), std::stoll(fields[3]), std::stoll(fields[5]),
      fields[4], quantity_named(fields[7]), std::stod(fields[8]),  std::stod(fields[9])};
  row.ci_low = number(fields[11]);
  row.ci_high = number(fields[12]);
  if (!fields[13].empty()) row.covers = fields[13] == "1";
  row.verdict = fields[15];
  row.reason = fields[16];
  row.chosen = fields[17];
  return row;
}

void add(AccuracyResult& result, AccuracyRow row) {
  if (std::ranges::find(result.estimators, row.estimator) == result.estimators.end()) {
    result.estimators.push_back(row.estimator);
  }
  if (row.estimator == "best") {
    result.verdict = row.verdict;
    result.reason = row.reason;
    result.chosen = row.chosen;
  }
  result.by_estimator[row.estimator][row.quantity] = std::move(row);
}

}  // namespace

std::string accuracy_lines(const KnownSample& sample, bool fast) {
  testing::Sample drawn = sample.draw();
  const Labels labels = sample.labels(drawn);
  MeasureOptions options;
  options.threads = 1;
  if (fast) options.estimators = kFastEstimators;
  const Measurement measurement = measure(std::move(drawn.z), labels, options);
  std::string lines;
  for (const Panel& panel : measurement.panels) {
    for (const Quantity quantity : kJudged) lines += line_of(sample, labels, panel, quantity, measurement.verdict);
  }
  return lines;
}

std::string AccuracyResult::name() const {
  return fmt::format("{}, {}, d = {}", problem, wrapped ? "wrapped" : "plain", dims);
}

std::vector<AccuracyResult> read_accuracy(const std::filesystem::path& path) {
  const std::string text = read_text(path);
  require_file(text.starts_with(std::string(kAccuracyHeader) + '\n'), "{}: its header is not '{}'", path.string(),
               kAccuracyHeader);
  const std::vector<CsvRecord> records = parse_csv(text, path.string());
  std::vector<AccuracyResult> results;
  for (std::size_t i = 1; i < records.size(); ++i) {
    require_file(records[i].fields.size() == records.front().fields.size(), "{}: line {} has {} fields, not {}",
                 path.string(), records[i].line, records[i].fields.size(), records.front().fields.size());
    AccuracyRow row = row_of(records[i].fields);
    const auto same = [&](const AccuracyResult& result) {
      return result.problem == row.problem && result.wrapped == row.wrapped && result.dims == row.dims;
    };
    auto result = std::ranges::find_if(results, same);
    if (result == results.end()) {
      results.push_back({row.problem, row.wrapped, row.dims, row.rows, row.cells, {}, {}, {}, {}, {}});
      result = results.end() - 1;
    }
    require_file(row.rows == results.front().rows, "{}: samples of {} rows and of {}; one file holds one size",
                 path.string(), results.front().rows, row.rows);
    add(*result, std::move(row));
  }
  return results;
}

}  // namespace equinfo::bench
