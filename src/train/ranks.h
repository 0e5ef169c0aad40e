#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "train/launch.h"

namespace at {
class Tensor;
}

namespace equinfo {

/// How bytes go from rank to rank: those of the processor's memory, or of each rank's GPU, where calls only take their
/// place among what else the GPU has to do. Every rank makes the same calls in the same order.
class RankTransport {
 public:
  virtual ~RankTransport() = default;
  /// send, receive: one block of `bytes` for each rank. Block r of `send` goes to rank r; block r of `receive` is
  /// rank r's.
  virtual void all_to_all(const std::byte* send, std::byte* receive, std::size_t bytes) = 0;
  /// Gives this rank's block to all; block r of `receive` is rank r's.
  virtual void all_gather(const std::byte* send, std::byte* receive, std::size_t bytes) = 0;
  /// The orderly end, behind everything that others may still wait for.
  virtual void leave() = 0;
  /// Ends the other ranks too.
  virtual void abort() noexcept = 0;
};

/// The processes that train together, and this one's place among them. Each has a copy of the model and takes its part
/// of every batch. One that goes without leave(), as after an exception, ends the others.
class Ranks {
 public:
  /// This process alone.
  Ranks() = default;
  Ranks(Launch launch, std::unique_ptr<RankTransport> transport);
  Ranks(Ranks&&) noexcept = default;
  Ranks& operator=(Ranks&&) noexcept = default;
  ~Ranks();

  const Launch& launch() const { return launch_; }
  int rank() const { return launch_.rank; }
  int count() const { return launch_.ranks; }
  /// The rank that writes files and speaks.
  bool first() const { return launch_.rank == 0; }

  /// Takes values on GPUs from GPU to GPU from now on, and not over the processor's memory.
  void connect(std::unique_ptr<RankTransport> of_gpus) { of_gpus_ = std::move(of_gpus); }
  bool connected() const { return of_gpus_ != nullptr; }

  /// Replaces float32 or float64 values by their sum over the ranks, of any device: added in the order of the ranks in
  /// float64, then rounded, so that all ranks get the same bits each time, whatever the transport. Cost: each rank
  /// sends and receives the tensor twice, whatever their number.
  void sum(at::Tensor& values) const;
  /// Replaces bytes by those of the first rank.
  void take_from_first(std::span<std::byte> bytes) const;
  /// Whether any rank says so.
  bool any(bool here) const;
  /// Returns when all ranks are here.
  void wait() const { any(false); }
  void leave();

 private:
  Launch launch_;
  std::unique_ptr<RankTransport> transport_, of_gpus_;
};

/// This process alone, for as long as the program runs.
const Ranks& no_ranks();

/// Joins the ranks that a launcher started, or none. Throws std::runtime_error if this program was built without what
/// the launcher needs, or if the ranks do not find each other.
Ranks join_ranks();

/// Transports: MPI for mpirun and srun; LibTorch's store of keys on a TCP port for torchrun, which is slower and meant
/// for few ranks. Throw std::runtime_error.
std::unique_ptr<RankTransport> make_mpi_transport(const Launch& launch);
std::unique_ptr<RankTransport> make_store_transport(const Launch& launch);

}  // namespace equinfo
