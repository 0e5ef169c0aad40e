// Transformations whose verdict is known before anything is measured.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "audit/audit.h"
#include "audit/glyphs.h"
#include "audit/judged.h"
#include "core/random.h"

#include <doctest/doctest.h>

using namespace equinfo;
using namespace equinfo::testing;

namespace {

const ViewAudit& view_of(const TransformAudit& audit, const std::string& name) {
  return *std::ranges::find(audit.views, name, &ViewAudit::view);
}

TransformAudit audit_of(const LabelledImages& data, const AuditedTransform& transform,
                        const AuditOptions& options = small_options(), const BaseAugmentation& augmentation = {}) {
  return audit_transform(data.images, data.y, transform, augmentation, options);
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

const AuditedTransform kTurnOver =
    changing("turn over", 2, [](std::int64_t, std::int64_t t, ImageRows& rows, std::int64_t row) {
      if (t == 1) turn_over(rows, row);
    });

}  // namespace

TEST_CASE("a stamped corner pixel that codes T is useless, by the border, without synergy") {
  const auto stamp = changing("stamp", 4, [](std::int64_t, std::int64_t t, ImageRows& rows, std::int64_t row) {
    rows.image(row)[0] = static_cast<std::uint8_t>(85 * t);
  });
  GlyphOptions many;
  many.per_class = 100;
  const TransformAudit audit = audit_of(glyphs(many), stamp);
  const TransformVerdict verdict = judge(audit);
  CHECK_MESSAGE(verdict.verdict == "useless", verdict.evidence);
  CHECK(has(verdict.shortcut_views, "border"));
  CHECK_FALSE(has(verdict.shortcut_views, "level"));
  CHECK_FALSE(has(verdict.shortcut_views, "frequency"));
  // ln 4 less what 480 training images and the allowance for surprise leave open.
  CHECK(std::abs(view_of(audit, "border").t_view_out->nats - std::log(4.0)) < 0.04);
  CHECK(std::abs(audit.synergy.nats) < 0.005);
  CHECK(view_of(audit, "surrogate").t_view.nats > 1.3);  // the stamp comes with T, not with the content
}

TEST_CASE("T concatenated as a channel is useless, by the level") {
  AuditedTransform channel = changing("channel", 4, [](std::int64_t, std::int64_t, ImageRows&, std::int64_t) {});
  channel.apply = [](const ImageRows& images, std::span<const std::int64_t> number, std::span<const std::int64_t> t) {
    ImageRows rows = blank_images({{}, 0, 2, images.height, images.width}, static_cast<std::int64_t>(t.size()));
    for (std::int64_t row = 0; row < rows.count; ++row) {
      const auto from = images.image(number[static_cast<std::size_t>(row)]);
      std::ranges::copy(from, rows.image(row).begin());
      std::ranges::fill(rows.image(row).subspan(from.size()),
                        static_cast<std::uint8_t>(85 * t[static_cast<std::size_t>(row)]));
    }
    return rows;
  };
  const TransformAudit audit = audit_of(glyphs({}), channel);
  const TransformVerdict verdict = judge(audit);
  CHECK_MESSAGE(verdict.verdict == "useless", verdict.evidence);
  CHECK(has(verdict.shortcut_views, "level"));
  CHECK(has(audit.flags, "perfectly_readable"));
  CHECK(view_of(audit, "level").t_view_out->nats == doctest::Approx(std::log(4.0)).epsilon(0.02));
}

TEST_CASE("glyphs of which one class is the other upside down: all of the lost T is the class's to tell") {
  GlyphOptions options;
  options.classes = 2;
  options.per_class = 120;
  options.pairs = true;
  const TransformAudit audit = audit_of(glyphs(options), kTurnOver);
  const TransformVerdict verdict = judge(audit);
  CHECK_MESSAGE(verdict.verdict == "lossy and class-relevant", verdict.evidence);
  CHECK(audit.synergy.nats == doctest::Approx(std::log(2.0)).epsilon(0.03));
  CHECK(audit.h_t_given_xy.nats < 0.02);
  CHECK(has(view_of(audit, "level").flags, "no_transfer_test"));
}

TEST_CASE("a mark on 70 % of such glyphs makes them shortcut-prone, with synergy in the rest") {
  GlyphOptions options;
  options.pairs = true;
  options.per_class = 100;  // of half as many images the border's share is not known to be more than one half
  const auto mark = changing("mark", 2, [](std::int64_t image, std::int64_t t, ImageRows& rows, std::int64_t row) {
    if (t == 1) turn_over(rows, row);
    if (image % 10 < 7) rows.image(row)[0] = t == 1 ? 255 : 0;
  });
  const TransformAudit audit = audit_of(glyphs(options), mark);
  const TransformVerdict verdict = judge(audit);
  CHECK_MESSAGE(verdict.verdict == "shortcut-prone", verdict.evidence);
  CHECK(has(verdict.shortcut_views, "border"));
  CHECK(audit.synergy.low > 0.05);
}

TEST_CASE("mirrored glyphs: T is read off what a glyph is, which is no shortcut, and the class adds nothing") {
  const auto flip = changing("flip", 2, [](std::int64_t, std::int64_t t, ImageRows& rows, std::int64_t row) {
    if (t == 1) mirror(rows, row);
  });
  const TransformAudit audit = audit_of(glyphs({}), flip);
  const TransformVerdict verdict = judge(audit);
  CHECK_MESSAGE(verdict.verdict == "class-irrelevant", verdict.evidence);
  CHECK(audit.t_x.nats > 0.6);
  CHECK(view_of(audit, "border").t_view_out->nats < 0.05);
}

TEST_CASE("nothing done: too ambiguous, and every view reads nothing") {
  AuditOptions options = small_options();
  options.most_shown_images = 300;
  const auto nothing = changing("nothing", 2, [](std::int64_t, std::int64_t, ImageRows&, std::int64_t) {});
  const TransformAudit audit = audit_of(glyphs({}), nothing, options);
  CHECK(judge(audit).verdict == "too ambiguous (unchanged)");
  CHECK(audit.unchanged == 1.0);
  CHECK(audit.views.size() == 7);
  for (const ViewAudit& view : audit.views) {
    CHECK_MESSAGE(view.t_view.nats <= 0.01, view.view);
    if (view.t_view_out) CHECK_MESSAGE(view.t_view_out->nats <= 0.01, view.view);
  }
  CHECK(audit.synergy.nats <= 0.01);
}

TEST_CASE("grey or not: useless by the level, and too ambiguous once all images are grey") {
  GlyphOptions options;
  options.channels = 3;
  options.per_class = 30;
  const auto grey = changing("grey", 2, [](std::int64_t, std::int64_t t, ImageRows& rows, std::int64_t row) {
    if (t == 1) remove_colour(rows, row);
  });
  const BaseAugmentation all_grey{"gray", [](const ImageRows& images) {
                                    ImageRows rows = images;
                                    for (std::int64_t i = 0; i < rows.count; ++i) remove_colour(rows, i);
                                    return rows;
                                  }};
  const LabelledImages data = glyphs(options);
  AuditOptions small = small_options();  // three channels make for a wide X, whose probes take the time
  small.filters = 4;
  small.most_surrogates = 60;
  const TransformVerdict coloured = judge(audit_of(data, grey, small));
  CHECK_MESSAGE(coloured.verdict == "useless", coloured.evidence);
  CHECK(has(coloured.shortcut_views, "level"));
  const TransformAudit audit = audit_of(data, grey, small, all_grey);
  CHECK(judge(audit).verdict == "too ambiguous (unchanged)");
  CHECK(audit.t_x.high < 0.01);
}

TEST_CASE("classes dealt to the images anew leave no synergy") {
  GlyphOptions options;
  options.pairs = true;
  LabelledImages data = glyphs(options);
  AuditOptions with_null = small_options();
  with_null.permuted_null = true;
  const TransformAudit honest = audit_of(data, kTurnOver, with_null);
  CHECK(honest.synergy.nats > 0.6);
  CHECK(std::abs(honest.synergy_null->nats) <= 0.01);
  RandomStream(7, "test").shuffle(data.y);
  CHECK(std::abs(audit_of(data, kTurnOver).synergy.nats) <= 0.01);
}

TEST_CASE("the same bits for any number of threads") {
  AuditOptions one = small_options(), three = small_options();
  three.threads = 3;
  GlyphOptions few;
  few.per_class = 20;
  const TransformAudit a = audit_of(glyphs(few), kTurnOver, one), b = audit_of(glyphs(few), kTurnOver, three);
  CHECK(a.t_x.nats == b.t_x.nats);
  CHECK(a.synergy.std_error == b.synergy.std_error);
  for (std::size_t v = 0; v < a.views.size(); ++v) CHECK(a.views[v].t_view.nats == b.views[v].t_view.nats);
}

TEST_CASE("what cannot be audited is refused with a word") {
  const LabelledImages data = glyphs({});
  const auto one_value = changing("one", 1, [](std::int64_t, std::int64_t, ImageRows&, std::int64_t) {});
  CHECK_THROWS_WITH_AS(audit_of(data, one_value), "audit: one has 1 values; at least two are needed",
                       std::invalid_argument);
  LabelledImages single = data;
  std::ranges::fill(single.y, 3);
  CHECK_THROWS_WITH_AS(audit_of(single, kTurnOver), "audit: a single class, 3; two are needed", std::invalid_argument);
  GlyphOptions tiny;
  tiny.side = 6;
  CHECK_THROWS_WITH_AS(audit_of(glyphs(tiny), kTurnOver), "audit: images of 6 x 6 pixels are too small; 8 x 8 at least",
                       std::invalid_argument);
  tiny.side = 16;
  tiny.per_class = 2;
  CHECK_THROWS_WITH_AS(audit_of(glyphs(tiny), kTurnOver), "audit: 12 images are too few; 16 at least",
                       std::invalid_argument);
}
