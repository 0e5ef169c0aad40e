#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "synergy/panel.h"

namespace equinfo {

/// GREEN: the estimates agree and every identity holds. AMBER: kNN reads less than the probe, normal in many
/// dimensions; or something else to know. RED: do not print these numbers: kNN reads more than the probe's interval
/// allows (the probe underfits), or an identity fails.
enum class VerdictLevel { kGreen, kAmber, kRed };

/// What was found, and what to do next. Amounts of information are kept apart from the words, for people may want bits.
struct Reason {
  std::string words;         ///< "{}" stands for an amount, "{unit}" for the unit's name
  std::vector<double> nats;  ///< the amounts, in order
  /// Only neighbours that read less than the probe, as they do beyond a few dimensions: nothing speaks against the
  /// probe, but nothing confirms it either.
  bool knn_below = false;

  Reason(std::string text, std::vector<double> amounts = {}, bool of_knn_below = false)
      : words(std::move(text)), nats(std::move(amounts)), knn_below(of_knn_below) {}
  Reason(const char* text) : Reason(std::string(text)) {}

  /// The sentence, amounts with three decimals in a unit of which a nat has `per_nat`.
  std::string text(double per_nat = 1.0, std::string_view unit = "nats") const;
};

struct Verdict {
  VerdictLevel level = VerdictLevel::kGreen;
  std::vector<Reason> reasons;  ///< the gravest first; at each level what is about the probe before `knn_below`

  /// AMBER for no other reason than neighbours that read less.
  bool of_knn_alone() const;
};

/// Compares the headline panel with the k-nearest-neighbour panel (may be null) and checks the identities. Two
/// estimates agree when they differ by at most 0.05 nats (synergy: max(0.02, 0.25 S)) and two standard errors: those of
/// `paired_gaps`, what kNN reads more on the same rows, else (null) both estimates' own as if they were independent. A
/// larger conditional information or synergy by neighbours that miss some of I(Z;Y), I(Z;T) or I(Z;Y,T) is no
/// contradiction: they overstate it then. Neighbours above the probe are RED where the two intervals do not meet, else
/// AMBER. Adds the flags "knn_above_probe" and "knn_below_probe" to the headline's estimates.
Verdict judge(Panel& headline, const Panel* knn, const PanelMeans* paired_gaps, const Labels& labels,
              const Design& design);

/// Adds a reason, the gravest first. What a GREEN verdict said makes room for it.
void raise(Verdict& verdict, VerdictLevel level, Reason reason);

std::string_view name_of(VerdictLevel level);

}  // namespace equinfo
