#include "audit/rules.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace equinfo {
namespace {

constexpr double kLittle = 0.05;        // of H(T)
constexpr double kShortcutShare = 0.5;  // of I(T;X)
constexpr double kSynergyNats = 0.01, kSynergyShare = 0.02;
constexpr double kMostGrowth = 1000.0;

enum Verdict { kIsUnchanged, kAmbiguous, kUseless, kShortcut, kLossy, kLossless, kIrrelevant, kUndecided };

double no_synergy(double entropy) { return std::max(kSynergyNats, kSynergyShare * entropy); }

bool is_shortcut(const RuleInput::View& view, double entropy) {
  return view.share.low >= kShortcutShare && view.information.low >= kLittle * entropy;
}

Verdict decide(const RuleInput& in) {
  const double little = kLittle * in.entropy;
  if (in.unchanged >= kUnchangedShare) return kIsUnchanged;
  if (in.t_x.high < little && in.synergy.high < little) return kAmbiguous;
  const bool useless = in.synergy.high <= no_synergy(in.entropy);
  if (std::ranges::any_of(in.views, [&](const auto& view) { return is_shortcut(view, in.entropy); })) {
    return useless ? kUseless : kShortcut;
  }
  if (in.synergy.low >= kSynergyNats) return in.entropy - in.t_x.high >= little ? kLossy : kLossless;
  return in.t_x.low >= little && useless ? kIrrelevant : kUndecided;
}

Reading narrower(Reading reading, double growth) {
  const double factor = 1.0 / std::sqrt(growth);
  reading.low = reading.nats + (reading.low - reading.nats) * factor;
  reading.high = reading.nats + (reading.high - reading.nats) * factor;
  reading.std_error *= factor;
  return reading;
}

/// What would be seen of `growth` times as many images if every estimate stayed where it is.
RuleInput with_more_images(RuleInput in, double growth) {
  in.t_x = narrower(in.t_x, growth);
  in.synergy = narrower(in.synergy, growth);
  for (auto& view : in.views) {
    view.share = narrower(view.share, growth);
    view.information = narrower(view.information, growth);
  }
  return in;
}

/// The smallest number of images, to 2 %, at which some rule would apply.
std::optional<std::int64_t> images_to_settle(const RuleInput& in) {
  for (double growth = 1.02; growth <= kMostGrowth; growth *= 1.02) {
    if (decide(with_more_images(in, growth)) != kUndecided) {
      return static_cast<std::int64_t>(std::ceil(growth * static_cast<double>(in.images)));
    }
  }
  return std::nullopt;
}

std::string synergy_words(const RuleInput& in) {
  return fmt::format("S = {} against {:.3f}{}", reading_text(in.synergy), no_synergy(in.entropy),
                     in.synergy.high < 0.0 ? " (below zero: the estimator's error)" : "");
}

/// The one of the given views that tells most, in nats.
const RuleInput::View* strongest(const RuleInput& in, const std::vector<std::string>& names) {
  const RuleInput::View* best = nullptr;
  for (const auto& view : in.views) {
    const bool named = std::ranges::find(names, view.name) != names.end();
    if (named && (best == nullptr || view.information.nats > best->information.nats)) best = &view;
  }
  return best;
}

/// The part of what a shortcut tells that the files' coding leaks; its interval takes both as far off as they may be.
Reading coded_part(const Reading& leak, const RuleInput::View& view) {
  const Reading& told = view.information;
  return {leak.nats / told.nats, 0.0, std::min(leak.low / told.low, leak.low / told.high),
          std::max(leak.high / told.low, leak.high / told.high)};
}

/// What the files' coding leaks, of the strongest shortcut if there is one.
std::string coding_words(const RuleInput& in, const std::vector<std::string>& shortcuts) {
  if (!in.coding_leak) return "";
  const RuleInput::View* view = strongest(in, shortcuts);
  std::string text = "; the files' coding leaks " + reading_text(*in.coding_leak) + " of T";
  if (view != nullptr && in.coding_leak->low > 0.0) {
    text += fmt::format(", {} of what {} tells", reading_text(coded_part(*in.coding_leak, *view), 2), view->name);
  }
  return text;
}

/// What to do about coding that matters; empty if it does not.
std::string coding_remedy(const RuleInput& in, const std::vector<std::string>& shortcuts) {
  const RuleInput::View* view = strongest(in, shortcuts);
  if (!in.coding_leak || view == nullptr || in.coding_leak->low < kLittle * in.entropy) return "";
  const bool most = coded_part(*in.coding_leak, *view).low >= 0.5;
  return fmt::format("files that lose nothing, or colours left out, for {} of the shortcut is the files' coding; ",
                     most ? "most" : "a part");
}

/// What is known of views where none is a shortcut.
std::string views_in_words(const RuleInput& in) {
  if (in.views.empty()) return "";
  const bool none = std::ranges::all_of(in.views, [](const auto& view) { return view.share.high < kShortcutShare; });
  return none ? "; no view reaches half of I(T;X)" : "; whether a view reaches half of I(T;X) is open";
}

std::string evidence_of(Verdict verdict, const RuleInput& in, const std::vector<std::string>& shortcuts) {
  const std::string read = fmt::format("I(T;X) = {} of {:.3f}", reading_text(in.t_x), in.entropy);
  switch (verdict) {
    case kIsUnchanged:
      return fmt::format("{:.1f} % of the images look the same under every value", 100.0 * in.unchanged);
    case kAmbiguous:
      return fmt::format("{} and S = {}, both below {:.3f}{}", read, reading_text(in.synergy), kLittle * in.entropy,
                         coding_words(in, {}));
    case kUseless:
    case kShortcut: {
      std::string text;
      for (const auto& view : in.views) {
        if (std::ranges::find(shortcuts, view.name) == shortcuts.end()) continue;
        text += fmt::format("{} alone tells {} of I(T;X) in images whose content it does not know; ", view.name,
                            reading_text(view.share));
      }
      return text + synergy_words(in) + coding_words(in, shortcuts);
    }
    case kLossy:
    case kLossless:
      return fmt::format("S = {}, at least {:.3f}; H(T|X) = {} against {:.3f}{}{}", reading_text(in.synergy),
                         kSynergyNats, reading_text(subtracted_from(in.entropy, in.t_x)), kLittle * in.entropy,
                         views_in_words(in), coding_words(in, {}));
    case kIrrelevant:
      return fmt::format("{}, yet {}{}", read, synergy_words(in), coding_words(in, {}));
    case kUndecided:
      return fmt::format("{}; {}; no rule holds over whole intervals{}", read, synergy_words(in), coding_words(in, {}));
  }
  return {};
}

/// The largest share, in words.
std::string nearest_share(const RuleInput& in) {
  const RuleInput::View* nearest = nullptr;
  for (const auto& view : in.views) {
    if (nearest == nullptr || view.share.nats > nearest->share.nats) nearest = &view;
  }
  if (nearest == nullptr) return "a view of the images that tells half of it (none was tested on unseen classes)";
  return fmt::format("a share of one half (the largest, {}: {})", nearest->name, reading_text(nearest->share));
}

std::string change_of(Verdict verdict, const RuleInput& in, const std::vector<std::string>& shortcuts) {
  const double little = kLittle * in.entropy, none = no_synergy(in.entropy);
  switch (verdict) {
    case kIsUnchanged:
      return "other images, which T changes";
    case kAmbiguous:
      return fmt::format("a stronger reader that finds {:.3f} nats of T or of S", little);
    case kUseless:
      return fmt::format("{}S above {:.3f}, or an augmentation that takes the shortcut away",
                         coding_remedy(in, shortcuts), none);
    case kShortcut:
      return fmt::format("{}an augmentation that brings the share below one half; S up to {:.3f} makes it useless",
                         coding_remedy(in, shortcuts), none);
    case kLossy:
    case kLossless:
      return fmt::format("{}; S below {:.3f}; H(T|X) on the other side of {:.3f}", nearest_share(in), kSynergyNats,
                         little);
    case kIrrelevant:
      return fmt::format("S of {:.3f} or more; {}", kSynergyNats, nearest_share(in));
    case kUndecided:
      return fmt::format("more images: S below {:.3f} or above {:.3f}, or {}", none, kSynergyNats, nearest_share(in));
  }
  return {};
}

}  // namespace

const std::vector<std::string>& verdict_names() {
  static const std::vector<std::string> names{"too ambiguous (unchanged)",
                                              "too ambiguous",
                                              "useless",
                                              "shortcut-prone",
                                              "lossy and class-relevant",
                                              "nearly lossless and class-relevant",
                                              "class-irrelevant",
                                              "undecided"};
  return names;
}

TransformVerdict judge_transform(const RuleInput& input) {
  const Verdict verdict = decide(input);
  TransformVerdict result;
  result.verdict = verdict_names()[verdict];
  if (verdict == kUseless || verdict == kShortcut) {
    for (const auto& view : input.views) {
      if (is_shortcut(view, input.entropy)) result.shortcut_views.push_back(view.name);
    }
  }
  result.evidence = evidence_of(verdict, input, result.shortcut_views);
  result.would_change = change_of(verdict, input, result.shortcut_views);
  if (verdict == kUndecided) result.images_needed = images_to_settle(input);
  return result;
}

}  // namespace equinfo
