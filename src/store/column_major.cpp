#include "store/column_major.h"

#include <algorithm>
#include <cstring>

namespace equinfo {
namespace {

/// The columns in which the elements of a row lie, in row-major order.
std::vector<std::size_t> columns_of(const std::vector<std::int64_t>& shape) {
  std::vector<std::size_t> columns;
  if (std::ranges::find(shape, 0) != shape.end()) return columns;
  std::vector<std::int64_t> index(shape.size(), 0);
  for (std::size_t axis = shape.size(); axis > 0;) {
    std::int64_t column = 0;
    for (axis = shape.size(); --axis > 0;) column = column * shape[axis] + index[axis];
    columns.push_back(static_cast<std::size_t>(column));
    for (axis = shape.size() - 1; axis > 0 && ++index[axis] == shape[axis]; --axis) index[axis] = 0;
  }
  return columns;
}

}  // namespace

ColumnMajor::ColumnMajor(const std::vector<std::int64_t>& shape, std::size_t item)
    : rows_(shape.empty() ? 0 : static_cast<std::size_t>(shape.front())),
      item_(item),
      columns_(columns_of(shape)),
      whole_(rows_ * columns_.size() * item) {}

void ColumnMajor::copy_rows(std::size_t first, std::span<char> out) const {
  const char* whole = bytes().data();
  char* to = out.data();
  for (std::size_t row = first; to != out.data() + out.size(); ++row) {
    for (const std::size_t column : columns_) {
      std::memcpy(to, whole + (column * rows_ + row) * item_, item_);
      to += item_;
    }
  }
}

}  // namespace equinfo
