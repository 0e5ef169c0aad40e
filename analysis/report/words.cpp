#include "report/words.h"

#include <algorithm>
#include <array>
#include <map>

#include "core/error.h"
#include "estimators/joint_probe.h"

namespace equinfo {
namespace {

struct FlagRow {
  std::string_view flag, meaning;
};
constexpr std::array kFlagRows{
    FlagRow{"negative", "the estimate is below zero: estimator error"},
    FlagRow{"above_ceiling", "the estimate is above the largest possible value: estimator error"},
    FlagRow{"labels_dependent", "class and transformation depend on each other"},
    FlagRow{"no_source", "every row was taken for a source of its own"},
    FlagRow{"extrapolation_unreliable", "the learning curve could not be extrapolated, so this is the raw bound"},
    FlagRow{"dimension_limited", "Z has more dimensions than the images can serve"},
    FlagRow{"empty_interval", "the interval leaves nothing between zero and the ceiling"},
    FlagRow{"pca_reduced", "measured on the leading principal components only"},
    FlagRow{"binned",
            "T is continuous and was cut into bins, which tell less; the interval reaches by what finer bins "
            "seem to add"},
    FlagRow{"knn_above_probe", "kNN reads more than the probe's interval allows"},
    FlagRow{"knn_below_probe", "kNN reads less than the probe"},
    FlagRow{"reaches_to_faint", "the interval reaches up to what may hide below the noise where no probe can learn it"},
    FlagRow{"reaches_to_knn", "the interval reaches up to what the nearest neighbours see and the probe does not"},
    FlagRow{"anchors", "kNN is read at the rows of some images alone, drawn at random (--anchors)"},
    FlagRow{"verdict_green", "the verdict on the embedding is GREEN"},
    FlagRow{"verdict_amber", "the verdict on the embedding is AMBER"},
    FlagRow{"verdict_red", "the verdict on the embedding is RED"},
    FlagRow{"not_converged",
            "the search for broja's minimum stopped early; intervals hold what that leaves open (gap_nats in pid.csv); "
            "with fewer bins of T (--t-bins) or fewer labels it ends sooner"},
    FlagRow{"overconfident", "the posteriors claim more about class and transformation than they achieve"},
};

/// Flags that a note of its own, the verdict or another line of the table explains better.
constexpr std::array<std::string_view, 7> kSaidElsewhere{"negative",         "above_ceiling",   "labels_dependent",
                                                         "no_source",        "knn_above_probe", "knn_below_probe",
                                                         "dimension_limited"};

bool is_probe(const std::string& name) {
  return std::ranges::find(probe_kinds(), name, &ProbeKind::name) != probe_kinds().end();
}

std::string percent(double share) { return fmt::format("{:.0f} %", 100.0 * share); }

std::string amount(double nats, Unit unit) { return fmt::format("{} {}", number_text(nats, unit), unit.name); }

/// "50 % of the class", "at least 50 % of the class" of a lower bound, "nothing of the class that can be told from
/// zero" where the interval reaches zero; empty where the ceiling is unknown.
std::string held_share(const Panel& panel, Quantity quantity, const std::string& noun) {
  const Estimate* estimate = find_estimate(panel, quantity);
  if (!estimate || !estimate->ceiling_nats || *estimate->ceiling_nats <= 0.0) return "";
  if (estimate->ci_low.value_or(estimate->nats) <= kRoundingNats) {
    return fmt::format("nothing of the {} that can be told from zero", noun);
  }
  const std::string_view direction = estimate->kind == EstimateKind::kLowerBound ? "at least " : "";
  return fmt::format("{}{} of the {}", direction, percent(estimate->nats / *estimate->ceiling_nats), noun);
}

/// "to 0.060 nats", or "to less than 0.001 nats" where that would read 0.000.
std::string up_to(double nats, Unit unit) {
  const double smallest = 0.001;
  if (nats * unit.per_nat < smallest / 2.0) return fmt::format("to less than {:.3f} {}", smallest, unit.name);
  return "to " + amount(nats, unit);
}

std::string held_in_words(const EmbeddingResult& result) {
  const std::string of_class = held_share(result.headline(), Quantity::kZY, "class");
  const std::string of_transform = held_share(result.headline(), Quantity::kZT, transform_noun(result));
  if (of_class.empty() && of_transform.empty()) return "";
  const std::string_view between = of_class.empty() || of_transform.empty() ? "" : " and ";
  return fmt::format("Z holds {}{}{}; ", of_class, between, of_transform);
}

std::string synergy_in_words(const EmbeddingResult& result, const Estimate& synergy, Unit unit) {
  const std::string noun = transform_noun(result);
  if (synergy.ci_low && synergy.ci_high && *synergy.ci_low <= kRoundingNats && *synergy.ci_high >= 0.0) {
    return fmt::format(
        "what the class adds about the {} once Z is known cannot be told from nothing; its interval reaches {}.", noun,
        up_to(*synergy.ci_high, unit));
  }
  if (synergy.nats < 0.0) {
    return fmt::format("the class tells {} less about the {} once Z is known than without Z.",
                       amount(-synergy.nats, unit), noun);
  }
  const std::string told = amount(synergy.nats, unit);
  std::string text = fmt::format("the class tells {} more about the {} once Z is known", told, noun);
  const Estimate* share = find_estimate(result.headline(), Quantity::kSynergyShare);
  if (share) text += fmt::format(", {} of what Z leaves open", percent(share->nats));
  return text + ".";
}

template <class Condition>
std::string symbols_where(const Panel& panel, Condition condition) {
  std::vector<std::string_view> symbols;
  for (const auto& estimate : panel.estimates) {
    if (condition(estimate)) symbols.push_back(symbol_of(estimate.quantity));
  }
  return fmt::format("{}", fmt::join(symbols, ", "));
}

void note_values(const EmbeddingResult& result, std::vector<std::string>& notes) {
  const Panel& panel = result.headline();
  const auto is_synergy = [](const Estimate& e) {
    return e.quantity == Quantity::kSynergy || e.quantity == Quantity::kSynergyShare;
  };
  const std::string negative = symbols_where(panel, [&](const Estimate& e) {
    return e.nats < -kRoundingNats && (result.design.independent || !is_synergy(e));
  });
  if (!negative.empty()) {
    notes.push_back(negative + " reads below zero: this cannot be, it is the estimator's error, shown unclipped.");
  }
  const Estimate* synergy = find_estimate(panel, Quantity::kSynergy);
  if (synergy && synergy->nats < -kRoundingNats && synergy->ci_low && synergy->nats < *synergy->ci_low) {
    notes.push_back(
        "the interval of S is cut at zero, since S of independent labels cannot be negative; its estimate lies below.");
  }
  const std::string above = symbols_where(
      panel, [](const Estimate& e) { return e.ceiling_nats && e.nats > *e.ceiling_nats + kRoundingNats; });
  if (!above.empty()) notes.push_back(above + " reads above the largest possible value: the estimator's error.");
  const std::string bounds =
      symbols_where(panel, [](const Estimate& e) { return e.kind == EstimateKind::kLowerBound; });
  if (!bounds.empty()) {
    const bool reaches = panel.estimator.starts_with("best");  // others' intervals hold their sampling error alone
    notes.push_back(fmt::format("≥ marks a lower bound: the truth lies above it, {} the interval's end.",
                                reaches ? "up to" : "maybe far above"));
  }
}

void note_flags(const Panel& panel, std::vector<std::string>& notes) {
  std::map<std::string, std::vector<std::string_view>> symbols;
  for (const auto& estimate : panel.estimates) {
    for (const auto& flag : estimate.flags) symbols[flag].push_back(symbol_of(estimate.quantity));
  }
  for (const auto& [flag, of] : symbols) {
    if (std::ranges::find(kSaidElsewhere, flag) != kSaidElsewhere.end()) continue;
    const bool everywhere = of.size() == panel.estimates.size();
    const std::string meaning = explain_flag(flag);
    notes.push_back(as_sentence(everywhere ? meaning : fmt::format("{}: {}", fmt::join(of, ", "), meaning)));
  }
}

/// What to do about the verdict, or why there is none.
void note_verdict(const EmbeddingResult& result, std::vector<std::string>& notes) {
  if (!result.verdict && result.headline().estimator != "best" && !is_probe(result.headline().estimator)) {
    notes.emplace_back("there is no verdict: it holds a probe against a second opinion, and no probe was asked for.");
  }
  const auto& asked = result.options.estimators;
  const bool whole_ladder = std::ranges::all_of(MeasureOptions().estimators, [&](const std::string& name) {
    return std::ranges::find(asked, name) != asked.end();
  });
  if (result.verdict && result.verdict->level == VerdictLevel::kRed && !whole_ladder) {
    notes.emplace_back("few probes were tried: measure again without --fast or --estimators.");
  }
}

}  // namespace

std::string transform_noun(const EmbeddingResult& result) {
  const auto end = result.transform_name.find_last_not_of("0123456789");
  return end == std::string::npos ? "transformation" : result.transform_name.substr(0, end + 1);
}

std::string transform_value(const EmbeddingResult& result, std::int64_t value) {
  if (value < 0 || static_cast<std::size_t>(value) >= result.bins.size()) return fmt::format("{}", value);
  std::vector<std::string> components;
  for (const auto& [low, high] : result.bins[static_cast<std::size_t>(value)]) {
    components.push_back(low == high ? fmt::format("{:.4g}", low) : fmt::format("{:.4g} to {:.4g}", low, high));
  }
  return fmt::format("{}", fmt::join(components, " × "));
}

std::string in_words(const EmbeddingResult& result, Unit unit) {
  const Estimate* synergy = find_estimate(result.headline(), Quantity::kSynergy);
  if (!synergy) return "";
  return held_in_words(result) + synergy_in_words(result, *synergy, unit);
}

std::vector<std::string> notes_on(const EmbeddingResult& result) {
  std::vector<std::string> notes;
  if (!result.verdict && !result.sources_given) {
    notes.push_back(
        "no /source in the file: every row was taken for a source of its own. If several rows come from "
        "one image, the numbers are too high and the intervals too narrow.");
  }
  if (result.split == "train") {
    notes.push_back("these are images the encoder was trained on: the numbers say nothing about new ones.");
  }
  if (!result.verdict && !result.design.independent) {
    notes.push_back("class and transformation depend on each other, so S = I(Y;T|Z) − I(Y;T), and it may be negative.");
  }
  if (result.design.mixed_sources > 0) {
    notes.push_back(
        fmt::format("the class varies within {} of {} sources: is /y the label of the image, and /source the image?",
                    result.design.mixed_sources, result.sources));
  }
  if (!result.pids.empty() && result.options.repeats > 1) {
    notes.push_back(
        fmt::format("the decomposition is of the first of the {} sets of folds that the other numbers are "
                    "averaged over.",
                    result.options.repeats));
  }
  note_values(result, notes);
  note_flags(result.headline(), notes);
  note_verdict(result, notes);
  return notes;
}

std::string label_of(const Verdict& verdict) {
  return fmt::format("{}{}", name_of(verdict.level), verdict.of_knn_alone() ? " (kNN only)" : "");
}

std::string as_sentence(std::string text) {
  const bool ended = text.ends_with('.') || text.ends_with('?') || text.ends_with('!');
  return ended ? text : text + ".";
}

std::string explain_flag(const std::string& flag) {
  for (const auto& row : kFlagRows) {
    if (row.flag == flag) return std::string(row.meaning);
  }
  return flag;
}

}  // namespace equinfo
