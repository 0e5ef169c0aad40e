#include "train/launch.h"

#include <charconv>
#include <cstring>
#include <optional>

#include "core/error.h"

namespace equinfo {
namespace {

/// Names under which a launcher says what.
struct Words {
  const char *by, *rank, *ranks, *rank_here, *ranks_here;
};

constexpr Words kLaunchers[] = {
    {"mpirun", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK",
     "OMPI_COMM_WORLD_LOCAL_SIZE"},
    {"srun", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID", "SLURM_STEP_TASKS_PER_NODE"},
    {"mpirun", "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"},
    {"torchrun", "RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"},
};

/// The number at the beginning of a text such as "4" or srun's "4(x2)".
std::optional<int> read_number(const char* name, const char* text) {
  if (text == nullptr) return std::nullopt;
  int value = 0;
  const auto result = std::from_chars(text, text + std::strlen(text), value);
  require(result.ec == std::errc() && value >= 0, "{} = \"{}\" in the environment is no number", name, text);
  return value;
}

}  // namespace

Launch find_launch(const std::function<const char*(const char*)>& variable) {
  const auto number = [&](const char* name) { return read_number(name, variable(name)); };
  for (const auto& words : kLaunchers) {
    const auto ranks = number(words.ranks), rank = number(words.rank);
    if (!ranks || !rank || *ranks < 2) continue;
    // Names as general as torchrun's may mean something else.
    if (words.by == std::string("torchrun") && variable("MASTER_ADDR") == nullptr) continue;
    require(*rank < *ranks, "{} = {} in the environment, but {} = {}", words.rank, *rank, words.ranks, *ranks);
    return {words.by, *rank, *ranks, number(words.rank_here).value_or(0), number(words.ranks_here).value_or(1)};
  }
  return {};
}

}  // namespace equinfo
