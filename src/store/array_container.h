#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/stored_rows.h"

namespace equinfo {

/// What the elements of an array are once they are in memory. Integers of every size and sign, and booleans, arrive as
/// 64-bit ones; everything else that is no IEEE float is kOther and cannot be read.
enum class ElementKind { kFloat16, kFloat32, kFloat64, kInt64, kUint64, kOther };

/// Bytes of one element in memory.
std::int64_t element_bytes(ElementKind kind);

/// One array of a file, not yet read.
struct ArrayInfo {
  std::string path;  ///< as a reader of the file knows it, such as "/z/epoch_0007/encoder"
  ElementKind kind = ElementKind::kOther;
  std::string type_name;            ///< for messages: "float16", "int32", "text"
  std::vector<std::int64_t> shape;  ///< empty for a scalar
  std::optional<std::string> layer;
  std::optional<std::int64_t> epoch;
  std::filesystem::path file;                      ///< where its numbers lie: this file, or another that it links to
  std::string object;                              ///< its name there
  std::optional<std::vector<double>> period = {};  ///< attribute `period`: of a circular quantity
  std::int64_t rows() const { return shape.empty() ? 0 : shape.front(); }
  std::int64_t row_elements() const;  ///< product of the other extents
  std::string shape_text() const;     ///< "[100, 512]"
};

/// Delivers the rows of one array in order, row-major, in native byte order.
class RowReader {
 public:
  virtual ~RowReader() = default;
  /// Rows that are cheap to read at once (whole chunks of the file); at least 1.
  virtual std::int64_t block_rows() const = 0;
  /// The next `count` rows into `out`. Throws IoError.
  virtual void read_next(std::int64_t count, void* out) = 0;
};

/// A file that holds named arrays. Everything throws IoError with the path, the array and the reason.
class ArrayContainer {
 public:
  virtual ~ArrayContainer() = default;
  /// The array `name` itself, or all below the group `name` in the order of their names; nullopt if there is neither.
  virtual std::optional<std::vector<ArrayInfo>> arrays_at(const std::string& name) const = 0;
  /// All arrays that can be listed without following links, for messages.
  virtual std::vector<ArrayInfo> contents() const = 0;
  virtual std::map<std::string, std::string> attributes() const = 0;
  virtual std::unique_ptr<RowReader> open(const ArrayInfo& array) const = 0;
  /// Where a float32 array can be mapped; nullopt if its numbers are packed, cut into chunks, or of another kind.
  virtual std::optional<FileFloats> mappable(const ArrayInfo& /*array*/) const { return std::nullopt; }
};

/// Opens a file by its content: HDF5, or a zip of .npy arrays. Throws IoError if it is neither.
std::unique_ptr<ArrayContainer> open_container(const std::filesystem::path& path);

std::unique_ptr<ArrayContainer> open_hdf5_container(const std::filesystem::path& path);
std::unique_ptr<ArrayContainer> open_npz_container(const std::filesystem::path& path);

}  // namespace equinfo
