#include "synergy/probe_ladder.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "estimators/cross_fit.h"
#include "synergy/bin_curve.h"

namespace equinfo {
namespace {

const ProbeKind* probe_named(const std::string& name) {
  for (const ProbeKind& kind : probe_kinds()) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

/// How often each probe was chosen, such as "mlp in 4 of 5 folds, lda in 1".
std::string choice_text(const std::vector<std::string>& names, const std::vector<std::size_t>& choice) {
  std::string text;
  for (std::size_t k = 0; k < names.size(); ++k) {
    const auto times = std::ranges::count(choice, k);
    if (times == 0) continue;
    text += text.empty() ? fmt::format("{} in {} of {} folds", names[k], times, choice.size())
                         : fmt::format(", {} in {}", names[k], times);
  }
  return text;
}

/// The probes that can work with the input, in the order asked for.
struct Rungs {
  std::vector<const ProbeKind*> kinds;
  std::vector<std::string> names, refusals;
};

Rungs rungs_of(const CrossFitter& fitter, const std::vector<const ProbeKind*>& asked) {
  Rungs rungs;
  for (const ProbeKind* kind : asked) {
    std::string refusal = asked.size() > 1 ? fitter.refusal(*kind) : std::string();
    if (refusal.empty()) {
      rungs.kinds.push_back(kind);
      rungs.names.push_back(kind->name);
    } else {
      rungs.refusals.push_back(std::move(refusal));
    }
  }
  return rungs;
}

/// What several sets of folds leave uncertain, for people and programs.
void tell_repeats(Panel& panel, const RepeatError& error) {
  if (error.repeats == 1) return;
  const auto of = [](const PanelErrors& errors, Quantity quantity) {
    return errors[static_cast<std::size_t>(quantity)];
  };
  panel.details.emplace_back(
      "repeats", fmt::format("{} sets of folds; their choice leaves I(Z;Y,T) uncertain by {:.4f}"
                             ", S by {:.4f}",
                             error.repeats, of(error.limit, Quantity::kZYT), of(error.limit, Quantity::kSynergy)));
  panel.numbers.push_back({"repeats", std::nullopt, static_cast<double>(error.repeats)});
  for (const Quantity quantity : kQuantities) {
    if (!is_row_mean(quantity)) continue;
    panel.numbers.push_back({"repeat_error", quantity, of(error.limit, quantity)});
    panel.numbers.push_back({"repeat_error_raw", quantity, of(error.raw, quantity)});
  }
}

/// One cross-fit's readings on several sets of folds.
class Repeated {
 public:
  explicit Repeated(int repeats) : repeats_(repeats) {}

  void add(CrossFit fit, const Labels& labels, const Design& design) {
    if (repeats_ == 1) {
      mean_ = std::move(fit);
      return;
    }
    raw_.push_back(panel_means(fit.full, labels, design));
    limit_.push_back(panel_means(extrapolated(fit), labels, design));
    if (raw_.size() == 1) {
      for (const auto size : kSizes) mean_.*size = zero_information(fit.full.z_y.size());
    }
    for (const auto size : kSizes) add_scaled(mean_.*size, fit.*size, 1.0 / repeats_);
    mean_.gates.insert(mean_.gates.end(), fit.gates.begin(), fit.gates.end());
  }

  ProbePanels panels(const std::string& name, const Labels& labels, const Design& design, double ci_level) const {
    const RepeatError error{error_of(raw_), error_of(limit_), repeats_};
    ProbePanels panels = probe_panels(name, mean_, labels, design, ci_level, error);
    tell_repeats(panels.bound, error);
    tell_repeats(panels.extrapolated, error);
    return panels;
  }

 private:
  static constexpr std::array kSizes{&CrossFit::full, &CrossFit::half, &CrossFit::quarter};

  /// Standard error that the choice of folds leaves in the mean over the repetitions; zero for a single one.
  static PanelErrors error_of(const std::vector<PanelMeans>& readings) {
    PanelErrors errors{};
    const auto count = static_cast<double>(readings.size());
    if (count < 2.0) return errors;
    for (std::size_t q = 0; q < errors.size(); ++q) {
      double sum = 0.0, squares = 0.0;
      for (const PanelMeans& means : readings) sum += means[q].mean;
      for (const PanelMeans& means : readings) squares += std::pow(means[q].mean - sum / count, 2);
      errors[q] = std::sqrt(squares / (count - 1.0) / count);
    }
    return errors;
  }

  int repeats_;
  CrossFit mean_;
  std::vector<PanelMeans> raw_, limit_;
};

/// All probes and the choice among them, on every set of folds.
struct Climb {
  Rungs rungs;
  std::vector<Repeated> probes;
  std::optional<Repeated> best;
  std::vector<std::size_t> choice;  // of every fold of every repetition
  std::optional<DataSums> sums;
  std::optional<LdaFits> lda;  // of the first repetition
};

void climb_once(Climb& climb, const CrossFitter& fitter, const Labels& labels, const Design& design,
                const MeasureOptions& options) {
  std::vector<CrossFit> fits;
  std::vector<bool> trusted;
  const bool is_alone = climb.rungs.kinds.size() == 1;  // then it is chosen, trusted or not
  for (const ProbeKind* kind : climb.rungs.kinds) {
    if (kind->is_lda && !climb.lda) {
      climb.lda = lda_fits(fitter);
      fits.push_back(climb.lda->joint);
    } else {
      fits.push_back(fitter.fit(*kind));
    }
    trusted.push_back(is_alone ||
                      probe_panels(kind->name, fits.back(), labels, design, options.ci_level).extrapolation_reliable);
  }
  const std::vector<std::size_t> choice = choose_rungs(fits, trusted, labels);
  climb.choice.insert(climb.choice.end(), choice.begin(), choice.end());
  climb.best->add(combine_folds(fits, choice, fitter), labels, design);
  for (std::size_t k = 0; k < fits.size(); ++k) climb.probes[k].add(std::move(fits[k]), labels, design);
}

Climb climb_ladder(const ScaledRows& z, const std::vector<const ProbeKind*>& asked, const Labels& labels,
                   const Design& design, const MeasureOptions& options) {
  Climb climb;
  for (int repetition = 0; repetition < options.repeats; ++repetition) {
    CrossFitter fitter(z, labels,
                       {options.folds, options.seed, static_cast<std::uint64_t>(repetition), options.threads,
                        options.show_progress, options.device});
    if (repetition == 0) {
      climb.rungs = rungs_of(fitter, asked);
      if (climb.rungs.kinds.empty()) throw std::invalid_argument(climb.rungs.refusals.front());
      climb.probes.assign(climb.rungs.kinds.size(), Repeated(options.repeats));
      climb.best.emplace(options.repeats);
      climb.sums = fitter.totals();
    }
    climb_once(climb, fitter, labels, design, options);
  }
  return climb;
}

}  // namespace

ProbeLadder measure_probes(const ScaledRows& z, const Labels& labels, const Design& design,
                           const MeasureOptions& options) {
  std::vector<const ProbeKind*> asked;
  for (const std::string& name : options.estimators) {
    const ProbeKind* kind = probe_named(name);
    const bool passed_over = kind && kind->only_continuous_t && !labels.continuous_t && options.estimators.size() > 1;
    if (kind && !passed_over) asked.push_back(kind);
  }
  ProbeLadder ladder;
  if (asked.empty()) return ladder;
  Climb climb = climb_ladder(z, asked, labels, design, options);
  const auto& names = climb.rungs.names;
  for (std::size_t k = 0; k < names.size(); ++k) {
    ladder.panels.push_back(climb.probes[k].panels(names[k], labels, design, options.ci_level).bound);
  }
  ladder.best = climb.best->panels("best", labels, design, options.ci_level);
  ladder.best->bound.estimator = "best_bound";
  ladder.sums = std::move(climb.sums);
  ladder.lda = std::move(climb.lda);
  for (int fold = 0; fold < options.folds; ++fold) {
    ladder.chosen.push_back(names[climb.choice[static_cast<std::size_t>(fold)]]);
  }
  for (Panel* panel : {&ladder.best->extrapolated, &ladder.best->bound}) {
    panel->details.emplace_back("chosen", choice_text(names, climb.choice));
    for (const std::string& refusal : climb.rungs.refusals) panel->details.emplace_back("left out", refusal);
  }
  if (labels.continuous_t) {
    const BinCurve curve = bin_curve(z, labels, {options.folds, options.seed, 0, options.threads, false});
    reach_beyond_bins(ladder.best->extrapolated, curve, design);
    reach_beyond_bins(ladder.best->bound, curve, design);
    for (Panel& panel : ladder.panels) reach_beyond_bins(panel, curve, design);
  }
  return ladder;
}

}  // namespace equinfo
