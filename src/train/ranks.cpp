#include "train/ranks.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include <torch/torch.h>

#include "core/error.h"

namespace equinfo {
namespace {

/// Each rank adds up one block of the values and gives its sums to all.
template <class T>
void sum_in_order(RankTransport& transport, std::size_t ranks, T* values, std::size_t count) {
  const auto block = (count + ranks - 1) / ranks, bytes = block * sizeof(T);
  std::vector<T> all(ranks * block), received(ranks * block), mine(block);
  std::copy(values, values + count, all.begin());
  transport.all_to_all(reinterpret_cast<const std::byte*>(all.data()), reinterpret_cast<std::byte*>(received.data()),
                       bytes);
  for (std::size_t i = 0; i < block; ++i) {
    double total = 0;
    for (std::size_t r = 0; r < ranks; ++r) total += static_cast<double>(received[r * block + i]);
    mine[i] = static_cast<T>(total);
  }
  transport.all_gather(reinterpret_cast<const std::byte*>(mine.data()), reinterpret_cast<std::byte*>(all.data()),
                       bytes);
  std::copy(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count), values);
}

}  // namespace

Ranks::Ranks(Launch launch, std::unique_ptr<RankTransport> transport)
    : launch_(std::move(launch)), transport_(std::move(transport)) {}

Ranks::~Ranks() {
  if (transport_) transport_->abort();
}

void Ranks::sum(at::Tensor& values) const {
  if (!transport_) return;
  const auto here = values.to(torch::kCPU).contiguous();
  const auto count = static_cast<std::size_t>(here.numel()), ranks = static_cast<std::size_t>(launch_.ranks);
  if (here.scalar_type() == torch::kDouble) {
    sum_in_order(*transport_, ranks, here.data_ptr<double>(), count);
  } else {
    sum_in_order(*transport_, ranks, here.data_ptr<float>(), count);
  }
  values.copy_(here);
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
