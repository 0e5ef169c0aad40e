#include "compute/mpi_world.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <limits>
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

/// Calls `send(first, count)` for parts of [0, size) that MPI, which counts in int, takes in one message each.
template <class Send>
void in_messages(std::size_t size, const Send& send) {
  constexpr std::size_t kMost = std::size_t{1} << 30;
  for (std::size_t first = 0; first < size; first += kMost) {
    send(first, static_cast<int>(std::min(kMost, size - first)));
  }
}

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
  int ranks = 0, rank = 0;
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  const std::uint64_t size = own.size();
  std::vector<std::uint64_t> sizes(static_cast<std::size_t>(ranks));
  MPI_Allgather(&size, 1, MPI_UINT64_T, sizes.data(), 1, MPI_UINT64_T, MPI_COMM_WORLD);
  std::vector<std::vector<std::byte>> of_ranks(sizes.size());
  for (int r = 0; r < ranks; ++r) {
    std::vector<std::byte>& bytes = of_ranks[static_cast<std::size_t>(r)];
    bytes.resize(sizes[static_cast<std::size_t>(r)]);
    if (r == rank) std::ranges::copy(own, bytes.begin());
    in_messages(bytes.size(), [&](std::size_t first, int count) {
      MPI_Bcast(bytes.data() + first, count, MPI_BYTE, r, MPI_COMM_WORLD);
    });
  }
  return of_ranks;
}

void sum(std::span<std::int32_t> values) {
  in_messages(values.size(), [&](std::size_t first, int count) {
    MPI_Allreduce(MPI_IN_PLACE, values.data() + first, count, MPI_INT32_T, MPI_SUM, MPI_COMM_WORLD);
  });
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
