#include "estimators/lda_cross_fit.h"

#include <algorithm>
#include <optional>

#include "compute/parallel.h"
#include "compute/team.h"
#include "core/progress.h"
#include "estimators/fold_exchange.h"
#include "estimators/gate.h"
#include "estimators/lda_gates.h"
#include "estimators/rule_set.h"

namespace equinfo {
namespace {

/// The distinct training sets of a fold.
std::vector<Parts> training_sets(const std::vector<TrainingSize>& sizes) {
  std::vector<Parts> sets;
  const auto add = [&](const Parts& parts) {
    if (std::ranges::find(sets, parts) == sets.end()) sets.push_back(parts);
  };
  for (const TrainingSize& size : sizes) {
    add(size.plan.parts);
    for (const GateScores& gate : size.plan.gate) add(gate.trained_on);
  }
  return sets;
}

/// One fold's rules and gates: of training size s and input i at s · inputs + i.
struct FoldRules {
  RuleSet rules;
  std::vector<std::array<double, 3>> gates;
};

class LdaCrossFit {
 public:
  LdaCrossFit(std::span<const ProbeInput> inputs, const std::string& label)
      : inputs_(inputs),
        folds_(inputs.front().folds),
        threads_(inputs.front().threads),
        sizes_(training_sizes()),
        sets_(training_sets(sizes_)),
        fold_rules_(static_cast<std::size_t>(folds_.folds)),
        owner_(owners_by_cost(std::vector<double>(fold_rules_.size(), 1.0), team_size())) {
    for (const int owner : owner_) own_.push_back(!work_is_shared() || owner == team_rank());
    const std::size_t rows = inputs.front().labels.y.size();
    const RowInformation zero = zero_information(rows);
    fits_.assign(inputs.size(), {zero, zero, zero});
    for (CrossFit& fit : fits_) {
      fit.gates.resize(fold_rules_.size());
      fit.inner.resize(fold_rules_.size());
    }
    if (!label.empty()) progress_.emplace(label, folds_.folds + 1, "parts");
  }

  std::vector<CrossFit> run() {
    // The labels of one input stand for all: what gates look at must not depend on which labels are read together.
    const auto widest = std::ranges::max_element(inputs_, {}, [](const ProbeInput& i) { return i.labels.cells(); });
    const GateSample sample = sample_rows(widest->z, gate_rows(folds_, widest->labels), threads_);
    for (int fold = 0; fold < folds_.folds; ++fold) {
      if (!is_own(fold)) continue;
      fit_fold(fold, sample);
      if (progress_) progress_->advance();
    }
    read_rows();
    if (progress_) progress_->advance();
    if (work_is_shared()) exchange_folds(fits_, folds_, owner_);
    return std::move(fits_);
  }

 private:
  bool is_own(int fold) const { return own_[static_cast<std::size_t>(fold)]; }
  std::size_t inputs() const { return inputs_.size(); }

  std::vector<Matrix<double>> scatters(int fold) const;
  std::vector<LinearRule> fit_rules(int fold) const;
  void fit_fold(int fold, const GateSample& sample);
  void read_rows();
  void read_block(const FoldRules& fold, std::span<const std::int64_t> rows);

  std::span<const ProbeInput> inputs_;
  const SourceFolds& folds_;
  int threads_;
  std::vector<TrainingSize> sizes_;
  std::vector<Parts> sets_;
  std::vector<FoldRules> fold_rules_;
  std::vector<int> owner_;
  std::vector<bool> own_;  // asked for inside parallel parts too, where work counts as not shared
  std::vector<CrossFit> fits_;
  std::optional<Progress> progress_;
};

/// Of every training set, from those of the fold's quarters.
std::vector<Matrix<double>> LdaCrossFit::scatters(int fold) const {
  std::vector<Matrix<double>> quarters(static_cast<std::size_t>(folds_.parts)), sums(sets_.size());
  parallel_for(folds_.parts, threads_, [&](std::int64_t part) {
    quarters[static_cast<std::size_t>(part)] =
        inputs_.front().lda->scatter(training_chunks(folds_, fold, {static_cast<int>(part)}));
  });
  parallel_for(static_cast<std::int64_t>(sets_.size()), threads_, [&](std::int64_t s) {
    const Parts& parts = sets_[static_cast<std::size_t>(s)];
    Matrix<double> sum = quarters[static_cast<std::size_t>(parts.front())];
    for (std::size_t p = 1; p < parts.size(); ++p) {
      const double* more = quarters[static_cast<std::size_t>(parts[p])].data();
      for (std::int64_t k = 0; k < sum.rows() * sum.cols(); ++k) sum.data()[k] += more[k];
    }
    sums[static_cast<std::size_t>(s)] = std::move(sum);
  });
  return sums;
}

/// Of training set s and input i at s · inputs + i.
std::vector<LinearRule> LdaCrossFit::fit_rules(int fold) const {
  const std::vector<Matrix<double>> sums = scatters(fold);
  std::vector<LinearRule> rules(sets_.size() * inputs());
  parallel_for(static_cast<std::int64_t>(rules.size()), threads_, [&](std::int64_t k) {
    const std::size_t set = static_cast<std::size_t>(k) / inputs(), input = static_cast<std::size_t>(k) % inputs();
    rules[static_cast<std::size_t>(k)] =
        inputs_[input].lda->fit(training_chunks(folds_, fold, sets_[set]), sums[set]).rule;
  });
  return rules;
}

void LdaCrossFit::fit_fold(int fold, const GateSample& sample) {
  const RuleTable rules{sets_, inputs(), fit_rules(fold)};
  std::vector<const LinearRule*> of_sizes;
  for (const TrainingSize& size : sizes_) {
    for (std::size_t i = 0; i < inputs(); ++i) of_sizes.push_back(&rules.at(size.plan.parts, i));
  }
  const auto f = static_cast<std::size_t>(fold);
  fold_rules_[f].rules = side_by_side(of_sizes);
  std::vector<FittedGate> gates = fit_gates(inputs_, fold, sizes_, rules, sample);
  for (std::size_t job = 0; job < gates.size(); ++job) {
    fold_rules_[f].gates.push_back(gates[job].gate);
    if (sizes_[job / inputs()].reading != &CrossFit::full) continue;
    CrossFit& fit = fits_[job % inputs()];
    fit.gates[f] = gates[job].gate;
    fit.inner[f] = std::move(gates[job].inner);
  }
}

/// All rows, each by the rules of its fold.
void LdaCrossFit::read_rows() {
  const auto of_chunks = rows_of_chunks(folds_);
  const std::vector<std::int64_t> bounds = window_bounds(inputs_.front().z);
  for (std::size_t w = 0; w + 1 < bounds.size(); ++w) {
    parallel_for(folds_.chunks(), threads_, [&](std::int64_t chunk) {
      const int fold = static_cast<int>(chunk) / folds_.parts;
      if (!is_own(fold)) return;
      const FoldRules& rules = fold_rules_[static_cast<std::size_t>(fold)];
      auto rows = rows_within(of_chunks[static_cast<std::size_t>(chunk)], bounds[w], bounds[w + 1]);
      for (; !rows.empty();) {
        const auto size = std::min(rows.size(), static_cast<std::size_t>(rules.rules.block_rows()));
        read_block(rules, rows.first(size));
        rows = rows.subspan(size);
      }
    });
  }
}

void LdaCrossFit::read_block(const FoldRules& fold, std::span<const std::int64_t> rows) {
  const auto count = static_cast<std::int64_t>(rows.size());
  Matrix<float> z(count, inputs_.front().z.cols()), scores(fold.rules.columns(), count);
  inputs_.front().z.gather(rows, z.view());
  score_columns(fold.rules, z, scores.view());
  std::vector<std::int32_t> y(rows.size()), t(rows.size());
  for (std::size_t i = 0; i < inputs(); ++i) {
    const Labels& labels = inputs_[i].labels;
    for (std::size_t k = 0; k < rows.size(); ++k) {
      y[k] = labels.y[static_cast<std::size_t>(rows[k])];
      t[k] = labels.t[static_cast<std::size_t>(rows[k])];
    }
    for (std::size_t s = 0; s < sizes_.size(); ++s) {
      const std::size_t job = s * inputs() + i;
      const Evidence evidence =
          Evidence::of_columns(scores_of(scores.view(), fold.rules, job), y, t, inputs_[i].priors);
      const RowInformation information = evidence.information(fold.gates[job]);
      RowInformation& sum = fits_[i].*sizes_[s].reading;
      for (std::size_t k = 0; k < rows.size(); ++k) {
        const auto row = static_cast<std::size_t>(rows[k]);
        sum.z_y[row] += sizes_[s].weight * information.z_y[k];
        sum.z_t[row] += sizes_[s].weight * information.z_t[k];
        sum.z_yt[row] += sizes_[s].weight * information.z_yt[k];
      }
    }
  }
}

}  // namespace

std::vector<CrossFit> cross_fit_lda(std::span<const ProbeInput> inputs, const std::string& label) {
  return LdaCrossFit(inputs, label).run();
}

}  // namespace equinfo
