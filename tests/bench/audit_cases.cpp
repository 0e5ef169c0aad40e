#include "bench/audit_cases.h"

#include <algorithm>
#include <cmath>

#include "audit/glyphs.h"
#include "core/error.h"
#include "core/random.h"

namespace equinfo::bench {
namespace {

using testing::GlyphOptions;
using testing::LabelledImages;

constexpr double kError = 0.1, kLargeError = 0.2, kMarked = 0.7;
const double kBit = std::log(2.0);

/// −p ln p − (1 − p) ln(1 − p).
double binary_entropy(double p) { return -p * std::log(p) - (1.0 - p) * std::log(1.0 - p); }

/// Images of one and the same glyph, dealt to four classes: nothing tells the class.
LabelledImages classless(std::int64_t images, std::uint64_t seed) {
  GlyphOptions options;
  options.classes = 1;
  options.per_class = images;
  options.seed = seed;
  LabelledImages data = testing::glyphs(options);
  for (std::size_t i = 0; i < data.y.size(); ++i) data.y[i] = static_cast<std::int64_t>(i % 4);
  return data;
}

/// Images of two glyphs, each upright in one class and upside down in another.
LabelledImages pairs(std::int64_t images, std::uint64_t seed) {
  GlyphOptions options;
  options.classes = 4;
  options.per_class = images / 4;
  options.pairs = true;
  options.seed = seed;
  return testing::glyphs(options);
}

bool happens(std::uint64_t seed, const char* what, std::int64_t image, std::int64_t t, double probability) {
  return RandomStream(seed, what, static_cast<std::uint64_t>(64 * image + t)).uniform() < probability;
}

/// A 2 × 2 corner shows a bit, wrong with probability `error`.
void stamp(bool bit, double error, std::size_t corner, std::uint64_t seed, std::int64_t image, std::int64_t t,
           ImageRows& rows, std::int64_t row) {
  const bool shown = bit != happens(seed, corner == 0 ? "first channel" : "second channel", image, t, error);
  const auto width = static_cast<std::size_t>(rows.width);
  for (const std::size_t k : {std::size_t{0}, std::size_t{1}, width, width + 1}) {
    rows.image(row)[corner * (width - 2) + k] = shown ? 255 : 0;
  }
}

TransformAudit audit(const LabelledImages& data, std::int64_t values, testing::PixelChange change) {
  AuditOptions options = testing::small_options();
  options.most_surrogates = 0;
  return audit_transform(data.images, data.y, testing::changing("planted", values, std::move(change)), {}, options);
}

TransformAudit only_noise(std::int64_t images, std::uint64_t seed) {
  return audit(classless(images, seed), 2,
               [seed](std::int64_t image, std::int64_t t, ImageRows& rows, std::int64_t row) {
                 RandomStream stream(seed, "noise", static_cast<std::uint64_t>(2 * image + t));
                 for (std::uint8_t& pixel : rows.image(row)) {
                   pixel = static_cast<std::uint8_t>(std::clamp(pixel + 8.0 * stream.normal(), 0.0, 255.0));
                 }
               });
}

TransformAudit one_channel(std::int64_t images, std::uint64_t seed) {
  return audit(classless(images, seed), 2,
               [seed](std::int64_t image, std::int64_t t, ImageRows& rows, std::int64_t row) {
                 stamp(t == 1, kError, 0, seed, image, t, rows, row);
               });
}

TransformAudit two_channels(std::int64_t images, std::uint64_t seed) {
  return audit(classless(images, seed), 4,
               [seed](std::int64_t image, std::int64_t t, ImageRows& rows, std::int64_t row) {
                 stamp(t / 2 == 1, kError, 0, seed, image, t, rows, row);
                 stamp(t % 2 == 1, kError, 1, seed, image, t, rows, row);
               });
}

TransformAudit class_as_key(std::int64_t images, std::uint64_t seed) {
  const LabelledImages data = classless(images, seed);
  return audit(data, 2, [&](std::int64_t image, std::int64_t t, ImageRows& rows, std::int64_t row) {
    const bool odd = data.y[static_cast<std::size_t>(image)] % 2 == 1;
    stamp((t == 1) != odd, kError, 0, seed, image, t, rows, row);
  });
}

TransformAudit channel_and_pairs(std::int64_t images, std::uint64_t seed) {
  return audit(pairs(images, seed), 2, [seed](std::int64_t image, std::int64_t t, ImageRows& rows, std::int64_t row) {
    if (t == 1) testing::turn_over(rows, row);
    stamp(t == 1, kLargeError, 0, seed, image, t, rows, row);
  });
}

TransformAudit marked_pairs(std::int64_t images, std::uint64_t seed) {
  return audit(pairs(images, seed), 2, [seed](std::int64_t image, std::int64_t t, ImageRows& rows, std::int64_t row) {
    if (t == 1) testing::turn_over(rows, row);
    if (happens(seed, "marked", image, 0, kMarked)) stamp(t == 1, 0.0, 0, seed, image, t, rows, row);
  });
}

TransformAudit dealt_anew(std::int64_t images, std::uint64_t seed) {
  LabelledImages data = pairs(images, seed);
  RandomStream(seed, "dealt anew").shuffle(data.y);
  return audit(data, 2, [](std::int64_t, std::int64_t t, ImageRows& rows, std::int64_t row) {
    if (t == 1) testing::turn_over(rows, row);
  });
}

/// Even images, each row with a brightness and noise of its own.
TransformAudit brightness(std::int64_t images, std::uint64_t seed) {
  return audit(
      classless(images, seed), 2, [seed](std::int64_t image, std::int64_t t, ImageRows& rows, std::int64_t row) {
        RandomStream stream(seed, "brightness", static_cast<std::uint64_t>(2 * image + t));
        const double level = 128.0 + (t == 1 ? 15.0 : -15.0) + 30.0 * std::clamp(stream.normal(), -3.0, 3.0);
        for (std::uint8_t& pixel : rows.image(row)) {
          pixel = static_cast<std::uint8_t>(std::clamp(std::nearbyint(level + 5.0 * stream.normal()), 0.0, 255.0));
        }
      });
}

std::vector<AuditCase> make_cases() {
  const double told = kBit - binary_entropy(kError), told_by_worse = kBit - binary_entropy(kLargeError);
  // Two normal distributions one deviation apart: ln 2 − E ln(1 + e^−L), L ~ N(½, 1).
  const double one_apart = 0.1114;
  return {
      {"only noise",
       "one glyph; T draws noise anew",
       {{"", "t_x", 0.0}, {"", "synergy", 0.0}, {"border", "t_view_out", 0.0}},
       only_noise},
      {"channel",
       "one glyph; a corner shows T, wrong in one of ten",
       {{"", "t_x", told}, {"", "synergy", 0.0}, {"border", "t_view_out", told}, {"border", "share", 1.0}},
       one_channel},
      {"two channels",
       "one glyph; two corners show the bits of T, each wrong in one of ten",
       {{"", "t_x", 2 * told}, {"", "synergy", 0.0}, {"border", "t_view_out", 2 * told}, {"border", "share", 1.0}},
       two_channels},
      {"class as key",
       "one glyph; the same channel, its bit turned in every second class",
       {{"", "t_x", 0.0}, {"", "synergy", told}, {"border", "t_view_out", 0.0}},
       class_as_key},
      // Four classes teach a probe of the border as much about content as about the mark: its transfer is a bound.
      {"channel and pairs",
       "glyphs upright and upside down in two classes each, turned over; a corner wrong in one of five",
       {{"", "t_x", told_by_worse},
        {"", "synergy", kBit - told_by_worse},
        {"border", "t_view_out", told_by_worse, false},
        {"border", "share", 1.0, false}},
       channel_and_pairs},
      // The corners of unmarked images lie between black and white: no linear rule makes nothing of all of them.
      {"marked pairs",
       "the same glyphs; a corner that is always right in 70 % of the images and absent in the others",
       {{"", "t_x", kMarked * kBit, false},
        {"", "synergy", (1.0 - kMarked) * kBit, false},
        {"border", "t_view_out", kMarked * kBit, false},
        {"border", "share", 1.0, false}},
       marked_pairs},
      {"dealt anew",
       "the same glyphs without a mark, classes dealt to the images anew",
       {{"", "t_x", 0.0}, {"", "synergy", 0.0}},
       dealt_anew},
      {"brightness",
       "one glyph; T moves the brightness by one of its standard deviations",
       {{"", "t_x", one_apart}, {"", "synergy", 0.0}, {"level", "t_view_out", one_apart}, {"level", "share", 1.0}},
       brightness},
  };
}

}  // namespace

const std::vector<AuditCase>& audit_cases() {
  static const std::vector<AuditCase> cases = make_cases();
  return cases;
}

Reading reading_of(const TransformAudit& audit, const AuditTruth& truth) {
  const auto view = std::ranges::find(audit.views, truth.view, &ViewAudit::view);
  std::optional<Reading> reading;
  if (truth.quantity == "t_x") reading = audit.t_x;
  if (truth.quantity == "synergy") reading = audit.synergy;
  if (truth.quantity == "t_view_out" && view != audit.views.end()) reading = view->t_view_out;
  // A share that is left out claims nothing.
  if (truth.quantity == "share" && view != audit.views.end()) {
    reading = view->share.value_or(Reading{0.0, 0.0, -HUGE_VAL, HUGE_VAL});
  }
  require(reading.has_value(), "the audit has no {} {}", truth.view, truth.quantity);
  return *reading;
}

}  // namespace equinfo::bench
