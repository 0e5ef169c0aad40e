// The trainer's own transformations on images whose shortcuts are known.

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "audit/audit.h"
#include "audit/coding_control.h"
#include "audit/glyphs.h"
#include "audit/judged.h"
#include "augment/plain_images.h"
#include "dataset/jpeg_coding.h"

#include <doctest/doctest.h>

using namespace equinfo;
using namespace equinfo::testing;

namespace {

AuditedTransform trained(const std::string& name) {
  return {name, plain_values(name),
          [name](const ImageRows& images, std::span<const std::int64_t> number, std::span<const std::int64_t> t) {
            ImageRows rows{{}, static_cast<std::int64_t>(t.size()), images.channels, images.height, images.width};
            rows.pixels =
                transform_plainly(name, {images.pixels, images.channels, images.height, images.width}, number, t, 3);
            return rows;
          }};
}

bool has(const TransformVerdict& verdict, const std::string& view) {
  return std::ranges::find(verdict.shortcut_views, view) != verdict.shortcut_views.end();
}

TransformAudit audit_of(const LabelledImages& data, const std::string& name) {
  return audit_transform(data.images, data.y, trained(name), {}, small_options());
}

void recode(ImageRows& images) {
  const JpegCoding coding = jpeg_coding_of_quality(75, 2, 2);
  for (std::int64_t i = 0; i < images.count; ++i) {
    recode_as_jpeg(images.image(i), images.channels, images.height, images.width, coding);
  }
}

}  // namespace

TEST_CASE("turns by 45 degrees: corners and frame tell some of them, a circular mask hides these, not interpolation") {
  const LabelledImages data = textures(4, 60, 24, 1, 2);
  const TransformAudit plain = audit_of(data, "rotation8"), masked = audit_of(data, "rotation8+circle");
  const TransformVerdict seen = judge(plain), hidden = judge(masked);
  CHECK_MESSAGE(has(seen, "level"), seen.evidence);
  CHECK_MESSAGE(has(seen, "border"), seen.evidence);
  CHECK_FALSE(has(hidden, "level"));
  CHECK_FALSE(has(hidden, "border"));
  CHECK_MESSAGE(has(hidden, "frequency"), hidden.evidence);
}

TEST_CASE("turns by 45 degrees with an offset are all interpolated alike") {
  const TransformVerdict verdict = judge(audit_of(textures(4, 60, 24, 1, 2), "rotation8+circle+offset22.5"));
  CHECK_MESSAGE(verdict.shortcut_views.empty(), verdict.evidence);
}

TEST_CASE("JPEG with coarse chroma tells quarter turns of images in random poses, the same uncoded tell nothing") {
  LabelledImages data = textures(4, 60, 20, 3, 5);
  data.images = randomly_posed(data.images, 1);
  const TransformAudit clean = audit_of(data, "rotation4");
  for (const ViewAudit& view : clean.views) CHECK_MESSAGE(view.t_view.nats <= 0.01, view.view);
  CHECK(judge(clean).verdict == "too ambiguous");
  LabelledImages coded = data;
  recode(coded.images);
  const TransformVerdict verdict = judge(audit_of(coded, "rotation4"));
  CHECK_MESSAGE((verdict.verdict == "useless" || verdict.verdict == "shortcut-prone"), verdict.evidence);
}

TEST_CASE("the coding control finds what the coding leaks and nothing where it loses nothing") {
  const LabelledImages data = textures(4, 50, 20, 3, 5);
  const AuditOptions options = small_options();
  CHECK(coding_leak(data.images, data.y, trained("rotation4"), recode, options).low > 0.05);
  const Reading none = coding_leak(
      data.images, data.y, trained("rotation4"), [](ImageRows&) {}, options);
  CHECK(none.nats == 0.0);
}

TEST_CASE("plain images: T by name, continuous ones in parts, the same bytes for the same seed") {
  const LabelledImages data = textures(2, 2, 16, 1, 1);
  const PlainImages images{data.images.pixels, 1, 16, 16};
  CHECK(plain_values("rotation4") == std::vector<std::string>{"0", "90", "180", "270"});
  CHECK(plain_values("rotation").size() == 4);
  CHECK(plain_values("jitter").size() == 16);
  CHECK(plain_values("crop").size() == 4);
  const std::vector<std::int64_t> number{0, 3, 3}, t{1, 0, 1};
  const auto turned = transform_plainly("hflip", images, number, t, 1);
  ImageRows expected = select_images(data.images, number);
  mirror(expected, 0);
  mirror(expected, 2);
  CHECK(turned == expected.pixels);
  CHECK(transform_plainly("blur", images, number, t, 1) == transform_plainly("blur", images, number, t, 1));
  CHECK(augment_plainly("shift", images, 1) != augment_plainly("shift", images, 2));
  CHECK(augment_plainly("none", images, 1) == data.images.pixels);
  CHECK_THROWS_WITH_AS(plain_values("rotaton4"),
                       "transform: \"rotaton4\" is unknown; the nearest known one is \"rotation4\"",
                       std::invalid_argument);
}
