// Which GPU a rank takes, and what the ranks' GPUs send to each other by.

#include <cstring>

#include <torch/types.h>

#include "train/gpu_ranks.h"
#include "train/nccl_transport.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

Launch launch_of(int rank_here, int ranks_here) { return {"mpirun", rank_here, ranks_here, rank_here, ranks_here}; }

/// Two other ranks: one before this one whose bytes are all 7, one behind it whose bytes are all 0.
class Neighbours : public RankTransport {
 public:
  void all_to_all(const std::byte*, std::byte*, std::size_t) override {}
  void all_gather(const std::byte* send, std::byte* receive, std::size_t bytes) override {
    std::memset(receive, first_, bytes);
    std::memcpy(receive + bytes, send, bytes);
    std::memset(receive + 2 * bytes, 0, bytes);
  }
  void leave() override {}
  void abort() noexcept override {}
  explicit Neighbours(int first) : first_(first) {}

 private:
  int first_;
};

}  // namespace

TEST_CASE("ranks of a machine take its GPUs by their numbers there, and share them where they are more") {
  CHECK(gpu_number(launch_of(0, 4), 4) == 0);
  CHECK(gpu_number(launch_of(3, 4), 4) == 3);
  CHECK(gpu_number(launch_of(2, 4), 2) == 0);
  CHECK(gpu_number(launch_of(3, 4), 2) == 1);
  // The sixth of eight ranks is the second of its machine.
  CHECK(gpu_number({"srun", 5, 8, 1, 4}, 4) == 1);
}

TEST_CASE("what stands against NCCL is said in words") {
  CHECK(nccl_obstacle(launch_of(0, 2), 0) == "training is on the CPU");
  CHECK(nccl_obstacle(launch_of(0, 4), 2) == "4 ranks share 2 GPUs");
  CHECK(nccl_obstacle(launch_of(0, 2), 2) == nccl_absence());
}

TEST_CASE("ranks on the CPU add up over the processor's memory, and NCCL is refused there") {
  Ranks ranks(launch_of(1, 3), std::make_unique<Neighbours>(0));
  connect_gpus(ranks, torch::kCPU, "auto");
  connect_gpus(ranks, torch::kCPU, "no");
  CHECK(!ranks.connected());
  CHECK_THROWS_WITH_AS(connect_gpus(ranks, torch::kCPU, "yes"), "train.nccl = \"yes\", but training is on the CPU",
                       std::runtime_error);
  Ranks alone;
  connect_gpus(alone, torch::kCPU, "yes");  // nobody to add up with
  CHECK(!alone.connected());
}

TEST_CASE("all ranks take the first one's bytes") {
  const Ranks ranks(launch_of(1, 3), std::make_unique<Neighbours>(7));
  NcclId id{};
  ranks.take_from_first(id);
  CHECK(std::all_of(id.begin(), id.end(), [](std::byte b) { return b == std::byte{7}; }));
  NcclId own{std::byte{3}};
  no_ranks().take_from_first(own);
  CHECK(own[0] == std::byte{3});
}
