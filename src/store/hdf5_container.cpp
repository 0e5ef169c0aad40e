#include <algorithm>
#include <array>

#include "core/available_memory.h"
#include "core/error.h"
#include "store/array_container.h"
#include "store/hdf5_attributes.h"
#include "store/hdf5_handle.h"
#include "store/hdf5_location.h"
#include "store/hdf5_types.h"

namespace equinfo {
namespace {

using hdf5::check;
using hdf5::Handle;

constexpr std::int64_t kBlockBytes = std::int64_t{1} << 20;
constexpr std::int64_t kBlockShare = 8;  // of memory: a block is at most one part in so many
constexpr int kDeepest = 32;

std::vector<std::int64_t> read_shape(hid_t dataset, const std::string& where) {
  const Handle space(H5Dget_space(dataset), H5Sclose, where);
  const int rank = check(H5Sget_simple_extent_ndims(space), where);
  std::vector<hsize_t> extents(static_cast<std::size_t>(rank));
  check(H5Sget_simple_extent_dims(space, extents.data(), nullptr), where);
  return {extents.begin(), extents.end()};
}

ArrayInfo describe_array(hid_t dataset, const std::string& shown, const hdf5::Location& location,
                         const std::string& where) {
  const Handle type(H5Dget_type(dataset), H5Tclose, where);
  auto [kind, type_name] = hdf5::describe_type(type, where);
  ArrayInfo array{shown, kind, type_name, read_shape(dataset, where), {}, {}, location.file, location.object};
  const hdf5::Attributes attributes = hdf5::read_attributes(dataset, where);
  if (const auto layer = attributes.find("layer"); layer != attributes.end()) {
    if (const auto* text = std::get_if<std::string>(&layer->second)) array.layer = *text;
  }
  if (const auto epoch = attributes.find("epoch"); epoch != attributes.end()) {
    if (const auto* number = std::get_if<std::int64_t>(&epoch->second)) array.epoch = *number;
  }
  array.period = hdf5::read_number_attribute(dataset, "period", where);
  return array;
}

Handle open_object(hid_t file, const std::string& object, const std::string& where) {
  return {H5Oopen(file, object.c_str(), H5P_DEFAULT), H5Oclose, where};
}

/// Reads one dataset in blocks of whole chunks, so that each chunk is read and unpacked once, unless memory is short.
class Hdf5Rows : public RowReader {
 public:
  explicit Hdf5Rows(const ArrayInfo& array) : where_(fmt::format("{}: {}", array.file.string(), array.path)) {
    const hdf5::Lock lock;
    file_ = hdf5::open_file(array.file);
    const Handle access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose, where_);
    // Each chunk is used once: a cache would only copy it.
    check(H5Pset_chunk_cache(access, 0, 0, H5D_CHUNK_CACHE_W0_DEFAULT), where_);
    dataset_ = Handle(H5Dopen2(file_, array.object.c_str(), access), H5Dclose, where_);
    type_ = hdf5::memory_type(array.kind);
    extent_.assign(array.shape.begin(), array.shape.end());
    start_.assign(extent_.size(), 0);
    block_rows_ = find_block_rows(array);
  }
  ~Hdf5Rows() override {
    const hdf5::Lock lock;
    type_ = Handle();
    dataset_ = Handle();
    file_ = Handle();
  }

  std::int64_t block_rows() const override { return block_rows_; }

  void read_next(std::int64_t count, void* out) override {
    const hdf5::Lock lock;
    extent_[0] = static_cast<hsize_t>(count);
    const Handle in_file(H5Dget_space(dataset_), H5Sclose, where_);
    check(H5Sselect_hyperslab(in_file, H5S_SELECT_SET, start_.data(), nullptr, extent_.data(), nullptr), where_);
    const Handle in_memory(H5Screate_simple(static_cast<int>(extent_.size()), extent_.data(), nullptr), H5Sclose,
                           where_);
    if (H5Dread(dataset_, type_, in_memory, in_file, H5P_DEFAULT, out) < 0) fail_to_read();
    start_[0] += extent_[0];
  }

 private:
  /// Names the compression that this HDF5 has no filter for, if it is that.
  [[noreturn]] void fail_to_read() const {
    const std::string words = hdf5::last_words();
    const Handle properties(H5Dget_create_plist(dataset_), H5Pclose, where_);
    for (int i = 0; i < H5Pget_nfilters(properties); ++i) {
      std::array<char, 64> name{};
      unsigned flags = 0;
      std::size_t parameters = 0;
      const H5Z_filter_t filter = H5Pget_filter2(properties, static_cast<unsigned>(i), &flags, &parameters, nullptr,
                                                 name.size() - 1, name.data(), nullptr);
      require_file(
          filter < 0 || H5Zfilter_avail(filter) > 0,
          "{}: is compressed with {} (HDF5 filter {}), which cannot be unpacked here; write it with gzip (h5py: "
          "compression=\"gzip\") or without compression",
          where_, name.front() != '\0' ? name.data() : "a filter without a name", filter);
    }
    throw IoError(fmt::format("{}: HDF5: {}", where_, words));
  }

  std::int64_t find_block_rows(const ArrayInfo& array) const {
    const Handle properties(H5Dget_create_plist(dataset_), H5Pclose, where_);
    const std::int64_t row_bytes = std::max<std::int64_t>(1, array.row_elements() * element_bytes(array.kind));
    std::int64_t unit = 1;
    if (H5Pget_layout(properties) == H5D_CHUNKED) {
      std::vector<hsize_t> chunk(extent_.size());
      check(H5Pget_chunk(properties, static_cast<int>(chunk.size()), chunk.data()), where_);
      unit = static_cast<std::int64_t>(chunk.front());
    }
    const std::int64_t rows = unit * std::max<std::int64_t>(1, kBlockBytes / (unit * row_bytes));
    // Chunks of many rows and few columns: better unpacked several times than all of them held at once.
    return std::min(rows, std::max<std::int64_t>(1, available_memory() / kBlockShare / row_bytes));
  }

  std::string where_;
  Handle file_, dataset_, type_;
  std::vector<hsize_t> start_, extent_;
  std::int64_t block_rows_ = 1;
};

class Hdf5Container : public ArrayContainer {
 public:
  explicit Hdf5Container(const std::filesystem::path& path) : path_(path) {
    const hdf5::Lock lock;
    const Handle file = hdf5::open_file(path_);
    attributes_ = hdf5::read_attributes(file, path_.string());
    hdf5::require_complete(attributes_, path_.string());
  }

  std::optional<std::vector<ArrayInfo>> arrays_at(const std::string& name) const override {
    const hdf5::Lock lock;
    const auto location = hdf5::resolve(path_, name);
    if (!location) return std::nullopt;
    std::vector<ArrayInfo> found;
    collect(*location, name, 0, found);
    return found;
  }

  std::vector<ArrayInfo> contents() const override {
    const hdf5::Lock lock;
    Listing listing{path_, {}};
    const Handle file = hdf5::open_file(path_);
    check(H5Ovisit(file, H5_INDEX_NAME, H5_ITER_INC, list_dataset, &listing), path_.string());
    return listing.arrays;
  }

  std::map<std::string, std::string> attributes() const override {
    std::map<std::string, std::string> texts;
    for (const auto& [name, value] : attributes_) {
      const auto* text = std::get_if<std::string>(&value);
      texts[name] = text != nullptr ? *text : std::to_string(std::get<std::int64_t>(value));
    }
    return texts;
  }

  std::unique_ptr<RowReader> open(const ArrayInfo& array) const override { return std::make_unique<Hdf5Rows>(array); }

  std::optional<FileFloats> mappable(const ArrayInfo& array) const override {
    const hdf5::Lock lock;
    const std::string where = fmt::format("{}: {}", array.file.string(), array.path);
    const Handle file = hdf5::open_file(array.file), dataset = open_object(file, array.object, where);
    const Handle type(H5Dget_type(dataset), H5Tclose, where), properties(H5Dget_create_plist(dataset), H5Pclose, where);
    if (check(H5Tequal(type, H5T_NATIVE_FLOAT), where) == 0) return std::nullopt;
    if (H5Pget_layout(properties) != H5D_CONTIGUOUS || H5Pget_external_count(properties) != 0) return std::nullopt;
    const haddr_t offset = H5Dget_offset(dataset);
    if (offset == HADDR_UNDEF || offset % sizeof(float) != 0) return std::nullopt;
    const auto bytes = static_cast<std::uintmax_t>(array.rows() * array.row_elements()) * sizeof(float);
    if (offset + bytes > std::filesystem::file_size(array.file)) return std::nullopt;
    return FileFloats{array.file, static_cast<std::int64_t>(offset)};
  }

 private:
  struct Listing {
    std::filesystem::path path;
    std::vector<ArrayInfo> arrays;
  };

  static herr_t list_dataset(hid_t root, const char* name, const H5O_info_t* info, void* out) {
    if (info->type != H5O_TYPE_DATASET) return 0;
    auto& [path, arrays] = *static_cast<Listing*>(out);
    const std::string shown = fmt::format("/{}", name);
    try {
      arrays.push_back(describe_array(open_object(root, name, shown), shown, {path, shown}, shown));
    } catch (const IoError&) {
      return 0;  // only a list for a message: what cannot be described is left out; C code must see no exception
    }
    return 0;
  }

  void collect(const hdf5::Location& location, const std::string& shown, int depth, std::vector<ArrayInfo>& out) const {
    const std::string where = fmt::format("{}: {}", path_.string(), shown);
    require_file(depth < kDeepest, "{}: groups are nested more than {} deep, or in a circle", where, kDeepest);
    const Handle file = hdf5::open_file(location.file);
    const Handle object = open_object(file, location.object, where);
    const H5I_type_t type = H5Iget_type(object);
    if (type == H5I_DATASET) {
      hdf5::require_virtual_sources(object, location.file, where);
      out.push_back(describe_array(object, shown, location, where));
    }
    if (type != H5I_GROUP) return;
    for (const std::string& child : hdf5::child_names(object, where)) {
      const auto next = hdf5::resolve(location.file, location.object + "/" + child);
      if (next) collect(*next, (shown == "/" ? "" : shown) + "/" + child, depth + 1, out);
    }
  }

  std::filesystem::path path_;
  hdf5::Attributes attributes_;
};

}  // namespace

std::unique_ptr<ArrayContainer> open_hdf5_container(const std::filesystem::path& path) {
  return std::make_unique<Hdf5Container>(path);
}

}  // namespace equinfo
