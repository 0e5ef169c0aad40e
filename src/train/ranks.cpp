#include "train/ranks.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include <torch/types.h>
#include <torch/utils.h>

#include "core/error.h"

namespace equinfo {
namespace {

/// Each rank adds up one block of the values and gives its sums to all. The values are where the transport takes them.
void sum_in_order(RankTransport& transport, std::int64_t ranks, at::Tensor& values) {
  const auto count = values.numel(), block = (count + ranks - 1) / ranks;
  const auto bytes = static_cast<std::size_t>(block) * values.element_size();
  const auto bytes_of = [](const at::Tensor& tensor) { return static_cast<std::byte*>(tensor.data_ptr()); };
  const auto all = at::constant_pad_nd(values.flatten(), {0, ranks * block - count}).contiguous();
  const auto received = at::empty_like(all);
  transport.all_to_all(bytes_of(all), bytes_of(received), bytes);
  auto total = at::zeros({block}, all.options().dtype(at::kDouble));
  for (const auto& of_rank : received.split(block)) total.add_(of_rank);
  const auto mine = total.to(values.scalar_type()), sums = at::empty_like(all);
  transport.all_gather(bytes_of(mine), bytes_of(sums), bytes);
  values.copy_(sums.narrow(0, 0, count).view(values.sizes()));
}

}  // namespace

Ranks::Ranks(Launch launch, std::unique_ptr<RankTransport> transport)
    : launch_(std::move(launch)), transport_(std::move(transport)) {}

Ranks::~Ranks() {
  if (of_gpus_) of_gpus_->abort();
  if (transport_) transport_->abort();
}

void Ranks::sum(at::Tensor& values) const {
  if (!transport_) return;
  const torch::NoGradGuard no_gradient;
  if (values.is_cuda() && connected()) return sum_in_order(*of_gpus_, count(), values);
  auto here = values.to(torch::kCPU);
  sum_in_order(*transport_, count(), here);
  if (!values.is_cpu()) values.copy_(here);
}

void Ranks::take_from_first(std::span<std::byte> bytes) const {
  if (!transport_) return;
  std::vector<std::byte> all(bytes.size() * static_cast<std::size_t>(count()));
  transport_->all_gather(bytes.data(), all.data(), bytes.size());
  std::copy_n(all.begin(), bytes.size(), bytes.begin());
}

bool Ranks::any(bool here) const {
  if (!transport_) return here;
  std::vector<std::byte> all(static_cast<std::size_t>(count()));
  const auto mine = static_cast<std::byte>(here);
  transport_->all_gather(&mine, all.data(), 1);
  return std::any_of(all.begin(), all.end(), [](std::byte said) { return said != std::byte{0}; });
}

void Ranks::leave() {
  if (!transport_) return;
  wait();
  if (of_gpus_) of_gpus_->leave();
  of_gpus_.reset();
  transport_->leave();
  transport_.reset();
}

const Ranks& no_ranks() {
  static const Ranks alone;
  return alone;
}

Ranks join_ranks() {
  auto launch = find_launch([](const char* name) { return std::getenv(name); });
  if (launch.ranks == 1) return {};
  auto transport = launch.by == "torchrun" ? make_store_transport(launch) : make_mpi_transport(launch);
  return {std::move(launch), std::move(transport)};
}

}  // namespace equinfo
