#include "core/large_buffer.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "core/available_memory.h"
#include "core/descriptor.h"
#include "core/error.h"

namespace equinfo {
namespace {

/// Bytes that all buffers may take, and those that are taken.
struct Budget {
  std::atomic<std::int64_t> limit = available_memory() / 2;
  std::atomic<std::int64_t> taken = 0;
};

Budget& budget() {
  static Budget the_budget;
  return the_budget;
}

/// Whether there was room; it is taken then.
bool take_memory(std::int64_t bytes) {
  if (budget().taken.fetch_add(bytes) + bytes <= budget().limit) return true;
  budget().taken -= bytes;
  return false;
}

std::string temporary_folder() {
  const char* named = std::getenv("TMPDIR");
  return named != nullptr && *named != '\0' ? named : "/var/tmp";  // where files may be large
}

/// The room in a folder: of one that is kept in memory, the memory. Nothing if it cannot be asked.
std::int64_t room_in(const std::string& folder) {
  struct statfs system {};
  if (statfs(folder.c_str(), &system) != 0) return -1;
  const auto free = static_cast<std::int64_t>(system.f_bavail) * static_cast<std::int64_t>(system.f_bsize);
  const bool in_memory = system.f_type == TMPFS_MAGIC || system.f_type == RAMFS_MAGIC;
  return in_memory ? std::min(free, available_memory()) : free;
}

std::byte* map_temporary_file(std::size_t bytes) {
  const std::string folder = temporary_folder(), name = folder + "/equinfo-XXXXXX";
  const std::string need = fmt::format("{}: {} are needed here for rows that memory has no room for", folder,
                                       bytes_text(static_cast<std::int64_t>(bytes)));
  const auto require_done = [&](bool done, int error) {
    require_file(done, "{}: {} (TMPDIR names the folder)", need, std::strerror(error));
  };
  const std::int64_t room = room_in(folder);
  require_file(room < 0 || static_cast<std::size_t>(room) >= bytes, "{}, but {} are free (TMPDIR names the folder)",
               need, bytes_text(room));
  std::string path = name;
  const Descriptor file(mkostemp(path.data(), O_CLOEXEC));
  require_done(file.number >= 0, errno);
  unlink(path.c_str());
  // Now, for a page that finds no place on the disk later ends the process without a word.
  const int failure = posix_fallocate(file.number, 0, static_cast<off_t>(bytes));
  require_done(failure == 0, failure);
  void* address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.number, 0);
  require_done(address != MAP_FAILED, errno);
  return static_cast<std::byte*>(address);
}

}  // namespace

MemoryForRows::MemoryForRows(std::int64_t bytes) : before_(budget().limit.exchange(bytes)) {}
MemoryForRows::~MemoryForRows() { budget().limit = before_; }

LargeBuffer::LargeBuffer(std::size_t bytes) {
  if (bytes == 0) return;
  const bool in_file = !take_memory(static_cast<std::int64_t>(bytes));
  const GiveBack give_back(bytes, in_file);
  if (in_file) {
    bytes_ = std::unique_ptr<std::byte[], GiveBack>(map_temporary_file(bytes), give_back);
    return;
  }
  try {
    bytes_ = std::unique_ptr<std::byte[], GiveBack>(new std::byte[bytes](), give_back);
  } catch (...) {
    budget().taken -= static_cast<std::int64_t>(bytes);
    throw;
  }
}

void LargeBuffer::GiveBack::operator()(std::byte* bytes) const {
  if (in_file) {
    munmap(bytes, count);
    return;
  }
  delete[] bytes;
  budget().taken -= static_cast<std::int64_t>(count);
}

}  // namespace equinfo
