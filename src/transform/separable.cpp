#include "transform/separable.h"

#include <ATen/ATen.h>

#include "core/error.h"

namespace equinfo {
namespace {

at::Tensor count_up(std::int64_t count, const at::Tensor& like) {
  return at::arange(count, like.options().dtype(at::kFloat));
}

}  // namespace

at::Tensor apply_separable(const at::Tensor& images, const at::Tensor& rows, const at::Tensor& columns) {
  const auto n = images.size(0), c = images.size(1), h = images.size(2), w = images.size(3);
  const auto wide = at::bmm(images.reshape({n, c * h, w}), columns.transpose(1, 2)).view({n, c, h, columns.size(1)});
  const auto stacked = wide.transpose(1, 2).reshape({n, h, c * columns.size(1)});
  return at::bmm(rows, stacked).view({n, rows.size(1), c, columns.size(1)}).transpose(1, 2);
}

at::Tensor gaussian_matrices(const at::Tensor& sigmas, const at::Tensor& half_widths, std::int64_t widest,
                             std::int64_t size) {
  require(widest < size, "blur: a kernel of {} pixels needs images of more than {}, not {}", 2 * widest + 1, widest,
          size);
  const auto offsets = count_up(2 * widest + 1, sigmas) - static_cast<double>(widest);
  const auto scaled = offsets / sigmas.clamp_min(1e-3).view({-1, 1});
  const auto within = offsets.abs().le(half_widths.view({-1, 1}).to(at::kFloat));
  const auto weights = scaled.square().mul_(-0.5).exp_().mul_(within);
  // One matrix for each offset: 1 where output pixel i takes input pixel j.
  const double last = static_cast<double>(size - 1);
  const auto taken = (offsets.view({-1, 1}) + count_up(size, sigmas)).abs();
  const auto mirrored = at::where(taken.gt(last), 2 * last - taken, taken);
  const auto shifts = mirrored.unsqueeze(2).eq(count_up(size, sigmas)).to(at::kFloat).view({-1, size * size});
  return at::matmul(weights / weights.sum(1, true), shifts).view({-1, size, size});
}

at::Tensor resize_matrices(const at::Tensor& begin, const at::Tensor& length, std::int64_t size, std::int64_t result) {
  const auto scale = (length / static_cast<double>(result)).view({-1, 1, 1});
  const auto centre = (count_up(result, begin).view({1, -1, 1}) + 0.5) * scale;
  const auto pixel = count_up(size, begin).view({1, 1, -1}) + 0.5 - begin.view({-1, 1, 1});
  const auto weights = (1.0 - (pixel - centre).abs() / scale.clamp_min(1.0)).clamp_min_(0.0);
  const auto inside = weights.mul_(pixel.gt(0.0)).mul_(pixel.lt(length.view({-1, 1, 1})));
  return inside / inside.sum(2, true);
}

}  // namespace equinfo
