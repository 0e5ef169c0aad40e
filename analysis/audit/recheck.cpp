#include "audit/recheck.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "audit/rules.h"

namespace equinfo {
namespace {

constexpr double kToleranceNats = 1e-6;

using AuditKey = std::tuple<std::string, std::string, std::string, std::uint64_t>;

template <class Row>
AuditKey key_of(const Row& row) {
  return {row.dataset, row.transform, row.augmentation, row.seed};
}

std::string name_of(const AuditKey& key) {
  const auto& [dataset, transform, augmentation, seed] = key;
  return fmt::format("{}, {} under {}", dataset, transform, augmentation);
}

Reading reading_of(const AuditRow& row) { return {row.nats, row.std_error, row.ci_low, row.ci_high}; }

const AuditRow* find_row(const std::vector<AuditRow>& rows, const std::string& view, const std::string& quantity) {
  const auto found =
      std::ranges::find_if(rows, [&](const auto& row) { return row.view == view && row.quantity == quantity; });
  return found == rows.end() ? nullptr : &*found;
}

bool has_flag(const std::string& flags, const std::string& flag) {
  return (";" + flags + ";").find(";" + flag + ";") != std::string::npos;
}

/// What the rules look at, from one transformation's rows; nothing if the headline is missing.
std::optional<RuleInput> rule_input(const std::vector<AuditRow>& rows) {
  const auto* t_x = find_row(rows, "", "t_x");
  const auto* open = find_row(rows, "", "h_t_given_x");
  const auto* synergy = find_row(rows, "", "synergy");
  if (t_x == nullptr || open == nullptr || synergy == nullptr) return std::nullopt;
  RuleInput input{t_x->nats + open->nats,
                  has_flag(t_x->flags, "unchanged") ? 1.0 : 0.0,
                  reading_of(*t_x),
                  reading_of(*synergy),
                  {},
                  t_x->sources};
  for (const AuditRow& row : rows) {
    if (row.quantity != "share" || row.view == "features") continue;  // of features nothing is called a shortcut
    const auto* information = find_row(rows, row.view, "t_view_out");
    if (information == nullptr) information = find_row(rows, row.view, "t_view");
    if (information != nullptr) input.views.push_back({row.view, reading_of(*information), reading_of(row)});
  }
  return input;
}

std::string compared(const VerdictRow& claimed, const TransformVerdict& found) {
  const std::string views = fmt::format("{}", fmt::join(found.shortcut_views, ";"));
  if (claimed.verdict != found.verdict)
    return fmt::format("verdict \"{}\", not \"{}\"", found.verdict, claimed.verdict);
  if (claimed.shortcut_views != views) return fmt::format("views \"{}\", not \"{}\"", views, claimed.shortcut_views);
  if (claimed.images_needed != found.images_needed) {
    return fmt::format("{} images needed, not {}", found.images_needed.value_or(0), claimed.images_needed.value_or(0));
  }
  return {};
}

/// One embedding's rows of one estimator.
struct PanelRows {
  std::string name;
  std::map<Quantity, const ResultRow*> of;

  std::optional<double> value(Quantity quantity) const {
    const auto found = of.find(quantity);
    if (found == of.end() || !found->second->nats) return std::nullopt;
    return *found->second->nats;
  }
};

std::vector<PanelRows> panels_of(const std::vector<ResultRow>& rows) {
  std::map<std::string, PanelRows> panels;
  std::vector<std::string> order;
  for (const ResultRow& row : rows) {
    const std::string epoch = row.epoch ? fmt::format(" epoch {}", *row.epoch) : "";
    std::string name = fmt::format("{}{}{} {} {}", row.run.empty() || row.file.starts_with('/') ? "" : row.run + "/",
                                   row.file, epoch, row.layer, row.estimator);
    if (row.seed) name += fmt::format(" seed {}", *row.seed);
    auto [place, is_new] = panels.try_emplace(name, PanelRows{name, {}});
    if (is_new) order.push_back(name);
    place->second.of[row.quantity] = &row;
  }
  std::vector<PanelRows> result;
  for (const std::string& name : order) result.push_back(panels.at(name));
  return result;
}

/// quantity = a − b (or a + b with sign +1) wherever all three are there.
void check_sum(const PanelRows& panel, Quantity quantity, Quantity a, double sign, Quantity b, Recheck& recheck) {
  const auto claimed = panel.value(quantity), first = panel.value(a), second = panel.value(b);
  if (!claimed || !first || !second) return;
  ++recheck.claims;
  const double found = *first + sign * *second;
  if (std::abs(found - *claimed) <= kToleranceNats) return;
  recheck.mismatches.push_back(fmt::format("{}: {} is {:.6f}, but {} {} {} gives {:.6f}", panel.name,
                                           symbol_of(quantity), *claimed, symbol_of(a), sign > 0 ? "+" : "−",
                                           symbol_of(b), found));
}

void check_share(const PanelRows& panel, Recheck& recheck) {
  const auto share = panel.value(Quantity::kSynergyShare), synergy = panel.value(Quantity::kSynergy);
  const auto told = panel.value(Quantity::kZT);
  if (!share || !synergy || !told || !panel.of.at(Quantity::kZT)->ceiling_nats) return;
  const double open = *panel.of.at(Quantity::kZT)->ceiling_nats - *told;
  if (open <= 0.0) return;
  ++recheck.claims;
  // What is divided by little magnifies rounding.
  if (std::abs(*share * open - *synergy) <= kToleranceNats * (1.0 + std::abs(*share))) return;
  recheck.mismatches.push_back(fmt::format("{}: the synergy's share is {:.6f}, but {:.6f} of {:.6f} gives {:.6f}",
                                           panel.name, *share, *synergy, open, *synergy / open));
}

void check_row(const PanelRows& panel, const ResultRow& row, Recheck& recheck) {
  if (row.ci_low && row.ci_high) {
    ++recheck.claims;
    if (*row.ci_low > *row.ci_high) {
      recheck.mismatches.push_back(fmt::format("{}: the interval of {} is upside down: {:.6f} > {:.6f}", panel.name,
                                               symbol_of(row.quantity), *row.ci_low, *row.ci_high));
    }
  }
  if (!row.nats || !row.ceiling_nats || *row.nats <= *row.ceiling_nats + kToleranceNats) return;
  ++recheck.claims;
  if (std::ranges::find(row.flags, "above_ceiling") != row.flags.end()) return;
  recheck.mismatches.push_back(fmt::format("{}: {} = {:.6f} is above its ceiling {:.6f} without a flag", panel.name,
                                           symbol_of(row.quantity), *row.nats, *row.ceiling_nats));
}

}  // namespace

Recheck recheck_verdicts(const std::vector<AuditRow>& audit, const std::vector<VerdictRow>& verdicts) {
  Recheck recheck;
  std::map<AuditKey, std::vector<AuditRow>> groups;
  for (const AuditRow& row : audit) groups[key_of(row)].push_back(row);
  for (const VerdictRow& claimed : verdicts) {
    ++recheck.claims;
    const AuditKey key = key_of(claimed);
    const auto rows = groups.find(key);
    const auto input = rows == groups.end() ? std::nullopt : rule_input(rows->second);
    if (!input) {
      recheck.mismatches.push_back(name_of(key) + ": a verdict without its rows in audit.csv");
      continue;
    }
    const std::string difference = compared(claimed, judge_transform(*input));
    if (!difference.empty()) recheck.mismatches.push_back(name_of(key) + ": the rows give " + difference);
    groups.erase(rows);
  }
  for (const auto& [key, rows] : groups) {
    recheck.mismatches.push_back(name_of(key) + ": rows in audit.csv without a verdict");
  }
  return recheck;
}

Recheck recheck_results(const std::vector<ResultRow>& rows) {
  Recheck recheck;
  for (const PanelRows& panel : panels_of(rows)) {
    check_sum(panel, Quantity::kZYGivenT, Quantity::kZYT, -1.0, Quantity::kZT, recheck);
    check_sum(panel, Quantity::kZTGivenY, Quantity::kZYT, -1.0, Quantity::kZY, recheck);
    check_sum(panel, Quantity::kSynergy, Quantity::kZTGivenY, -1.0, Quantity::kZT, recheck);
    check_sum(panel, Quantity::kYTGivenZ, Quantity::kSynergy, 1.0, Quantity::kYT, recheck);
    check_share(panel, recheck);
    for (const auto& [quantity, row] : panel.of) check_row(panel, *row, recheck);
  }
  return recheck;
}

std::vector<RunVerdict> run_verdicts(const std::vector<ResultRow>& rows) {
  std::vector<RunVerdict> verdicts;
  for (const PanelRows& panel : panels_of(rows)) {
    const auto told = panel.of.find(Quantity::kZT), synergy = panel.of.find(Quantity::kSynergy);
    if (told == panel.of.end() || synergy == panel.of.end()) continue;
    const ResultRow &t = *told->second, &s = *synergy->second;
    if (t.estimator != "best" || !t.nats || !s.nats || !t.ci_low || !s.ci_low || !t.ceiling_nats) continue;
    const RuleInput input{*t.ceiling_nats,
                          0.0,
                          {*t.nats, t.std_error.value_or(0.0), *t.ci_low, t.ci_high.value_or(*t.nats)},
                          {*s.nats, s.std_error.value_or(0.0), *s.ci_low, s.ci_high.value_or(*s.nats)},
                          {},
                          t.sources.value_or(0)};
    const TransformVerdict verdict = judge_transform(input);
    verdicts.push_back({panel.name, verdict.verdict, verdict.evidence});
  }
  return verdicts;
}

}  // namespace equinfo
