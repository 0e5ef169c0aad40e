// The rules on numbers made up for the purpose: each verdict, each threshold from both sides.

#include <algorithm>
#include <cmath>

#include "audit/caveats.h"
#include "audit/reading.h"
#include "audit/rules.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

Reading reading(double value, double half_width) {
  return {value, half_width / 1.96, value - half_width, value + half_width};
}

/// H = 1: I(T;X) = .6, S = .1, both ± .01; no view.
RuleInput plain() { return {1.0, 0.0, reading(0.6, 0.01), reading(0.1, 0.01), {}, 1000}; }

RuleInput::View view(double share, double half_width) {
  return {"border", reading(0.4, 0.01), reading(share, half_width)};
}

std::string verdict_of(const RuleInput& input) { return judge_transform(input).verdict; }

}  // namespace

TEST_CASE("rules: unchanged comes first, at 99 % of the images") {
  RuleInput input = plain();
  input.unchanged = 0.99;
  CHECK(verdict_of(input) == "too ambiguous (unchanged)");
  input.unchanged = 0.9899;
  CHECK(verdict_of(input) == "lossy and class-relevant");
}

TEST_CASE("rules: too ambiguous only if both upper ends are below 5 %") {
  RuleInput input = plain();
  input.t_x = reading(0.03, 0.01);
  input.synergy = reading(0.03, 0.01);
  CHECK(verdict_of(input) == "too ambiguous");
  input.synergy = reading(0.032, 0.02);  // reaches .052
  CHECK(verdict_of(input) == "lossy and class-relevant");
  input.synergy = reading(0.03, 0.01);
  input.t_x = reading(0.03, 0.021);
  CHECK(verdict_of(input) == "lossy and class-relevant");
}

TEST_CASE("rules: a share's lower end of one half makes a shortcut, S's upper end decides how bad") {
  RuleInput input = plain();
  input.views = {view(0.55, 0.05)};
  CHECK(verdict_of(input) == "shortcut-prone");
  CHECK(judge_transform(input).shortcut_views == std::vector<std::string>{"border"});
  input.views = {view(0.55, 0.051)};
  CHECK(verdict_of(input) == "lossy and class-relevant");
  input.views = {view(0.9, 0.05)};
  input.synergy = reading(0.01, 0.01);  // up to .02 = .02 H
  CHECK(verdict_of(input) == "useless");
  input.synergy = reading(0.01, 0.0101);
  CHECK(verdict_of(input) == "shortcut-prone");
  input.views[0].information = reading(0.05, 0.001);  // too little to count
  CHECK(verdict_of(input) == "undecided");
}

TEST_CASE("rules: with little entropy S is held against .01 nats") {
  RuleInput input = plain();
  input.entropy = 0.1;
  input.t_x = reading(0.1, 0.0);
  input.synergy = reading(0.005, 0.005);
  CHECK(verdict_of(input) == "class-irrelevant");
}

TEST_CASE("rules: class-relevant by S's lower end, lossy by that of H(T|X)") {
  RuleInput input = plain();
  input.synergy = reading(0.02, 0.0099);
  CHECK(verdict_of(input) == "lossy and class-relevant");
  input.t_x = reading(0.94, 0.01);
  CHECK(verdict_of(input) == "lossy and class-relevant");
  input.t_x = reading(0.945, 0.01);
  CHECK(verdict_of(input) == "nearly lossless and class-relevant");
}

TEST_CASE(
    "rules: class-irrelevant needs T readable and S excluded; else undecided, with the images that would settle it") {
  RuleInput input = plain();
  input.synergy = reading(0.0, 0.02);
  CHECK(verdict_of(input) == "class-irrelevant");
  input.synergy = reading(0.0, 0.04);
  const TransformVerdict open = judge_transform(input);
  CHECK(open.verdict == "undecided");
  REQUIRE(open.images_needed.has_value());
  // The interval must halve: four times the images, found to 2 %.
  CHECK(*open.images_needed >= 4000);
  CHECK(*open.images_needed <= 4090);
  input.synergy = reading(0.0, 0.0);
  input.t_x = reading(0.05, 0.05);  // exactly at the threshold: no number of images helps
  CHECK_FALSE(judge_transform(input).images_needed.has_value());
}

TEST_CASE("every verdict says what it stands on and what would change it") {
  RuleInput input = plain();
  input.views = {view(0.55, 0.05)};
  const TransformVerdict verdict = judge_transform(input);
  CHECK(verdict.evidence ==
        "border alone tells 0.550 [0.500, 0.600] of I(T;X) in images whose content it does not know; "
        "S = 0.100 [0.090, 0.110] against 0.020");
  CHECK(verdict.would_change == "an augmentation that brings the share below one half; S up to 0.020 makes it useless");
  CHECK(verdict_names().size() == 8);
}

TEST_CASE("what the files' coding leaks is part of the evidence, and of what would change a shortcut") {
  RuleInput input = plain();
  input.coding_leak = reading(0.02, 0.01);
  CHECK(judge_transform(input).evidence.ends_with("; the files' coding leaks 0.020 [0.010, 0.030] of T"));
  input.views = {view(0.55, 0.05)};
  CHECK(judge_transform(input).evidence.ends_with(
      "S = 0.100 [0.090, 0.110] against 0.020; the files' coding leaks 0.020 [0.010, 0.030] of T, "
      "0.05 [0.02, 0.08] of what border tells"));
  CHECK(judge_transform(input).would_change.starts_with("an augmentation"));  // too little to matter
  input.coding_leak = reading(0.16, 0.01);
  CHECK(judge_transform(input).would_change ==
        "files that lose nothing, or colours left out, for a part of the shortcut is the files' coding; "
        "an augmentation that brings the share below one half; S up to 0.020 makes it useless");
  input.coding_leak = reading(0.25, 0.02);  // at least .23 of at most .41
  input.synergy = reading(0.0, 0.01);
  const TransformVerdict verdict = judge_transform(input);
  CHECK(verdict.verdict == "useless");
  CHECK(verdict.would_change ==
        "files that lose nothing, or colours left out, for most of the shortcut is the files' coding; "
        "S above 0.020, or an augmentation that takes the shortcut away");
  CHECK(verdict.evidence.find("; the files' coding leaks 0.250 [0.230, 0.270] of T, 0.62 [0.56, 0.69] of what "
                              "border tells") != std::string::npos);
}

TEST_CASE("the coding decides nothing") {
  RuleInput with = plain();
  with.coding_leak = reading(0.5, 0.01);
  CHECK(verdict_of(with) == verdict_of(plain()));
}

TEST_CASE("what is to be known before a verdict is believed, by flag") {
  TransformAudit audit;
  audit.sources = 60;
  CHECK(caveats_of(audit).empty());
  audit.flags = {"few_images", "no_source", "negative_synergy", "perfectly_readable"};
  const auto caveats = caveats_of(audit);
  REQUIRE(caveats.size() == 3);
  CHECK(caveats[0].starts_with("60 images are few: below "));
  CHECK(caveats[1].starts_with("The file has no /source: "));
  CHECK(caveats[2].starts_with("S lies below zero "));
}

TEST_CASE("readings: rows of one image are one observation, and a ratio's error is paired") {
  const std::vector<double> a{1.0, 1.0, 3.0, 3.0}, b{2.0, 2.0, 6.0, 6.0};
  const std::vector<std::int32_t> source{0, 0, 1, 1};
  const ReadingDesign design{source, 2, 0.95};
  const Reading mean = mean_reading(a, design);
  CHECK(mean.nats == 2.0);
  CHECK(mean.std_error == doctest::Approx(1.0));                   // √(2 · (2² + 2²)) / 4
  CHECK(mean.low == doctest::Approx(2.0 - 12.7062047364));         // Student, 1 degree of freedom
  CHECK_FALSE(ratio_reading({a, a}, {b, b}, design).has_value());  // the denominator's interval reaches zero
  std::vector<double> even{4.0, 4.0, 4.0, 4.0};
  const auto ratio = ratio_reading({a, a}, {even, even}, design);
  REQUIRE(ratio.has_value());
  CHECK(ratio->nats == 0.5);
  CHECK(ratio->std_error == doctest::Approx(0.25));
  std::vector<double> same{3.0, 3.0, 3.1, 3.1};
  CHECK(ratio_reading({same, same}, {same, same}, design)->std_error == 0.0);
  CHECK(subtracted_from(5.0, mean).high == doctest::Approx(5.0 - mean.low));
  CHECK(row_difference(b, a) == a);
}
