#include "compute/mpi_world.h"

#include <cstdlib>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string_view>

#include "core/error.h"

#ifdef EQUINFO_MPI
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>
#endif

namespace equinfo::mpi {

#ifdef EQUINFO_MPI

namespace {

int checked_count(std::size_t count) {
  require(count <= static_cast<std::size_t>(std::numeric_limits<int>::max()),
          "{} are too many for one message of MPI; use more ranks", count);
  return static_cast<int>(count);
}

/// Where all ranks are on this machine Open MPI need not look for network hardware, which takes Debian's .2 s; what the
/// user has set stays. Other implementations do not know these variables.
void skip_networks_on_one_machine() {
  const char* here = std::getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
  const char* all = std::getenv("OMPI_COMM_WORLD_SIZE");
  if (here != nullptr && all != nullptr && std::string_view(here) == all) setenv("OMPI_MCA_pml", "ob1", 0);
}

}  // namespace

bool built_in() { return true; }

World join() {
  int provided = 0;
  World world;
  skip_networks_on_one_machine();
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, &world.rank);
  MPI_Comm_size(MPI_COMM_WORLD, &world.size);
  return world;
}

void leave() { MPI_Finalize(); }

void abort() noexcept { MPI_Abort(MPI_COMM_WORLD, 1); }

void all_to_all(const std::byte* send, std::byte* receive, std::size_t bytes) {
  const int count = checked_count(bytes);
  MPI_Alltoall(send, count, MPI_BYTE, receive, count, MPI_BYTE, MPI_COMM_WORLD);
}

void all_gather(const std::byte* send, std::byte* receive, std::size_t bytes) {
  const int count = checked_count(bytes);
  MPI_Allgather(send, count, MPI_BYTE, receive, count, MPI_BYTE, MPI_COMM_WORLD);
}

std::vector<std::vector<std::byte>> gather(std::span<const std::byte> own) {
  int ranks = 0;
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  const int count = checked_count(own.size());
  std::vector<int> counts(static_cast<std::size_t>(ranks)), places(counts.size());
  MPI_Allgather(&count, 1, MPI_INT, counts.data(), 1, MPI_INT, MPI_COMM_WORLD);
  const std::size_t total = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
  checked_count(total);
  std::exclusive_scan(counts.begin(), counts.end(), places.begin(), 0);
  std::vector<std::byte> all(total);
  MPI_Allgatherv(own.data(), count, MPI_BYTE, all.data(), counts.data(), places.data(), MPI_BYTE, MPI_COMM_WORLD);
  std::vector<std::vector<std::byte>> of_ranks;
  for (std::size_t r = 0; r < counts.size(); ++r) {
    of_ranks.emplace_back(all.begin() + places[r], all.begin() + places[r] + counts[r]);
  }
  return of_ranks;
}

void sum(std::span<std::int32_t> values) {
  MPI_Allreduce(MPI_IN_PLACE, values.data(), checked_count(values.size()), MPI_INT32_T, MPI_SUM, MPI_COMM_WORLD);
}

#else

namespace {

[[noreturn]] void refuse() { throw std::logic_error("this program was built without MPI"); }

}  // namespace

bool built_in() { return false; }
World join() { refuse(); }
void leave() { refuse(); }
void abort() noexcept {}
void all_to_all(const std::byte*, std::byte*, std::size_t) { refuse(); }
void all_gather(const std::byte*, std::byte*, std::size_t) { refuse(); }
std::vector<std::vector<std::byte>> gather(std::span<const std::byte>) { refuse(); }
void sum(std::span<std::int32_t>) { refuse(); }

#endif

}  // namespace equinfo::mpi
