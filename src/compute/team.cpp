#include "compute/team.h"

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <numeric>
#include <stdexcept>

#include "compute/mpi_world.h"
#include "compute/parallel.h"
#include "core/error.h"

namespace equinfo {
namespace {

/// MPI itself has one world a process.
mpi::World& world() {
  static mpi::World the_world;
  return the_world;
}

/// What a launcher says in the first of these variables that is there.
int told(std::initializer_list<const char*> names, int otherwise) {
  for (const char* name : names) {
    if (const char* value = std::getenv(name)) return std::atoi(value);
  }
  return otherwise;
}

/// How many processes a launcher says there are: Open MPI's and MPICH's variables.
int launched_processes() { return told({"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}, 1); }

}  // namespace

int team_rank() { return world().rank; }
int team_size() { return world().size; }

int team_members_here() {
  if (team_size() == 1) return 1;
  return std::max(1, told({"OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS"}, team_size()));
}

bool work_is_shared() { return team_size() > 1 && !inside_parallel_for(); }

Share own_share(std::int64_t count) {
  if (!work_is_shared()) return {0, count};
  return {count * team_rank() / team_size(), count * (team_rank() + 1) / team_size()};
}

Team::Team() {
  const int launched = launched_processes();
  if (launched <= 1) return;
  if (!mpi::built_in()) {
    throw std::runtime_error(
        fmt::format("{} processes were started together, but this program was built without MPI: install "
                    "libopenmpi-dev and build again, or start one process",
                    launched));
  }
  world() = mpi::join();
}

void Team::leave() {
  if (team_size() > 1) mpi::leave();
  world() = {};
}

std::vector<std::vector<std::byte>> gather_over_team(std::span<const std::byte> own) { return mpi::gather(own); }

void sum_over_team(std::span<std::int32_t> values) { mpi::sum(values); }

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

}  // namespace equinfo
