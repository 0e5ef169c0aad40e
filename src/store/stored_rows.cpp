#include "store/stored_rows.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/descriptor.h"
#include "core/error.h"

namespace equinfo {

StoredRows::StoredRows(LargeMatrix rows)
    : rows_(std::make_shared<const LargeMatrix>(std::move(rows))), view_(rows_->view()) {}

StoredRows::StoredRows(const FileFloats& floats, std::int64_t rows, std::int64_t cols) {
  const std::string name = floats.file.string();
  const Descriptor file(open(name.c_str(), O_RDONLY | O_CLOEXEC));
  require_file(file.number >= 0, "{}: {}", name, std::strerror(errno));
  const auto page = static_cast<std::int64_t>(sysconf(_SC_PAGESIZE));
  const std::int64_t before = floats.offset % page;
  const auto bytes = static_cast<std::size_t>(before + rows * cols * static_cast<std::int64_t>(sizeof(float)));
  void* address = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, file.number, floats.offset - before);
  require_file(address != MAP_FAILED, "{}: {}", name, std::strerror(errno));
  mapping_ =
      std::shared_ptr<const void>(address, [bytes](const void* mapped) { munmap(const_cast<void*>(mapped), bytes); });
  view_ = {reinterpret_cast<const float*>(static_cast<const char*>(address) + before), rows, cols};
}

}  // namespace equinfo
