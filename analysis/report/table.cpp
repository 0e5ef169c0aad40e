#include "report/table.h"

#include <algorithm>
#include <array>
#include <set>

#include "core/error.h"
#include "estimators/joint_probe.h"
#include "report/p_values.h"
#include "report/plan_table.h"
#include "report/text_columns.h"
#include "report/where_table.h"
#include "report/words.h"
#include "synergy/possible.h"

namespace equinfo {
namespace {

using Row = std::vector<std::string>;

/// ANSI colour codes around texts, or nothing.
struct Paint {
  bool on;
  std::string operator()(std::string_view code, const std::string& text) const {
    return on ? fmt::format("\033[{}m{}\033[0m", code, text) : text;
  }
};
constexpr std::string_view kBold = "1", kDim = "2", kGreen = "1;32", kAmber = "1;33", kRed = "1;31";

/// Whether the ceiling is an entropy of the labels, known as they are; that of S holds estimates of its own.
bool ceiling_is_known(Quantity quantity) { return quantity != Quantity::kSynergy; }

/// For the eye an interval ends where the possible does (possible.h); files have it whole. The ceiling of S is an
/// estimate and no end.
std::string interval(const Estimate& estimate, const Design& design, Unit unit) {
  if (!estimate.ci_low || !estimate.ci_high) return interval_text(estimate.ci_low, estimate.ci_high, unit);
  const auto ceiling = ceiling_is_known(estimate.quantity) ? estimate.ceiling_nats : std::nullopt;
  const Interval possible = possible_range(estimate.quantity, design.independent, ceiling);
  return interval_text(shown_interval({*estimate.ci_low, *estimate.ci_high}, estimate.nats, possible), unit);
}

std::string ceiling(const Estimate& estimate, Unit unit) {
  if (!estimate.ceiling_nats) return "";
  return (ceiling_is_known(estimate.quantity) ? "" : "≈ ") + number_text(*estimate.ceiling_nats, unit);
}

std::string directed(const Estimate& estimate, Unit unit) {
  const std::string value = number_text(estimate.nats, unit);
  if (estimate.kind == EstimateKind::kLowerBound) return "≥ " + value;
  return estimate.kind == EstimateKind::kUpperBound ? "≤ " + value : value;
}

std::string grouped(std::int64_t count) {
  const std::string digits = std::to_string(count);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string epoch_text(const EmbeddingResult& result) {
  if (!result.epoch) return "";
  return fmt::format("{}{}", *result.epoch, *result.epoch == 0 ? " (untrained)" : "");
}

std::string design_text(const EmbeddingResult& result, Unit unit) {
  const Design& design = result.design;
  std::string text = fmt::format("{} classes × {} {}s{}", result.classes, result.transforms, transform_noun(result),
                                 design.balanced ? ", balanced" : ", not balanced");
  if (design.continuous_t) {
    text = fmt::format("{} classes × a continuous {} in {} bins", result.classes, transform_noun(result),
                       result.transforms);
  }
  if (design.independent) return text + ", independent";
  return text + fmt::format(", dependent: I(Y;T) = {} {} (p = {:.2g})", number_text(design.y_t, unit), unit.name,
                            design.dependence_p_value);
}

std::string title(const EmbeddingResult& result, const TableOptions& options) {
  Row pieces{shortened(result.file, options.width - 10)};
  if (result.epoch) pieces.push_back("epoch " + epoch_text(result));
  pieces.push_back(shortened(result.layer, options.width - 10));
  pieces.push_back(result.sources_given
                       ? fmt::format("{} rows of {} images", grouped(result.rows), grouped(result.sources))
                       : fmt::format("{} rows, each its own source", grouped(result.rows)));
  pieces.push_back("d = " + grouped(result.dims));
  pieces.push_back(design_text(result, options.unit));
  return wrapped(pieces, " · ", options.width, "  ");
}

std::string meaning(Quantity quantity, const std::string& noun) {
  switch (quantity) {
    case Quantity::kZY:
      return "class";
    case Quantity::kZT:
      return noun;
    case Quantity::kZYGivenT:
      return "class, T known";
    case Quantity::kZTGivenY:
      return noun + ", Y known";
    case Quantity::kZYT:
      return "both";
    case Quantity::kYT:
      return "of the labels alone";
    case Quantity::kYTGivenZ:
      return "of the labels, Z known";
    case Quantity::kSynergy:
      return "I(Z;T|Y) − I(Z;T)";
    case Quantity::kSynergyShare:
      return "";
  }
  return "";
}

/// With independent labels I(Y;T) is 0 and I(Y;T|Z) is S itself; the share is said in words.
std::vector<Quantity> quantities_shown(const Design& design) {
  std::vector<Quantity> shown{Quantity::kZY, Quantity::kZT, Quantity::kZYGivenT, Quantity::kZTGivenY, Quantity::kZYT};
  if (!design.independent) shown.insert(shown.end(), {Quantity::kYT, Quantity::kYTGivenZ});
  shown.push_back(Quantity::kSynergy);
  return shown;
}

/// The estimates beside the headline: with one probe its raw bounds, under its name; with a whole ladder of probes the
/// chosen one's (`best_bound`), for the width of a terminal; and every direct estimator. Files hold them all.
std::vector<const Panel*> other_panels(const EmbeddingResult& result) {
  constexpr std::size_t kMostProbes = 1;
  const auto is_probe = [](const Panel& panel) {
    return std::ranges::find(probe_kinds(), panel.estimator, &ProbeKind::name) != probe_kinds().end();
  };
  const bool ladder = std::ranges::count_if(result.panels, is_probe) > static_cast<std::ptrdiff_t>(kMostProbes);
  std::vector<const Panel*> others;
  for (const auto& panel : result.panels) {
    if (&panel == &result.headline() || (ladder ? is_probe(panel) : panel.estimator == "best_bound")) continue;
    others.push_back(&panel);
  }
  return others;
}

/// What an estimate beside the headline is called.
std::string column_name(const Panel& panel) { return panel.estimator == "best_bound" ? "bound" : panel.estimator; }

Row quantity_row(const EmbeddingResult& result, const Estimate& estimate, Unit unit) {
  const Quantity quantity = estimate.quantity;
  const std::string what = quantity == Quantity::kSynergy && result.design.independent
                               ? "S = I(Y;T|Z)"
                               : meaning(quantity, transform_noun(result));
  Row row{std::string(symbol_of(quantity)), what, directed(estimate, unit), interval(estimate, result.design, unit),
          ceiling(estimate, unit)};
  for (const Panel* panel : other_panels(result)) {
    const Estimate* other = find_estimate(*panel, quantity);
    row.push_back(other ? directed(*other, unit) : "");
  }
  return row;
}

Row heading(const EmbeddingResult& result, const TableOptions& options) {
  const Paint paint{options.colour};
  const double level = result.headline().estimates.empty() ? 0.95 : result.headline().estimates.front().ci_level;
  Row row{"", "", std::string(options.unit.name), fmt::format("{:g} % interval ", 100.0 * level), "of at most"};
  for (const Panel* panel : other_panels(result)) row.push_back(column_name(*panel));
  for (auto& cell : row) cell = cell.empty() ? cell : paint(kDim, cell);
  return row;
}

std::string quantities(const EmbeddingResult& result, const TableOptions& options) {
  const Paint paint{options.colour};
  std::vector<Row> rows{heading(result, options)};
  for (const Quantity quantity : quantities_shown(result.design)) {
    const Estimate* estimate = find_estimate(result.headline(), quantity);
    if (!estimate) continue;
    rows.push_back(quantity_row(result, *estimate, options.unit));
    rows.back()[2] = paint(kBold, rows.back()[2]);
  }
  return aligned(rows, "llrrr" + std::string(result.panels.size(), 'r'));
}

std::string verdict_text(const Verdict& verdict, const TableOptions& options) {
  constexpr std::array kCodes{kGreen, kAmber, kRed};
  Row reasons;
  for (const Reason& reason : verdict.reasons) {
    reasons.push_back(reason.text(options.unit.per_nat, options.unit.name));
  }
  Row words = words_of(as_sentence(fmt::format("{}", fmt::join(reasons, "; "))));
  const auto code = kCodes[static_cast<std::size_t>(verdict.level)];
  words.insert(words.begin(), Paint{options.colour}(code, label_of(verdict)));
  return wrapped(words, " ", options.width, "  ");
}

std::string footer(const EmbeddingResult& result, const TableOptions& options) {
  Row pieces{fmt::format("chain rules hold to {:.0e}", result.headline().chain_residual)};
  for (const auto& panel : result.panels) {
    for (const auto& [name, value] : panel.details) {
      if (name == "chosen" && &panel == &result.headline()) pieces.push_back(value + " chosen");
      if (name == "space") pieces.push_back(panel.estimator + " on " + value);
    }
  }
  pieces.push_back(fmt::format("seed {}", result.seed));
  pieces.push_back(fmt::format("{:.{}f} s", result.seconds, result.seconds < 9.95 ? 1 : 0));
  return wrapped(pieces, " · ", options.width, "  ");
}

Row comparison_row(const EmbeddingResult& result, bool with_file, const TableOptions& options) {
  Row row;
  if (with_file) row.push_back(shortened(result.file, 18));
  row.insert(row.end(), {result.epoch ? std::to_string(*result.epoch) : "", shortened(result.layer, 12)});
  const Panel& panel = result.headline();
  for (const Quantity quantity :
       {Quantity::kZY, Quantity::kZT, Quantity::kZYGivenT, Quantity::kZTGivenY, Quantity::kZYT, Quantity::kSynergy}) {
    const Estimate* estimate = find_estimate(panel, quantity);
    row.push_back(estimate ? number_text(estimate->nats, options.unit) : "");
  }
  const Estimate* synergy = find_estimate(panel, Quantity::kSynergy);
  row.push_back(synergy ? interval(*synergy, result.design, options.unit) : "");
  return row;
}

}  // namespace

std::string embedding_table(const EmbeddingResult& result, const TableOptions& options) {
  const Paint paint{options.colour};
  std::string text = title(result, options) + "\n" + quantities(result, options) + "\n";
  const std::string sentence = in_words(result, options.unit);
  if (!sentence.empty()) text += wrapped(words_of("In words: " + sentence), " ", options.width, "  ");
  for (const auto& note : notes_on(result)) text += wrapped(words_of("Note: " + note), " ", options.width, "  ");
  if (result.verdict) text += verdict_text(*result.verdict, options);
  std::string last = footer(result, options);
  last.pop_back();
  return text + paint(kDim, last) + "\n" + permutation_table(result, options) + where_tables(result, options) +
         pid_table(result, options) + plan_table(result, options) + power_table(result, options);
}

std::string comparison_table(const std::vector<EmbeddingResult>& results, const TableOptions& options) {
  std::set<std::string> files;
  for (const auto& result : results) files.insert(result.file);
  const bool with_file = files.size() > 1;
  Row head{"epoch", "layer", "I(Z;Y)", "I(Z;T)", "I(Z;Y|T)", "I(Z;T|Y)", "I(Z;Y,T)", "S", "interval of S "};
  if (with_file) head.insert(head.begin(), "file");
  std::vector<Row> rows{head};
  for (auto& cell : rows.front()) cell = Paint{options.colour}(kDim, cell);
  for (const auto& result : results) rows.push_back(comparison_row(result, with_file, options));
  std::string text = aligned(rows, with_file ? "lrlrrrrrrr" : "rlrrrrrrr");
  const bool untrained = std::any_of(results.begin(), results.end(), [](const auto& r) { return r.epoch == 0; });
  return text + fmt::format("in {}{}\n", options.unit.name, untrained ? "; epoch 0 is the untrained encoder" : "");
}

}  // namespace equinfo
