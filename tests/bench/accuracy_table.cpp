#include <fmt/format.h>

#include "bench/accuracy_summary.h"
#include "bench/judged.h"

namespace equinfo::bench {
namespace {

constexpr int kCellWidth = 33;

/// Such as " 0.840 -.005 [ 0.82,  0.85]".
std::string cell(const AccuracyRow& row) {
  std::string text = fmt::format("{:6.3f} {:+6.3f}", row.nats, row.error());
  if (row.ci_low && row.ci_high) {
    text += fmt::format(" [{:6.3f}, {:5.3f}]{}", *row.ci_low, *row.ci_high, row.covers.value_or(true) ? "" : "!");
  }
  return fmt::format("{:<{}}", text, kCellWidth);
}

std::string line_of(const std::string& estimator, const std::map<Quantity, AccuracyRow>& rows) {
  std::string line = fmt::format("  {:<13}", estimator);
  for (const Quantity quantity : kJudged) {
    const auto row = rows.find(quantity);
    line += row == rows.end() ? std::string(kCellWidth, ' ') : cell(row->second);
  }
  return line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
}

std::string truths(const AccuracyResult& result) {
  std::string line = fmt::format("  {:<13}", "truth");
  const auto& rows = result.by_estimator.begin()->second;
  for (const Quantity quantity : kJudged) {
    line += fmt::format("{:6.3f} {:<{}}", rows.at(quantity).truth, symbol_of(quantity), kCellWidth - 7);
  }
  return line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
}

}  // namespace

std::string accuracy_table(const std::vector<AccuracyResult>& results) {
  std::string text = "estimate, error, 95 % interval (!: does not hold the truth), in nats\n";
  for (const AccuracyResult& result : results) {
    text += fmt::format("\n{} · {} cells · {} rows · {}: {} · {}\n", result.name(), result.cells, result.rows,
                        result.verdict, result.reason, result.chosen);
    text += truths(result);
    for (const std::string& name : result.estimators) text += line_of(name, result.by_estimator.at(name));
  }
  return text;
}

}  // namespace equinfo::bench
