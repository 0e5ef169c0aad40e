#include "estimators/rule_set.h"

#include <algorithm>

#include "compute/blas.h"

namespace equinfo {

std::int64_t RuleSet::block_rows() const {
  constexpr std::int64_t kBlockScores = std::int64_t{1} << 18;
  return std::clamp<std::int64_t>(kBlockScores / std::max<std::int64_t>(1, columns()), 32, 512);
}

RuleSet side_by_side(const std::vector<const LinearRule*>& rules) {
  RuleSet set{{}, {}, {0}};
  for (const LinearRule* rule : rules) set.first.push_back(set.first.back() + rule->weights.cols());
  set.weights = Matrix<float>(rules.front()->weights.rows(), set.columns());
  for (std::size_t r = 0; r < rules.size(); ++r) {
    set.bias.insert(set.bias.end(), rules[r]->bias.begin(), rules[r]->bias.end());
    for (std::int64_t j = 0; j < set.weights.rows(); ++j) {
      std::ranges::copy(rules[r]->weights.row(j), set.weights.row(j).begin() + set.first[r]);
    }
  }
  return set;
}

void score_columns(const RuleSet& set, MatrixView<const float> z, MatrixView<float> scores) {
  for (std::int64_t c = 0; c < scores.rows(); ++c) {
    std::ranges::fill(scores.row(c), set.bias[static_cast<std::size_t>(c)]);
  }
  multiply(1.0F, set.weights, Transpose::kYes, z, Transpose::kYes, 1.0F, scores);
}

MatrixView<const float> scores_of(MatrixView<const float> scores, const RuleSet& set, std::size_t rule) {
  return scores.middle_rows(set.first[rule], set.first[rule + 1] - set.first[rule]);
}

}  // namespace equinfo
