#include <cmath>
#include <numbers>

#include <ATen/ATen.h>

#include "core/error.h"
#include "transform/quarter_turns.h"
#include "transform/sampling.h"
#include "transform/table.h"

namespace equinfo::transform_table {
namespace {

/// Angles [N] float64 in degrees → the affine maps of counter-clockwise rotations about the centre. Sines of multiples
/// of 90° are made exact, so that pixels fall on pixels. The aspect keeps circles round in images that are not square.
at::Tensor affine_maps(const at::Tensor& degrees, double aspect) {
  const auto radians = degrees * (std::numbers::pi / 180.0);
  const auto snap = [](const at::Tensor& x) { return at::where(x.abs().lt(1e-12), at::zeros_like(x), x); };
  const auto c = snap(radians.cos()), s = snap(radians.sin()), zero = at::zeros_like(c);
  return at::stack({c, s * -aspect, zero, s / aspect, c, zero}, 1).view({-1, 2, 3}).to(at::kFloat);
}

/// 1 within the largest circle whose pixels, turned by any angle, come from within the image; else 0. [1, 1, H, W].
at::Tensor circle(const at::Tensor& images) {
  const auto height = images.size(2), width = images.size(3);
  const auto centred = [&](std::int64_t size) {
    return at::arange(size, images.options().dtype(at::kFloat)) - 0.5 * static_cast<double>(size - 1);
  };
  const double radius = 0.5 * static_cast<double>(std::min(height, width) - 1);
  const auto squares = centred(height).square().view({-1, 1}) + centred(width).square();
  return squares.le(radius * radius).to(images.scalar_type()).view({1, 1, height, width});
}

at::Tensor turn(const at::Tensor& images, const at::Tensor& degrees, bool in_circle) {
  const double aspect = static_cast<double>(images.size(2)) / static_cast<double>(images.size(3));
  const auto turned = sample_affine(images, affine_maps(degrees, aspect), Outside::kBlack);
  return in_circle ? turned * circle(images) : turned;
}

void make_continuous(Transform& transform, bool in_circle) {
  transform.components = {{"angle_degrees", 0.0, 360.0, 360.0}};
  transform.starts_at_identity = false;
  transform.map = [in_circle](const at::Tensor& images, const at::Tensor& labels, const at::Tensor&) {
    return turn(images, labels.select(1, 0), in_circle);
  };
}

void make_discrete(Transform& transform, std::int64_t count, double offset, bool in_circle) {
  const double step = 360.0 / static_cast<double>(count);
  for (std::int64_t k = 0; k < count; ++k) {
    transform.values.push_back(fmt::format("{:.6g}", offset + step * static_cast<double>(k)));
  }
  transform.starts_at_identity = !in_circle && offset == 0;
  transform.map = [=](const at::Tensor& images, const at::Tensor& labels, const at::Tensor&) {
    if (count == 4 && offset == 0 && !in_circle) return turn_by_quarters(images, labels, "rotation4");
    return turn(images, labels.to(at::kDouble) * step + offset, in_circle);
  };
}

Transform make(TransformName& name) {
  Transform transform;
  const auto count = name.number(2, 360);
  const bool in_circle = name.flag("circle");
  transform.summary = fmt::format("turned counter-clockwise{}", in_circle ? ", black outside a circle" : "");
  if (!count) {
    make_continuous(transform, in_circle);
  } else {
    make_discrete(transform, *count, name.value("offset", 0.0, 0.0, 360.0), in_circle);
  }
  return transform;
}

}  // namespace

const TransformKind rotation{"rotation[N][+circle][+offsetD]", "rotation4",
                             "turns counter-clockwise by D + 360°/N · k; without N by any angle (continuous)", make};

}  // namespace equinfo::transform_table
