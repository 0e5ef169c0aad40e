#include <fmt/format.h>
#include <stdexcept>

#include "compute/mpi_world.h"
#include "train/ranks.h"

namespace equinfo {
namespace {

class MpiTransport : public RankTransport {
 public:
  explicit MpiTransport(const Launch& launch) {
    const mpi::World world = mpi::join();
    if (world.size == launch.ranks && world.rank == launch.rank) return;
    mpi::leave();
    throw std::runtime_error(fmt::format(
        "{} started {} ranks, but this is rank {} of {} to MPI; start them with the launcher of the MPI that "
        "essl-train was built with (for srun: srun --mpi=pmix)",
        launch.by, launch.ranks, world.rank, world.size));
  }

  void all_to_all(const std::byte* send, std::byte* receive, std::size_t bytes) override {
    mpi::all_to_all(send, receive, bytes);
  }
  void all_gather(const std::byte* send, std::byte* receive, std::size_t bytes) override {
    mpi::all_gather(send, receive, bytes);
  }
  void leave() override { mpi::leave(); }
  void abort() noexcept override { mpi::abort(); }
};

}  // namespace

std::unique_ptr<RankTransport> make_mpi_transport(const Launch& launch) {
  if (!mpi::built_in()) {
    throw std::runtime_error(
        fmt::format("{} started {} ranks, but this essl-train was built without MPI: install libopenmpi-dev and build "
                    "again, or start one process",
                    launch.by, launch.ranks));
  }
  return std::make_unique<MpiTransport>(launch);
}

}  // namespace equinfo
