#include <limits>

#include "core/error.h"
#include "train/ranks.h"

#ifdef EQUINFO_MPI
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>
#endif

namespace equinfo {

#ifdef EQUINFO_MPI
namespace {

/// MPI's own default holds: an error of a call ends all ranks, with its message.
class MpiTransport : public RankTransport {
 public:
  explicit MpiTransport(const Launch& launch) {
    int provided = 0, ranks = 0, rank = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (ranks == launch.ranks && rank == launch.rank) return;
    MPI_Finalize();
    throw std::runtime_error(fmt::format(
        "{} started {} ranks, but this is rank {} of {} to MPI; start them with the launcher of the MPI that "
        "essl-train was built with (for srun: srun --mpi=pmix)",
        launch.by, launch.ranks, rank, ranks));
  }

  void all_to_all(const std::byte* send, std::byte* receive, std::size_t bytes) override {
    MPI_Alltoall(send, checked(bytes), MPI_BYTE, receive, checked(bytes), MPI_BYTE, MPI_COMM_WORLD);
  }
  void all_gather(const std::byte* send, std::byte* receive, std::size_t bytes) override {
    MPI_Allgather(send, checked(bytes), MPI_BYTE, receive, checked(bytes), MPI_BYTE, MPI_COMM_WORLD);
  }
  void leave() override { MPI_Finalize(); }
  void abort() noexcept override { MPI_Abort(MPI_COMM_WORLD, 1); }

 private:
  static int checked(std::size_t bytes) {
    require(bytes <= static_cast<std::size_t>(std::numeric_limits<int>::max()),
            "a block of {} bytes is too large for MPI; use more ranks", bytes);
    return static_cast<int>(bytes);
  }
};

}  // namespace

std::unique_ptr<RankTransport> make_mpi_transport(const Launch& launch) {
  return std::make_unique<MpiTransport>(launch);
}

#else

std::unique_ptr<RankTransport> make_mpi_transport(const Launch& launch) {
  throw std::runtime_error(
      fmt::format("{} started {} ranks, but this essl-train was built without MPI: install libopenmpi-dev and build "
                  "again, or start one process",
                  launch.by, launch.ranks));
}

#endif

}  // namespace equinfo
