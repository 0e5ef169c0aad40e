#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/reading.h"

namespace equinfo {

/// From this share of the images on T counts as changing nothing.
inline constexpr double kUnchangedShare = 0.99;

/// What the rules look at. Everything is an interval; a view without a share cannot be a shortcut.
struct RuleInput {
  double entropy = 0.0;    ///< H(T)
  double unchanged = 0.0;  ///< share of images that T leaves as they are
  Reading t_x, synergy;
  struct View {
    std::string name;
    Reading information;  ///< I_out(T;v); of the surrogate I(T;v)
    Reading share;
  };
  std::vector<View> views;  ///< the deciding ones that have a share
  std::int64_t images = 0;
  std::optional<Reading> coding_leak = {};  ///< what the files' coding tells of T; it decides nothing and is named
};

/// One transformation's verdict, and what it stands on.
struct TransformVerdict {
  std::string verdict;                      ///< one of verdict_names()
  std::vector<std::string> shortcut_views;  ///< the views that make it useless or shortcut-prone
  std::string evidence;                     ///< the comparisons that decided, with numbers
  std::string would_change;                 ///< what would have to be measured for another verdict
  std::optional<std::int64_t>
      images_needed;  ///< of an undecided one; absent where a thousand times as many would not do
};

/// The first of the rules in the README of this folder that applies, by interval ends alone.
TransformVerdict judge_transform(const RuleInput& input);

/// All verdicts there are, in the order of the rules.
const std::vector<std::string>& verdict_names();

}  // namespace equinfo
