#include "synergy/verdict.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace equinfo {
namespace {

constexpr double kLargestResidual = 1e-9;
constexpr std::int64_t kFewSources = 200;

/// The direct readings first: the others are differences of them.
constexpr std::array kCompared{Quantity::kZY,       Quantity::kZT,       Quantity::kZYT,
                               Quantity::kZYGivenT, Quantity::kZTGivenY, Quantity::kSynergy};

bool is_direct(Quantity quantity) {
  return quantity == Quantity::kZY || quantity == Quantity::kZT || quantity == Quantity::kZYT;
}

double tolerance(Quantity quantity, const Estimate& a, const Estimate& b, const PanelMeans* paired_gaps) {
  const double base = quantity == Quantity::kSynergy ? std::max(0.02, 0.25 * std::abs(a.nats)) : 0.05;
  const double error = paired_gaps != nullptr ? (*paired_gaps)[static_cast<std::size_t>(quantity)].std_error
                                              : std::hypot(a.std_error.value_or(0.0), b.std_error.value_or(0.0));
  return base + 2.0 * error;
}

/// Quantities on which two estimators differ, of which the widest gap is told.
struct Differences {
  int count = 0;
  std::string_view symbol;
  std::vector<double> nats{0.0, 0.0};  // theirs, ours

  void add(Quantity quantity, double theirs, double ours) {
    ++count;
    if (std::abs(theirs - ours) <= std::abs(nats[0] - nats[1])) return;
    symbol = symbol_of(quantity);
    nats = {theirs, ours};
  }
  /// "I(Z;Y) {} against {}, and 3 more", the amounts being `nats`.
  std::string summary() const {
    return fmt::format("{} {{}} against {{}}{}", symbol, count == 1 ? "" : fmt::format(", and {} more", count - 1));
  }
};

void compare_with_knn(Panel& headline, const Panel& knn, const PanelMeans* paired_gaps, Verdict& verdict) {
  Differences above, slightly_above, below;
  for (const Quantity quantity : kCompared) {
    Estimate& ours = headline.at(quantity);
    const Estimate& theirs = knn.at(quantity);
    const double gap = theirs.nats - ours.nats;
    if (std::abs(gap) <= tolerance(quantity, ours, theirs, paired_gaps)) continue;
    const bool beyond = gap > 0.0 && theirs.ci_low.value_or(theirs.nats) > ours.ci_high.value_or(ours.nats);
    // Neighbours that miss some of I(Z;Y) or I(Z;T) put that into the conditional informations and the synergy: these
    // being larger is then no evidence against the probe.
    if (beyond && !is_direct(quantity) && below.count > 0) continue;
    if (beyond) {
      ours.flags.emplace_back("knn_above_probe");
      above.add(quantity, theirs.nats, ours.nats);
    } else if (gap < 0.0) {
      ours.flags.emplace_back("knn_below_probe");
      below.add(quantity, theirs.nats, ours.nats);
    } else if (is_direct(quantity) || below.count == 0) {
      ours.flags.emplace_back("knn_above_probe");
      slightly_above.add(quantity, theirs.nats, ours.nats);
    }
  }
  if (above.count > 0) {
    raise(verdict, VerdictLevel::kRed,
          {fmt::format("kNN reads more than the probe's interval allows ({}): the probe misses structure; do not quote "
                       "these numbers, but measure with all default estimators or with more images",
                       above.summary()),
           above.nats});
  }
  if (slightly_above.count > 0) {
    raise(verdict, VerdictLevel::kAmber,
          {fmt::format(
               "kNN reads more than the probe ({}), within the intervals: quote the interval, not the estimate alone",
               slightly_above.summary()),
           slightly_above.nats});
  }
  if (below.count > 0) {
    std::string space;
    for (const auto& [name, text] : knn.details) {
      if (name == "space") space = text.substr(0, text.find(','));
    }
    raise(verdict, VerdictLevel::kAmber,
          {fmt::format("kNN reads less than the probe ({}), as it does beyond a few dimensions{}", below.summary(),
                       space.empty() ? "" : " (here " + space + ")"),
           below.nats, true});
  }
}

bool has_flag(const Estimate& estimate, std::string_view flag) {
  return std::ranges::find(estimate.flags, flag) != estimate.flags.end();
}

void check_identities(const Panel& headline, Verdict& verdict) {
  if (headline.chain_residual > kLargestResidual) {
    raise(verdict, VerdictLevel::kRed,
          {"a chain rule fails by more than rounding: a fault of this program; please report it"});
  }
  const Estimate& synergy = headline.at(Quantity::kSynergy);
  if (has_flag(synergy, "empty_interval")) {
    raise(
        verdict, VerdictLevel::kRed,
        "the synergy's interval leaves nothing between 0 and its ceiling: the probes are at odds with themselves; add "
        "images, or reduce the dimensions of Z");
  }
  for (const Quantity quantity : {Quantity::kZY, Quantity::kZT, Quantity::kZYT}) {
    const Estimate& estimate = headline.at(quantity);
    if (estimate.ceiling_nats && estimate.ci_low.value_or(estimate.nats) > *estimate.ceiling_nats + kRoundingNats) {
      raise(verdict, VerdictLevel::kRed,
            fmt::format("{} lies above its ceiling: check that /source tells which rows share an image",
                        symbol_of(quantity)));
    }
    if (estimate.ci_high.value_or(0.0) < -kRoundingNats) {
      raise(verdict, VerdictLevel::kRed,
            fmt::format(
                "{} lies below zero beyond its interval: check that labels and rows belong together, and add images",
                symbol_of(quantity)));
    }
  }
}

}  // namespace

std::string Reason::text(double per_nat, std::string_view unit) const {
  constexpr std::string_view kAmount = "{}", kUnit = "{unit}";
  std::string text = words;
  std::size_t at = 0;
  for (const double amount : nats) {
    at = text.find(kAmount, at);
    if (at == std::string::npos) break;
    text.replace(at, kAmount.size(), fmt::format("{:.3f}", std::round(amount * per_nat * 1000.0) / 1000.0 + 0.0));
  }
  for (at = text.find(kUnit); at != std::string::npos; at = text.find(kUnit, at)) {
    text.replace(at, kUnit.size(), unit);
  }
  return text;
}

bool Verdict::of_knn_alone() const {
  return level == VerdictLevel::kAmber && std::ranges::all_of(reasons, &Reason::knn_below);
}

void raise(Verdict& verdict, VerdictLevel level, Reason reason) {
  if (verdict.level == VerdictLevel::kGreen && level > VerdictLevel::kGreen) verdict.reasons.clear();
  auto place = verdict.reasons.end();
  if (level > verdict.level) {
    verdict.level = level;
    place = verdict.reasons.begin();
  } else if (!reason.knn_below) {
    place = std::ranges::find_if(verdict.reasons, &Reason::knn_below);
  }
  verdict.reasons.insert(place, std::move(reason));
}

Verdict judge(Panel& headline, const Panel* knn, const PanelMeans* paired_gaps, const Labels& labels,
              const Design& design) {
  Verdict verdict;
  check_identities(headline, verdict);
  if (!labels.sources_given) {
    raise(verdict, VerdictLevel::kAmber,
          "there is no /source: if several rows come from one image, the class reads too high and the intervals are "
          "too narrow; store /source");
  }
  if (knn != nullptr) compare_with_knn(headline, *knn, paired_gaps, verdict);
  if (has_flag(headline.at(Quantity::kZYT), "extrapolation_unreliable")) {
    raise(verdict, VerdictLevel::kAmber, "the learning curve still rises too steeply to be extrapolated: add images");
  }
  if (!design.independent) {
    raise(verdict, VerdictLevel::kAmber,
          {"Y and T are dependent (I(Y;T) = {} {unit}): S may be negative; dump every image under every "
           "transformation to avoid it",
           {design.y_t}});
  }
  if (labels.sources < kFewSources) {
    raise(verdict, VerdictLevel::kAmber,
          fmt::format("only {} sources: intervals are rough; measure more images", labels.sources));
  }
  if (knn == nullptr) {
    std::string reason = "there is no second opinion by nearest neighbours";
    const std::size_t without = reason.size();
    for (const auto& [name, text] : headline.details) {
      if (name == "left out" && text.starts_with("knn")) reason += " (" + text + ")";
    }
    if (reason.size() == without) reason += ": add knn to the estimators";
    raise(verdict, VerdictLevel::kAmber, reason);
  }
  if (verdict.reasons.empty()) {
    verdict.reasons.emplace_back("the probe and kNN agree; sources are kept together; the chain rules hold");
  }
  return verdict;
}

std::string_view name_of(VerdictLevel level) {
  constexpr std::array<std::string_view, 3> kNames{"GREEN", "AMBER", "RED"};
  return kNames[static_cast<std::size_t>(level)];
}

}  // namespace equinfo
