#include <cstdlib>
#include <vector>

#include <torch/version.h>

#include "core/error.h"
#include "train/ranks.h"

#if TORCH_VERSION_MAJOR >= 2 && __has_include(<torch/csrc/distributed/c10d/TCPStore.hpp>)
#define EQUINFO_TCP_STORE
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#endif

namespace equinfo {

#ifdef EQUINFO_TCP_STORE
namespace {

std::string variable(const char* name, const char* otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : text;
}

/// torchrun's own process keeps the store at MASTER_ADDR:MASTER_PORT; other launchers leave that to rank 0.
c10::intrusive_ptr<c10d::Store> open_store(const Launch& launch) {
  const auto port = variable("MASTER_PORT", "0");
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(std::atoi(port.c_str()));
  options.isServer = launch.rank == 0 && variable("TORCHELASTIC_USE_AGENT_STORE", "False") != "True";
  options.numWorkers = static_cast<std::size_t>(launch.ranks);
  options.waitWorkers = false;
  try {
    auto store = c10::make_intrusive<c10d::TCPStore>(variable("MASTER_ADDR", "localhost"), options);
    store->setTimeout(std::chrono::hours(24));  // a rank that writes lets the others wait; torchrun sees one that died
    return store;
  } catch (const c10::Error& error) {
    const std::string reason = error.what_without_backtrace();
    throw std::runtime_error(
        fmt::format("torchrun's store at port {} is not to be had: {}", port, reason.substr(0, reason.find('\n'))));
  }
}

/// A message is a key "run/step/from/to". Who has got the messages of a step knows that all others have finished the
/// step before, whose keys are then removed.
class StoreTransport : public RankTransport {
 public:
  explicit StoreTransport(const Launch& launch)
      : launch_(launch),
        store_(open_store(launch)),
        run_("equinfo/" + variable("TORCHELASTIC_RUN_ID", "") + "/" + variable("TORCHELASTIC_RESTART_COUNT", "0")) {}

  void all_to_all(const std::byte* send, std::byte* receive, std::size_t bytes) override {
    std::vector<std::string> written;
    for (int to = 0; to < launch_.ranks; ++to) {
      written.push_back(key(launch_.rank, to));
      put(written.back(), send + static_cast<std::size_t>(to) * bytes, bytes);
    }
    receive_from_all(receive, bytes, [this](int from) { return key(from, launch_.rank); });
    finish_step(std::move(written));
  }

  void all_gather(const std::byte* send, std::byte* receive, std::size_t bytes) override {
    const auto mine = key(launch_.rank, -1);
    put(mine, send, bytes);
    receive_from_all(receive, bytes, [this](int from) { return key(from, -1); });
    finish_step({mine});
  }

  /// The store may live in rank 0, which therefore goes last.
  void leave() override {
    const auto bye = [this](int rank) { return fmt::format("{}/bye/{}", run_, rank); };
    if (launch_.rank > 0) return store_->set(bye(launch_.rank), std::vector<std::uint8_t>{1});
    for (int rank = 1; rank < launch_.ranks; ++rank) store_->get(bye(rank));
  }
  void abort() noexcept override {}  // torchrun ends the others when one fails

 private:
  std::string key(int from, int to) const { return fmt::format("{}/{}/{}/{}", run_, step_, from, to); }

  void put(const std::string& key, const std::byte* data, std::size_t bytes) {
    const auto* first = reinterpret_cast<const std::uint8_t*>(data);
    store_->set(key, std::vector<std::uint8_t>(first, first + bytes));
  }

  template <class Key>
  void receive_from_all(std::byte* receive, std::size_t bytes, const Key& key_from) {
    for (int from = 0; from < launch_.ranks; ++from) {
      const auto message = store_->get(key_from(from));
      require(message.size() == bytes, "rank {} sent {} bytes, but rank {} expects {}", from, message.size(),
              launch_.rank, bytes);
      std::copy(message.begin(), message.end(),
                reinterpret_cast<std::uint8_t*>(receive) + static_cast<std::size_t>(from) * bytes);
    }
  }

  void finish_step(std::vector<std::string> written) {
    for (const auto& old : last_) store_->deleteKey(old);
    last_ = std::move(written);
    ++step_;
  }

  Launch launch_;
  c10::intrusive_ptr<c10d::Store> store_;
  std::string run_;
  std::int64_t step_ = 0;
  std::vector<std::string> last_;
};

}  // namespace

std::unique_ptr<RankTransport> make_store_transport(const Launch& launch) {
  return std::make_unique<StoreTransport>(launch);
}

#else

std::unique_ptr<RankTransport> make_store_transport(const Launch&) {
  throw std::runtime_error("torchrun's ranks need LibTorch 2 or later; use mpirun");
}

#endif

}  // namespace equinfo
