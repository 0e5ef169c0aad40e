#include <algorithm>
#include <numeric>

#include <ATen/ATen.h>

#include "core/error.h"
#include "core/random.h"
#include "transform/table.h"

namespace equinfo::transform_table {
namespace {

using Order = std::vector<std::int64_t>;

/// Orders to choose from, the identity first: all 24 of a 2 × 2 grid, else some random ones.
std::vector<Order> candidates(std::int64_t tiles) {
  Order order(static_cast<std::size_t>(tiles));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::vector<Order> all{order};
  if (tiles == 4) {
    while (std::next_permutation(order.begin(), order.end())) all.push_back(order);
  } else {
    RandomStream stream(0, "jigsaw", static_cast<std::uint64_t>(tiles));
    while (all.size() < 2000) all.push_back(stream.permutation(tiles));
  }
  return all;
}

std::int64_t distance(const Order& a, const Order& b) {
  std::int64_t differing = 0;
  for (std::size_t i = 0; i < a.size(); ++i) differing += a[i] != b[i];
  return differing;
}

/// The identity, then always the candidate that differs from the chosen ones in the most places in sum (Noroozi and
/// Favaro 2016).
std::vector<Order> far_apart(const std::vector<Order>& all, std::size_t count) {
  std::vector<Order> chosen{all[0]};
  std::vector<std::int64_t> sums(all.size(), 0);
  std::vector<bool> taken(all.size(), false);
  taken[0] = true;
  while (chosen.size() < count) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < all.size(); ++i) {
      const auto apart = distance(all[i], chosen.back());
      sums[i] += apart;
      if (apart == 0) taken[i] = true;
      if (!taken[i] && (best == 0 || sums[i] > sums[best])) best = i;
    }
    taken[best] = true;
    chosen.push_back(all[best]);
  }
  return chosen;
}

std::vector<Order> orders_of(std::int64_t grid, std::size_t count) {
  auto all = candidates(grid * grid);
  return count == all.size() ? all : far_apart(all, count);
}

std::string name_of(const Order& order) {
  std::string text;
  for (const auto tile : order) text += fmt::format("{}{}", text.empty() || order.size() < 10 ? "" : " ", tile + 1);
  return text;
}

at::Tensor table_of(const std::vector<Order>& orders) {
  const auto tiles = static_cast<std::int64_t>(orders[0].size());
  const auto table = at::empty({static_cast<std::int64_t>(orders.size()), tiles}, at::kLong);
  auto* entry = table.data_ptr<std::int64_t>();
  for (const auto& order : orders) entry = std::copy(order.begin(), order.end(), entry);
  return table;
}

/// Tile i of the result is tile order[labels[n]][i] of image n. What the grid does not divide is cut off evenly.
at::Tensor shuffle_tiles(const at::Tensor& images, const at::Tensor& labels, const at::Tensor& orders,
                         std::int64_t grid) {
  const auto n = images.size(0), c = images.size(1), h = images.size(2) / grid, w = images.size(3) / grid;
  require(h > 0 && w > 0, "jigsaw{}: images are {} x {}, too small for so many tiles", grid, images.size(2),
          images.size(3));
  const auto top = (images.size(2) - grid * h) / 2, left = (images.size(3) - grid * w) / 2;
  const auto tiles = images.narrow(2, top, grid * h)
                         .narrow(3, left, grid * w)
                         .reshape({n, c, grid, h, grid, w})
                         .permute({0, 2, 4, 1, 3, 5})
                         .reshape({n * grid * grid, c, h, w});
  const auto from = orders.to(labels.device()).index_select(0, labels) +
                    (at::arange(n, labels.options()) * (grid * grid)).view({-1, 1});
  const auto moved = tiles.index_select(0, from.flatten())
                         .view({n, grid, grid, c, h, w})
                         .permute({0, 3, 1, 4, 2, 5})
                         .reshape({n, c, grid * h, grid * w});
  if (moved.size(2) == images.size(2) && moved.size(3) == images.size(3)) return moved;
  const auto result = at::zeros(images.sizes(), images.options());
  result.narrow(2, top, grid * h).narrow(3, left, grid * w).copy_(moved);
  return result;
}

Transform make(TransformName& name) {
  const auto grid = name.number(2, 8).value_or(2);
  const double most = grid == 2 ? 24 : 1000;
  const auto orders = orders_of(grid, static_cast<std::size_t>(name.value("of", 24, 2, most)));
  Transform transform;
  transform.starts_at_identity = false;  // where the grid does not divide the image, its border is cut off
  transform.summary = fmt::format("{} x {} tiles in one of {} orders", grid, grid, orders.size());
  for (const auto& order : orders) transform.values.push_back(name_of(order));
  transform.map = [grid, table = table_of(orders)](const at::Tensor& images, const at::Tensor& labels,
                                                   const at::Tensor&) {
    return shuffle_tiles(images, labels, table, grid);
  };
  return transform;
}

}  // namespace

const TransformKind jigsaw{"jigsawN[+ofK]", "jigsaw2", "N x N tiles in one of K orders (24; far apart for N > 2)",
                           make};

}  // namespace equinfo::transform_table
