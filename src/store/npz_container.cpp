#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <functional>
#include <numeric>
#include <optional>
#include <span>

#include <archive.h>
#include <archive_entry.h>

#include "core/error.h"
#include "store/array_container.h"
#include "store/column_major.h"
#include "store/npy_header.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockBytes = std::int64_t{1} << 20;
constexpr std::string_view kExtension = ".npy";

/// A zip archive read entry by entry. Throws IoError with libarchive's words.
class Zip {
 public:
  explicit Zip(const std::filesystem::path& path) : path_(path.string()), archive_(archive_read_new()) {
    // By the directory at the end: read from the front, a cut file would just seem to hold fewer arrays.
    archive_read_support_format_zip_seekable(archive_.get());
    check(archive_read_open_filename(archive_.get(), path_.c_str(), std::size_t{1} << 20));
  }

  /// The next entry's name; empty at the end.
  std::string next() {
    entry_bytes_ = 0;
    archive_entry* entry = nullptr;
    const int state = archive_read_next_header(archive_.get(), &entry);
    if (state == ARCHIVE_EOF) return {};
    check(state);
    const char* name = archive_entry_pathname(entry);
    entry_bytes_ = static_cast<std::int64_t>(archive_entry_size(entry));
    return name != nullptr ? name : "?";
  }

  /// Unpacked size of this entry.
  std::int64_t entry_bytes() const { return entry_bytes_; }

  void read(void* out, std::size_t bytes, const std::string& where) {
    for (std::size_t done = 0; done < bytes;) {
      const la_ssize_t got = archive_read_data(archive_.get(), static_cast<char*>(out) + done, bytes - done);
      if (got < 0) throw IoError(fmt::format("{}: {}", where, words()));
      require_file(got > 0, "{}: ends {} bytes early", where, bytes - done);
      done += static_cast<std::size_t>(got);
    }
  }

  /// After the last byte: lets libarchive compare the checksum.
  void require_end(const std::string& where) {
    char extra = 0;
    const la_ssize_t got = archive_read_data(archive_.get(), &extra, 1);
    if (got != 0) throw IoError(fmt::format("{}: {}", where, got < 0 ? words() : "has bytes behind its end"));
  }

 private:
  struct Free {
    void operator()(archive* handle) const { archive_read_free(handle); }
  };

  std::string words() const {
    const char* text = archive_error_string(archive_.get());
    return fmt::format("zip: {}", text != nullptr ? text : "damaged");
  }
  void check(int state) const { require_file(state >= ARCHIVE_WARN, "{}: {}", path_, words()); }

  std::string path_;
  std::unique_ptr<archive, Free> archive_;
  std::int64_t entry_bytes_ = 0;
};

NpyHeader read_header(Zip& zip, const std::string& where) {
  std::array<unsigned char, 12> start{};
  zip.read(start.data(), 8, where);
  require_file(std::memcmp(start.data(), "\x93NUMPY", 6) == 0, "{}: is no .npy array", where);
  const std::size_t length_bytes = start[6] == 1 ? 2 : 4;
  zip.read(start.data() + 8, length_bytes, where);
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) length |= std::size_t{start[8 + i]} << (8 * i);
  require_file(length < (std::size_t{1} << 20), "{}: is no .npy array", where);
  std::string text(length, ' ');
  zip.read(text.data(), length, where);
  NpyHeader header = parse_npy_header(text, where);
  // In floating point, so that a damaged shape cannot overflow; exact for all sizes below 2^53.
  double bytes = static_cast<double>(header.item_bytes);
  for (const std::int64_t extent : header.shape) bytes *= static_cast<double>(extent);
  const std::int64_t held = zip.entry_bytes() - static_cast<std::int64_t>(8 + length_bytes + length);
  require_file(header.element_kind() == ElementKind::kOther || bytes == static_cast<double>(held),
               "{}: is damaged: its header announces {:.0f} bytes, but {} follow", where, bytes, held);
  return header;
}

void swap_bytes(std::span<char> bytes, std::size_t item) {
  for (std::size_t i = 0; i < bytes.size(); i += item) std::reverse(bytes.data() + i, bytes.data() + i + item);
}

template <class Narrow, class Wide>
void widen(std::span<const char> bytes, Wide* out) {
  for (std::size_t i = 0; i < bytes.size() / sizeof(Narrow); ++i) {
    Narrow value;
    std::memcpy(&value, bytes.data() + i * sizeof(Narrow), sizeof(Narrow));
    out[i] = value;
  }
}

/// Integers of `item` bytes → 64 bits.
void widen_integers(std::span<const char> bytes, std::int64_t item, bool has_sign, void* out) {
  auto* with_sign = static_cast<std::int64_t*>(out);
  auto* without = static_cast<std::uint64_t*>(out);
  switch (item) {
    case 1:
      return has_sign ? widen<std::int8_t>(bytes, with_sign) : widen<std::uint8_t>(bytes, without);
    case 2:
      return has_sign ? widen<std::int16_t>(bytes, with_sign) : widen<std::uint16_t>(bytes, without);
    case 4:
      return has_sign ? widen<std::int32_t>(bytes, with_sign) : widen<std::uint32_t>(bytes, without);
    default:
      std::memcpy(out, bytes.data(), bytes.size());
  }
}

/// Reads one array in order. A column-major one is held as a whole; its first row needs the last byte.
class NpzRows : public RowReader {
 public:
  explicit NpzRows(const ArrayInfo& array)
      : where_(fmt::format("{}: {}", array.file.string(), array.path)),
        zip_(array.file),
        row_elements_(static_cast<std::size_t>(array.row_elements())),
        rows_left_(array.rows()) {
    for (std::string name = zip_.next(); name != array.object; name = zip_.next()) {
      require_file(!name.empty(), "{}: is gone", where_);
    }
    header_ = read_header(zip_, where_);
    if (!header_.fortran_order) return;
    columns_.emplace(header_.shape, item());
    zip_.read(columns_->bytes().data(), columns_->bytes().size(), where_);
    zip_.require_end(where_);
  }

  std::int64_t block_rows() const override {
    return std::max<std::int64_t>(1, kBlockBytes / static_cast<std::int64_t>(item() * row_elements_));
  }

  void read_next(std::int64_t count, void* out) override {
    const std::size_t bytes = static_cast<std::size_t>(count) * row_elements_ * item();
    const bool widens = header_.kind != 'f' && item() < 8;
    if (widens) narrow_.resize(bytes);
    const std::span<char> raw(widens ? narrow_.data() : static_cast<char*>(out), bytes);
    if (columns_) {
      columns_->copy_rows(done_, raw);
      done_ += static_cast<std::size_t>(count);
    } else {
      zip_.read(raw.data(), bytes, where_);
      if ((rows_left_ -= count) == 0) zip_.require_end(where_);
    }
    if (header_.big_endian != (std::endian::native == std::endian::big) && item() > 1) swap_bytes(raw, item());
    if (widens) widen_integers(raw, header_.item_bytes, header_.kind == 'i', out);
  }

 private:
  std::size_t item() const { return static_cast<std::size_t>(header_.item_bytes); }

  std::string where_;
  Zip zip_;
  std::size_t row_elements_, done_ = 0;
  std::int64_t rows_left_;
  NpyHeader header_;
  std::optional<ColumnMajor> columns_;
  std::vector<char> narrow_;
};

class NpzContainer : public ArrayContainer {
 public:
  explicit NpzContainer(const std::filesystem::path& path) {
    Zip zip(path);
    for (std::string name = zip.next(); !name.empty(); name = zip.next()) {
      if (!name.ends_with(kExtension)) continue;
      const std::string shown = fmt::format("/{}", name.substr(0, name.size() - kExtension.size()));
      const NpyHeader header = read_header(zip, fmt::format("{}: {}", path.string(), shown));
      arrays_.push_back({shown, header.element_kind(), header.type_name(), header.shape, {}, {}, path, name});
    }
    std::ranges::sort(arrays_, {}, &ArrayInfo::path);
  }

  std::optional<std::vector<ArrayInfo>> arrays_at(const std::string& name) const override {
    std::vector<ArrayInfo> found;
    for (const ArrayInfo& array : arrays_) {
      if (array.path == name) return std::vector{array};
      if (array.path.starts_with(name == "/" ? name : name + "/")) found.push_back(array);
    }
    return found.empty() ? std::nullopt : std::optional(found);
  }

  std::vector<ArrayInfo> contents() const override { return arrays_; }
  std::map<std::string, std::string> attributes() const override { return {}; }
  std::unique_ptr<RowReader> open(const ArrayInfo& array) const override { return std::make_unique<NpzRows>(array); }

 private:
  std::vector<ArrayInfo> arrays_;
};

}  // namespace

std::unique_ptr<ArrayContainer> open_npz_container(const std::filesystem::path& path) {
  return std::make_unique<NpzContainer>(path);
}

}  // namespace equinfo
