#include "report/p_values.h"

#include <algorithm>

#include "core/error.h"
#include "estimators/adjusted_p_values.h"
#include "report/text_columns.h"
#include "synergy/difference.h"

namespace equinfo {
namespace {

std::string p_text(const std::optional<double>& p) { return p ? fmt::format("{:.4f}", *p) : "–"; }

/// Embeddings with the samples of `results[first]`, itself included.
std::vector<std::size_t> sharing_samples(const std::vector<EmbeddingResult>& results, std::size_t first) {
  std::vector<std::size_t> sharing;
  for (std::size_t e = 0; e < results.size(); ++e) {
    if (results[e].labels && !results[e].permutation_tests.empty() &&
        same_samples(*results[first].labels, *results[e].labels)) {
      sharing.push_back(e);
    }
  }
  return sharing;
}

/// All groups of at least two embeddings that share their samples.
std::vector<std::vector<std::size_t>> groups_of(const std::vector<EmbeddingResult>& results) {
  std::vector<std::vector<std::size_t>> groups;
  std::vector<bool> told(results.size(), false);
  for (std::size_t e = 0; e < results.size(); ++e) {
    if (told[e] || !results[e].labels || results[e].permutation_tests.empty()) continue;
    const auto group = sharing_samples(results, e);
    for (const std::size_t member : group) told[member] = true;
    if (group.size() > 1) groups.push_back(group);
  }
  return groups;
}

std::vector<std::string> names_of(const EmbeddingResult& result) {
  return {shortened(result.file, 24), result.epoch ? fmt::format("{}", *result.epoch) : "",
          shortened(result.layer, 12)};
}

std::string adjusted_group(const std::vector<EmbeddingResult>& results, const std::vector<std::size_t>& group,
                           const TableOptions& options) {
  std::vector<std::vector<std::string>> rows{{"file", "epoch", "layer"}};
  for (const std::size_t e : group) rows.push_back(names_of(results[e]));
  for (std::size_t q = 0; q < results[group.front()].permutation_tests.size(); ++q) {
    std::vector<PermutationTest> tests;
    for (const std::size_t e : group) tests.push_back(results[e].permutation_tests[q]);
    rows.front().emplace_back(symbol_of(tests.front().quantity));
    const auto adjusted = adjusted_p_values(tests);
    for (std::size_t k = 0; k < group.size(); ++k) {
      rows[k + 1].push_back(fmt::format("{} ({})", p_text(adjusted[k]), p_text(tests[k].p_value)));
    }
  }
  const std::string reading = fmt::format(
      "p-values corrected for looking at these {} embeddings (max-T over permutations they share), and in brackets "
      "each embedding's own.",
      group.size());
  return fmt::format("\n{}{}", aligned(rows, "lrlrrrrr"), wrapped(words_of(reading), " ", options.width, "  "));
}

}  // namespace

void set_p_values(EmbeddingResult& result, std::vector<PermutationTest> tests) {
  const std::string headline = result.headline().estimator;
  for (Panel& panel : result.panels) {
    const std::string& name = panel.estimator;
    if (name != headline && name != "best_bound" && name != "lda") continue;
    for (const PermutationTest& test : tests) panel.at(test.quantity).p_value = test.p_value;
    if (name != headline) continue;
    for (const PermutationTest& test : tests) {
      panel.details.emplace_back(fmt::format("permuted for {}", name_of(test.quantity)), test.scheme);
    }
    panel.details.emplace_back("permutations", fmt::format("{}", result.options.permutations));
  }
  result.permutation_tests = std::move(tests);
}

void set_corrected_p_values(std::vector<EmbeddingResult>& results) {
  for (const auto& group : groups_of(results)) {
    for (std::size_t q = 0; q < results[group.front()].permutation_tests.size(); ++q) {
      std::vector<PermutationTest> tests;
      for (const std::size_t e : group) tests.push_back(results[e].permutation_tests[q]);
      const auto adjusted = adjusted_p_values(tests);
      for (std::size_t k = 0; k < group.size(); ++k) {
        results[group[k]].corrected_p_values.resize(results[group[k]].permutation_tests.size());
        results[group[k]].corrected_p_values[q] = adjusted[k];
        results[group[k]].corrected_for = static_cast<std::int64_t>(group.size());
      }
    }
  }
}

std::string permutation_table(const EmbeddingResult& result, const TableOptions& options) {
  if (result.permutation_tests.empty()) return "";
  std::vector<std::vector<std::string>> rows{{"zero?", "p", "permuted"}};
  for (const PermutationTest& test : result.permutation_tests) {
    rows.push_back({std::string(symbol_of(test.quantity)), p_text(test.p_value), test.scheme});
  }
  const std::string reading = fmt::format(
      "Exact tests that each information is zero, by {} permutations of the labels; the statistic is the ungated score "
      "of lda, whatever probe the headline took. S has no exact test.",
      result.options.permutations);
  return fmt::format("\n{}{}", aligned(rows, "lrl"), wrapped(words_of(reading), " ", options.width, "  "));
}

std::string adjusted_table(const std::vector<EmbeddingResult>& results, const TableOptions& options) {
  std::string text;
  for (const auto& group : groups_of(results)) text += adjusted_group(results, group, options);
  return text;
}

}  // namespace equinfo
