#include "train/nccl_transport.h"

#include <stdexcept>

#include <c10/core/Device.h>

#ifdef EQUINFO_NCCL
#include <cstring>

#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <fmt/format.h>
#include <nccl.h>

#include "compute/shared_library.h"
#endif

namespace equinfo {

#ifdef EQUINFO_NCCL

namespace {

/// The very library that LibTorch was linked with, which is open already.
const SharedLibrary& library() {
  static const SharedLibrary the_library({"libnccl.so.2"});
  return the_library;
}

/// A function by its declaration and name.
template <class Signature, class... Arguments>
void call(const char* name, Arguments... arguments) {
  const ncclResult_t result = library().function<Signature>(name)(arguments...);
  if (result == ncclSuccess) return;
  const auto text_of = library().function<decltype(ncclGetErrorString)>("ncclGetErrorString");
  throw std::runtime_error(fmt::format("NCCL: {}: {}", name, text_of(result)));
}

class NcclTransport : public RankTransport {
 public:
  NcclTransport(const Launch& launch, c10::Device device, const NcclId& id) : device_(device), ranks_(launch.ranks) {
    const c10::cuda::CUDAGuard guard(device_);
    ncclUniqueId unique;
    static_assert(sizeof(unique) == sizeof(NcclId));
    std::memcpy(&unique, id.data(), sizeof(unique));
    call<decltype(ncclCommInitRank)>("ncclCommInitRank", &communicator_, ranks_, unique, launch.rank);
  }

  void all_to_all(const std::byte* send, std::byte* receive, std::size_t bytes) override {
    const c10::cuda::CUDAGuard guard(device_);
    call<decltype(ncclGroupStart)>("ncclGroupStart");
    for (int rank = 0; rank < ranks_; ++rank) {
      const auto first = static_cast<std::size_t>(rank) * bytes;
      call<decltype(ncclSend)>("ncclSend", send + first, bytes, ncclInt8, rank, communicator_, stream());
      call<decltype(ncclRecv)>("ncclRecv", receive + first, bytes, ncclInt8, rank, communicator_, stream());
    }
    call<decltype(ncclGroupEnd)>("ncclGroupEnd");
  }

  void all_gather(const std::byte* send, std::byte* receive, std::size_t bytes) override {
    const c10::cuda::CUDAGuard guard(device_);
    call<decltype(ncclAllGather)>("ncclAllGather", send, receive, bytes, ncclInt8, communicator_, stream());
  }

  void leave() override { call<decltype(ncclCommDestroy)>("ncclCommDestroy", communicator_); }

  void abort() noexcept override {
    try {
      call<decltype(ncclCommAbort)>("ncclCommAbort", communicator_);
    } catch (const std::exception&) {  // the end comes anyway
    }
  }

 private:
  /// On which the values are computed, so that none is sent before it is there.
  cudaStream_t stream() const { return c10::cuda::getCurrentCUDAStream(device_.index()).stream(); }

  c10::Device device_;
  int ranks_;
  ncclComm_t communicator_ = nullptr;
};

}  // namespace

std::string nccl_absence() { return library().found() ? "" : "NCCL (libnccl.so.2) is not found"; }

NcclId make_nccl_id() {
  ncclUniqueId unique;
  call<decltype(ncclGetUniqueId)>("ncclGetUniqueId", &unique);
  NcclId id;
  std::memcpy(id.data(), &unique, sizeof(unique));
  return id;
}

std::unique_ptr<RankTransport> make_nccl_transport(const Launch& launch, c10::Device device, const NcclId& id) {
  return std::make_unique<NcclTransport>(launch, device, id);
}

#else

std::string nccl_absence() { return "this essl-train was built without NCCL"; }

NcclId make_nccl_id() { throw std::runtime_error(nccl_absence()); }

std::unique_ptr<RankTransport> make_nccl_transport(const Launch&, c10::Device, const NcclId&) {
  throw std::runtime_error(nccl_absence());
}

#endif

}  // namespace equinfo
