#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace equinfo {

/// How this process was started: alone, or as one of several that train together.
struct Launch {
  std::string by;                     ///< "mpirun", "srun" or "torchrun"; empty if alone
  int rank = 0, ranks = 1;            ///< 0 … ranks − 1
  int rank_here = 0, ranks_here = 1;  ///< the same among the processes of this machine
};

/// Reads what launchers leave in the environment: OMPI_COMM_WORLD_* (mpirun), PMI_RANK and PMI_SIZE (MPICH's),
/// SLURM_STEP_NUM_TASKS and SLURM_PROCID (srun; a batch script's own process has no step), WORLD_SIZE, RANK and
/// MASTER_ADDR (torchrun). `variable` gives the value of a name, or null. Throws std::invalid_argument if a number is
/// none.
Launch find_launch(const std::function<const char*(const char*)>& variable);

}  // namespace equinfo
