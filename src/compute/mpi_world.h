#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// The processes that an MPI launcher started together; all calls of MPI are behind these. Every one of them makes the
/// same calls in the same order. An error of MPI ends them all with its message, which is MPI's own default.
namespace equinfo::mpi {

/// Whether this program was built with MPI. Without, nothing below may be called.
bool built_in();

struct World {
  int rank = 0, size = 1;
};
/// Joins the world, once a process.
World join();
/// The orderly end, behind everything that others may still wait for.
void leave();
/// Ends the others too.
void abort() noexcept;

/// One block of `bytes` for each rank. Block r of `send` goes to rank r; block r of `receive` is rank r's.
void all_to_all(const std::byte* send, std::byte* receive, std::size_t bytes);
/// Gives this rank's block to all; block r of `receive` is rank r's.
void all_gather(const std::byte* send, std::byte* receive, std::size_t bytes);
/// The same with blocks of any sizes, in the order of the ranks.
std::vector<std::vector<std::byte>> gather(std::span<const std::byte> own);
/// Replaces integers by their sums over the ranks.
void sum(std::span<std::int32_t> values);

}  // namespace equinfo::mpi
