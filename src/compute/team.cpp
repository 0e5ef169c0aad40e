#include "compute/team.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "compute/parallel.h"
#include "core/error.h"

#ifdef EQUINFO_MPI
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>
#endif

namespace equinfo {
namespace {

/// MPI itself has one world a process.
struct World {
  int rank = 0, size = 1;
};

World& world() {
  static World the_world;
  return the_world;
}

/// How many processes a launcher says there are: Open MPI's and MPICH's variables.
int launched_processes() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    if (const char* value = std::getenv(name)) return std::atoi(value);
  }
  return 1;
}

#ifdef EQUINFO_MPI

int checked_count(std::size_t count) {
  require(count <= static_cast<std::size_t>(std::numeric_limits<int>::max()), "{} are too many for one message of MPI",
          count);
  return static_cast<int>(count);
}

World join_world() {
  int provided = 0;
  World joined;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, &joined.rank);
  MPI_Comm_size(MPI_COMM_WORLD, &joined.size);
  return joined;
}

#else

World join_world() {
  throw std::runtime_error(
      fmt::format("{} processes were started together, but this program was built without MPI: install libopenmpi-dev "
                  "and build again, or start one process",
                  launched_processes()));
}

#endif

}  // namespace

int team_rank() { return world().rank; }
int team_size() { return world().size; }
bool work_is_shared() { return team_size() > 1 && !inside_parallel_for(); }

Share own_share(std::int64_t count) {
  if (!work_is_shared()) return {0, count};
  return {count * team_rank() / team_size(), count * (team_rank() + 1) / team_size()};
}

Team::Team() {
  if (launched_processes() > 1) world() = join_world();
}

std::vector<int> owners_by_cost(std::span<const double> costs, int ranks) {
  std::vector<std::size_t> order(costs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return costs[a] > costs[b]; });
  std::vector<double> load(static_cast<std::size_t>(ranks));
  std::vector<int> owners(costs.size());
  for (const std::size_t piece : order) {
    const auto least = std::ranges::min_element(load);
    owners[piece] = static_cast<int>(least - load.begin());
    *least += costs[piece];
  }
  return owners;
}

#ifdef EQUINFO_MPI

std::vector<std::vector<std::byte>> gather_over_team(std::span<const std::byte> own) {
  const int count = checked_count(own.size());
  std::vector<int> counts(static_cast<std::size_t>(team_size())), places(counts.size());
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

void sum_over_team(std::span<std::int32_t> values) {
  MPI_Allreduce(MPI_IN_PLACE, values.data(), checked_count(values.size()), MPI_INT32_T, MPI_SUM, MPI_COMM_WORLD);
}

void Team::leave() {
  if (team_size() > 1) MPI_Finalize();
  world() = {};
}

#else

std::vector<std::vector<std::byte>> gather_over_team(std::span<const std::byte> own) {
  return {{own.begin(), own.end()}};
}

void sum_over_team(std::span<std::int32_t>) {}

void Team::leave() {}

#endif

}  // namespace equinfo
