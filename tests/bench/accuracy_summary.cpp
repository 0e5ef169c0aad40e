#include "bench/accuracy_summary.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace equinfo::bench {
namespace {

constexpr std::int64_t kDims = 64, kCells = 100;  // up to which the errors are promised
constexpr double kInformationError = 0.02, kSynergyError = 0.015, kFarOff = 0.1, kRedShare = 0.25, kMissed = 0.05;

bool is_moderate(const AccuracyResult& result) { return result.dims <= kDims && result.cells <= kCells; }

/// Absolute errors of one estimator, in nats.
struct Errors {
  double information_sum = 0.0, synergy_sum = 0.0, worst = 0.0;
  int informations = 0, synergies = 0, intervals = 0, covered = 0;

  void add(const AccuracyRow& row) {
    const double error = std::abs(row.error());
    (row.quantity == Quantity::kSynergy ? synergy_sum : information_sum) += error;
    ++(row.quantity == Quantity::kSynergy ? synergies : informations);
    worst = std::max(worst, error);
    intervals += row.covers ? 1 : 0;
    covered += row.covers.value_or(false) ? 1 : 0;
  }
  double information() const { return informations > 0 ? information_sum / informations : 0.0; }
  double synergy() const { return synergies > 0 ? synergy_sum / synergies : 0.0; }
};

template <class Condition>
Errors errors_of(const std::vector<AccuracyResult>& results, const std::string& estimator, Condition counts) {
  Errors errors;
  for (const AccuracyResult& result : results) {
    const auto rows = result.by_estimator.find(estimator);
    if (rows == result.by_estimator.end() || !counts(result)) continue;
    for (const auto& [quantity, row] : rows->second) errors.add(row);
  }
  return errors;
}

std::vector<std::string> estimators_of(const std::vector<AccuracyResult>& results) {
  std::vector<std::string> names;
  for (const AccuracyResult& result : results) {
    for (const std::string& name : result.estimators) {
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

template <class Condition>
std::string error_table(const std::vector<AccuracyResult>& results, const std::string& title, Condition counts) {
  std::string text =
      fmt::format("{} ({} samples)\n    estimator      informations       S   worst   intervals that cover\n", title,
                  std::ranges::count_if(results, counts));
  for (const std::string& name : estimators_of(results)) {
    const Errors errors = errors_of(results, name, counts);
    text +=
        fmt::format("    {:<14} {:12.4f} {:7.4f} {:7.3f}", name, errors.information(), errors.synergy(), errors.worst);
    if (errors.intervals > 0) text += fmt::format("   {} of {}", errors.covered, errors.intervals);
    text += '\n';
  }
  return text;
}

/// The headline's lines that `counts` picks, one a line.
template <class Condition>
std::pair<int, std::string> listed(const std::vector<AccuracyResult>& results, Condition counts) {
  std::pair<int, std::string> list;
  for (const AccuracyResult& result : results) {
    const auto rows = result.by_estimator.find("best");
    if (rows == result.by_estimator.end()) continue;
    for (const auto& [quantity, row] : rows->second) {
      if (!counts(result, row)) continue;
      ++list.first;
      list.second += fmt::format("      {:<42} {:<9} {:7.4f}, error {:+.4f}, [{:.4f}, {:.4f}]\n", result.name(),
                                 symbol_of(quantity), row.truth, row.error(), *row.ci_low, *row.ci_high);
    }
  }
  return list;
}

std::string held(bool holds) { return holds ? "holds" : "FAILS"; }

bool is_green(const AccuracyResult& result) { return result.verdict == "GREEN"; }

std::string promises(const std::vector<AccuracyResult>& results) {
  const Errors best = errors_of(results, "best", is_moderate);
  const auto far = listed(results, [](const auto& result, const AccuracyRow& row) {
    return is_green(result) && std::abs(row.error()) > kFarOff;
  });
  const auto missed = listed(
      results, [](const auto& result, const AccuracyRow& row) { return is_green(result) && row.covers == false; });
  const auto judged = listed(results, [](const auto& result, const AccuracyRow&) { return is_green(result); });
  const auto red = std::ranges::count(results, "RED", &AccuracyResult::verdict);
  const auto all = static_cast<double>(results.size());
  std::string text = fmt::format(
      "\nWhat the headline promises\n    informations {:.4f}, at most {}: {}\n    S {:.4f}, at most {}: {}\n",
      best.information(), kInformationError, held(best.information() <= kInformationError), best.synergy(),
      kSynergyError, held(best.synergy() <= kSynergyError));
  text += fmt::format("    GREEN and off by more than {}: {}, none allowed: {}\n{}", kFarOff, far.first,
                      held(far.first == 0), far.second);
  text += fmt::format("    GREEN and not covered: {} of {}; {:.0f} would be chance\n{}", missed.first, judged.first,
                      kMissed * judged.first, missed.second);
  return text + fmt::format("    RED: {} of {}, at most a quarter: {} ({} GREEN, {} AMBER)\n", red, results.size(),
                            held(static_cast<double>(red) <= kRedShare * all),
                            std::ranges::count(results, "GREEN", &AccuracyResult::verdict),
                            std::ranges::count(results, "AMBER", &AccuracyResult::verdict));
}

}  // namespace

std::string accuracy_summary(const std::vector<AccuracyResult>& results) {
  const auto beyond = [](const AccuracyResult& result) { return !is_moderate(result); };
  return error_table(results, fmt::format("Mean absolute error, d ≤ {} and at most {} cells", kDims, kCells),
                     is_moderate) +
         error_table(results, "\nMean absolute error of the others", beyond) + promises(results);
}

}  // namespace equinfo::bench
