// A tar archive of an image folder, plain or compressed, read in one pass through libarchive.

#include <memory>
#include <optional>

#include <archive.h>
#include <archive_entry.h>

#include "core/error.h"
#include "core/sha256.h"
#include "dataset/format.h"
#include "dataset/image_set.h"

namespace equinfo {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kReadBlock = 1 << 18;
constexpr la_int64_t kLargestImageBytes = 1 << 28;

using Archive = std::unique_ptr<archive, decltype(&archive_read_free)>;

/// The archive, opened, or nothing if it cannot be.
Archive open_archive(const fs::path& path) {
  Archive reader(archive_read_new(), archive_read_free);
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_filter_bzip2(reader.get());
  archive_read_support_filter_xz(reader.get());
  archive_read_support_filter_zstd(reader.get());
  archive_read_support_format_tar(reader.get());
  if (archive_read_open_filename(reader.get(), path.c_str(), kReadBlock) != ARCHIVE_OK) reader.reset();
  return reader;
}

bool is_tar(const fs::path& path) {
  std::error_code failure;
  if (!fs::is_regular_file(path, failure)) return false;
  const Archive reader = open_archive(path);
  archive_entry* entry = nullptr;
  return reader && archive_read_next_header(reader.get(), &entry) == ARCHIVE_OK;
}

struct Place {
  Split split;
  std::string class_name;
  std::string name;  ///< from the split on, such as "train/cat/0001.jpg"
};

/// Where an entry belongs: `train` or `test` is the first folder, or the second if the archive has one around all.
std::optional<Place> place_of(const fs::path& path, bool is_folder) {
  std::vector<std::string> parts;
  for (const auto& part : path.lexically_normal()) {
    if (!part.empty()) parts.push_back(part.string());
  }
  const std::size_t needed = is_folder ? 2 : 3;
  for (std::size_t depth = 0; depth < 2 && depth + needed <= parts.size(); ++depth) {
    if (parts[depth] != "train" && parts[depth] != "test") continue;
    Place place{parts[depth] == "train" ? Split::kTrain : Split::kTest, parts[depth + 1], parts[depth]};
    for (std::size_t i = depth + 1; i < parts.size(); ++i) place.name += "/" + parts[i];
    return place;
  }
  return std::nullopt;
}

std::string entry_name(archive_entry* entry, const std::string& origin) {
  // Outside a UTF-8 locale libarchive gives some names in one of these forms only.
  const char* name = archive_entry_pathname(entry);
  if (name == nullptr) name = archive_entry_pathname_utf8(entry);
  require_file(name != nullptr, "{}: an entry whose name cannot be read", origin);
  return name;
}

Bytes read_entry(archive* reader, archive_entry* entry, const std::string& name) {
  const la_int64_t size = archive_entry_size(entry);
  require_file(size >= 0 && size <= kLargestImageBytes, "{}: {} bytes are too many for an image", name, size);
  Bytes bytes(static_cast<std::size_t>(size));
  const la_ssize_t got = archive_read_data(reader, bytes.data(), bytes.size());
  require_file(got == static_cast<la_ssize_t>(size), "{}: cannot be read: {}", name,
               got < 0 ? archive_error_string(reader) : "truncated");
  return bytes;
}

void add_entry(archive* reader, archive_entry* entry, Split wanted, const std::string& origin, ImageSet& set) {
  const std::string name = entry_name(entry, origin);
  const bool is_folder = archive_entry_filetype(entry) == AE_IFDIR;
  const auto place = place_of(name, is_folder);
  if (!place || (!is_folder && is_side_file(name)) || is_side_file(place->class_name)) return;
  set.add_class(place->split, place->class_name);
  if (is_folder) return;
  require_file(archive_entry_filetype(entry) == AE_IFREG, "{}: {}: neither a file nor a folder", origin, place->name);
  // Of the other split only the classes are needed.
  if (place->split != wanted) return;
  auto bytes = std::make_shared<const Bytes>(read_entry(reader, entry, origin + ": " + place->name));
  set.add_image(place->split, place->class_name, place->name, [bytes] { return *bytes; });
}

ImageDataset load_image_archive(const fs::path& path, Split split, const LoadOptions& options) {
  const Archive reader = open_archive(path);
  require_file(reader != nullptr, "{}: cannot be opened", path.string());
  ImageSet set(path.string());
  archive_entry* entry = nullptr;
  int status = ARCHIVE_OK;
  // A warning concerns an entry's name or times, not its bytes.
  while ((status = archive_read_next_header(reader.get(), &entry)) == ARCHIVE_OK || status == ARCHIVE_WARN) {
    add_entry(reader.get(), entry, split, path.string(), set);
  }
  require_file(status == ARCHIVE_EOF, "{}: broken archive: {}", path.string(), archive_error_string(reader.get()));
  ImageDataset dataset = set.decode(split, options);
  dataset.sha256 = sha256_of_file(path);
  const std::string file = path.filename().string();
  dataset.name = file.substr(0, file.find(".t"));
  return dataset;
}

}  // namespace

const DatasetFormat dataset_formats::image_archive{"a .tar, .tar.gz or .tgz of an image folder", is_tar,
                                                   load_image_archive};

}  // namespace equinfo
