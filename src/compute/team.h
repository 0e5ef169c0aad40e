#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// Processes that compute one result together, as `mpirun -n P program …` starts them. Each of them does all of the
/// work alike, except for pieces that are shared out: a process does its share of those and gets the others' results,
/// bit for bit what it would have computed itself. So results are the same for any number of processes, and every
/// process can go on with them. All must reach the shared pieces in the same order, which they do because they decide
/// by equal numbers.
namespace equinfo {

/// This process's place among them. Alone (0 of 1) unless there is a Team.
int team_rank();
int team_size();
/// How many of them run on this machine, as the launcher says; all where it does not.
int team_members_here();

/// Whether a piece of work here and now is to be shared out: not alone, and not within a parallel_for, whose parts run
/// in no promised order.
bool work_is_shared();

/// Pieces [begin, end) of a list.
struct Share {
  std::int64_t begin = 0, end = 0;
};
/// This process's pieces of `count`: all where work is not shared. The shares of the ranks follow each other.
Share own_share(std::int64_t count);

/// What each rank gives, in the order of the ranks; the same everywhere. Work must be shared.
std::vector<std::vector<std::byte>> gather_over_team(std::span<const std::byte> own);
/// Replaces integers by their sums over the ranks. Work must be shared.
void sum_over_team(std::span<std::int32_t> values);

/// Joins the processes that a launcher started beside this one, if it did, for the lifetime of the object. Throws
/// std::runtime_error if the program was built without MPI. Where a rank fails, the launcher ends the others.
class Team {
 public:
  Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;
  /// The one rank that writes and speaks.
  bool speaks() const { return team_rank() == 0; }
  /// The orderly end, when all is done. Without it the launcher takes the end of this process for a failure.
  void leave();
};

/// Which of `ranks` does each of some pieces, so that the sums of their costs are about equal: the costly ones first,
/// each to the rank with least to do.
std::vector<int> owners_by_cost(std::span<const double> costs, int ranks);

}  // namespace equinfo
