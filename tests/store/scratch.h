#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <hdf5.h>

namespace equinfo::test {

/// A new folder under the system's temporary one, removed at the end.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

 private:
  std::filesystem::path folder_;
};

/// An HDF5 file made with the plain C interface, as a stranger would: whatever is wrong in it is on purpose.
class RawFile {
 public:
  explicit RawFile(std::filesystem::path path);
  ~RawFile();
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;

  RawFile& floats(const std::string& name, std::vector<hsize_t> shape, const std::vector<double>& values,
                  hid_t type = H5T_IEEE_F32LE);
  RawFile& integers(const std::string& name, std::vector<hsize_t> shape, const std::vector<std::int64_t>& values);
  /// Chunks of the datasets that follow, shuffled byte by byte so that each must be unpacked as a whole.
  RawFile& chunks(std::vector<hsize_t> shape);
  /// Float32 [4, 2] in a chunk that claims to have gone through HDF5's filter 32000, lzf, which h5py brings along.
  RawFile& lzf(const std::string& name);
  RawFile& group(const std::string& name);
  RawFile& external(const std::string& name, const std::string& file, const std::string& object);
  RawFile& soft(const std::string& name, const std::string& target);
  RawFile& hard(const std::string& name, const std::string& target);
  RawFile& text(const std::string& name);
  /// Attribute of a dataset: a scalar if there is one value, else an array.
  RawFile& numbers_on(const std::string& dataset, const std::string& name, const std::vector<double>& values);
  RawFile& text_on(const std::string& dataset, const std::string& name);
  RawFile& integer_attribute(const std::string& name, std::int64_t value);
  RawFile& virtual_rows(const std::string& name, const std::string& file, const std::string& object);

  /// z [4, 2] float32 = 0 … 7, y = 0 1 0 1, t = 0 0 1 1: what the reader takes.
  RawFile& z() { return floats("/z", {4, 2}, {0, 1, 2, 3, 4, 5, 6, 7}); }
  RawFile& y() { return integers("/y", {4}, {0, 1, 0, 1}); }
  RawFile& t() { return integers("/t", {4}, {0, 0, 1, 1}); }

 private:
  RawFile& dataset(const std::string& name, const std::vector<hsize_t>& shape, hid_t type, hid_t memory,
                   const void* values);
  hid_t file_, parents_, layout_;
};

std::filesystem::path fixture(const std::string& name);
std::string bytes_of(const std::filesystem::path& path);

}  // namespace equinfo::test

/// The expression throws IoError with exactly this text after "<path>: ".
#define CHECK_IO_ERROR(expression, path, text) \
  CHECK_THROWS_WITH_AS(static_cast<void>(expression), ((path).string() + ": " + (text)).c_str(), equinfo::IoError)
