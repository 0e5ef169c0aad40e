#include <map>
#include <stdexcept>
#include <string>

#include "train/launch.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

Launch launch_of(const std::map<std::string, std::string>& variables) {
  return find_launch([&](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

}  // namespace

TEST_CASE("a launcher is known by what it leaves in the environment") {
  const auto alone = launch_of({{"HOME", "/root"}});
  CHECK(alone.by.empty());
  CHECK(alone.ranks == 1);
  const auto mpi = launch_of({{"OMPI_COMM_WORLD_RANK", "3"},
                              {"OMPI_COMM_WORLD_SIZE", "8"},
                              {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                              {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}});
  CHECK(mpi.by == "mpirun");
  CHECK(mpi.rank == 3);
  CHECK(mpi.ranks == 8);
  CHECK(mpi.rank_here == 1);
  CHECK(mpi.ranks_here == 2);
  const auto slurm = launch_of({{"SLURM_PROCID", "1"},
                                {"SLURM_STEP_NUM_TASKS", "4"},
                                {"SLURM_LOCALID", "1"},
                                {"SLURM_STEP_TASKS_PER_NODE", "2(x2)"}});
  CHECK(slurm.by == "srun");
  CHECK(slurm.ranks == 4);
  CHECK(slurm.ranks_here == 2);
  const auto torch = launch_of({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "localhost"}});
  CHECK(torch.by == "torchrun");
  CHECK(torch.ranks == 2);
}

TEST_CASE("what only looks like a launcher is none") {
  CHECK(launch_of({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}}).ranks == 1);  // a batch script's own process
  CHECK(launch_of({{"RANK", "0"}, {"WORLD_SIZE", "2"}}).ranks == 1);
  CHECK(launch_of({{"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "1"}}).ranks == 1);
}

TEST_CASE("numbers of the environment that make no sense are refused") {
  CHECK_THROWS_WITH_AS(launch_of({{"OMPI_COMM_WORLD_RANK", "x"}, {"OMPI_COMM_WORLD_SIZE", "2"}}),
                       "OMPI_COMM_WORLD_RANK = \"x\" in the environment is no number", std::invalid_argument);
  CHECK_THROWS_WITH_AS(launch_of({{"OMPI_COMM_WORLD_RANK", "2"}, {"OMPI_COMM_WORLD_SIZE", "2"}}),
                       "OMPI_COMM_WORLD_RANK = 2 in the environment, but OMPI_COMM_WORLD_SIZE = 2",
                       std::invalid_argument);
}
