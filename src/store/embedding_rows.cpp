#include "store/embedding_rows.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>

#include <fmt/ranges.h>

#include "core/error.h"
#include "store/half.h"

namespace equinfo {
namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
/// Index of the first NaN or infinity. The common case, none, is one vectorised pass per piece.
template <class Float>
std::size_t find_non_finite(std::span<const Float> values) {
  constexpr std::size_t kPiece = 4096;
  for (std::size_t start = 0; start < values.size(); start += kPiece) {
    const auto piece = values.subspan(start, std::min(kPiece, values.size() - start));
    unsigned bad = 0;
    for (const Float value : piece)
      bad |= static_cast<unsigned>(!(std::abs(value) <= std::numeric_limits<Float>::max()));
    if (bad == 0) continue;
    for (std::size_t i = 0; i < piece.size(); ++i) {
      if (!std::isfinite(piece[i])) return start + i;
    }
  }
  return kNone;
}

/// "row 3, column 5" of a matrix, "element [3, 5, 0, 1]" of maps.
std::string place_text(const ArrayInfo& array, std::int64_t first_row, std::size_t flat) {
  std::vector<std::int64_t> index(array.shape.size());
  auto rest = static_cast<std::int64_t>(flat);
  for (std::size_t axis = index.size() - 1; axis > 0; --axis) {
    index[axis] = rest % array.shape[axis];
    rest /= array.shape[axis];
  }
  index[0] = first_row + rest;
  if (index.size() == 1) return fmt::format("row {}", index[0]);
  if (index.size() == 2) return fmt::format("row {}, column {}", index[0], index[1]);
  return fmt::format("element [{}]", fmt::join(index, ", "));
}

/// Maps [rows, C, pixels] → [rows, C]; the mean is summed in float64.
template <class Float>
void pool_maps(std::span<const Float> maps, std::size_t pixels, Pooling pooling, std::span<Float> pooled) {
  for (std::size_t i = 0; i < pooled.size(); ++i) {
    const auto map = maps.subspan(i * pixels, pixels);
    double sum = 0;
    for (const Float value : map) sum += value;
    pooled[i] = pooling == Pooling::kMax ? *std::ranges::max_element(map)
                                         : static_cast<Float>(sum / static_cast<double>(pixels));
  }
}

/// Reads an array block by block as Float, checked and pooled.
template <class Float>
class PooledRows {
 public:
  PooledRows(const ArrayContainer& container, const ArrayInfo& array, Pooling pooling, const std::string& where)
      : array_(array), pooling_(pooling), where_(where), reader_(container.open(array)), dims_(array.shape[1]) {}

  /// The next rows, as many as `out` [rows, d] has, straight into it if nothing is pooled.
  void read_next(MatrixView<Float> out) {
    const std::span<Float> all(out.data(), static_cast<std::size_t>(out.rows() * dims_));
    if (array_.shape.size() == 2) {
      read_raw(out.rows(), all);
    } else {
      maps_.resize(static_cast<std::size_t>(out.rows() * array_.row_elements()));
      read_raw(out.rows(), maps_);
      pool_maps(std::span<const Float>(maps_), maps_.size() / all.size(), pooling_, all);
    }
  }

  /// Calls use(first row, rows) for all rows in order.
  template <class Use>
  void for_each_block(Use use) {
    Matrix<Float> block(std::min(block_rows(), array_.rows()), dims_);
    for (std::int64_t first = 0; first < array_.rows(); first += block.rows()) {
      const MatrixView<Float> rows = block.view().middle_rows(0, std::min(block.rows(), array_.rows() - first));
      read_next(rows);
      use(first, MatrixView<const Float>(rows));
    }
  }

  std::int64_t block_rows() const { return reader_->block_rows(); }

 private:
  void read_raw(std::int64_t count, std::span<Float> out) {
    if (array_.kind == ElementKind::kFloat16) {
      if constexpr (std::is_same_v<Float, float>) {
        halves_.resize(out.size());
        reader_->read_next(count, halves_.data());
        floats_from_halves(halves_, out);
      }
    } else {
      reader_->read_next(count, out.data());
    }
    const std::size_t bad = find_non_finite(std::span<const Float>(out));
    if (bad != kNone) throw IoError(fmt::format("{}: {} is {}", where_, place_text(array_, done_, bad), out[bad]));
    done_ += count;
  }

  const ArrayInfo& array_;
  Pooling pooling_;
  const std::string& where_;
  std::unique_ptr<RowReader> reader_;
  std::int64_t dims_, done_ = 0;
  std::vector<std::uint16_t> halves_;
  std::vector<Float> maps_;
};

std::vector<double> column_means(const ArrayContainer& container, const ArrayInfo& array, Pooling pooling,
                                 const std::string& where) {
  std::vector<double> means(static_cast<std::size_t>(array.shape[1]));
  PooledRows<double>(container, array, pooling, where).for_each_block([&](std::int64_t, MatrixView<const double> rows) {
    for (std::int64_t i = 0; i < rows.rows(); ++i) {
      for (std::size_t j = 0; j < means.size(); ++j) means[j] += rows.row(i)[j];
    }
  });
  for (double& mean : means) mean /= static_cast<double>(array.rows());
  return means;
}

void read_doubles(const ArrayContainer& container, const ArrayInfo& array, Pooling pooling, const std::string& where,
                  MatrixView<float> result) {
  const std::vector<double> means = column_means(container, array, pooling, where);
  PooledRows<double>(container, array, pooling, where)
      .for_each_block([&](std::int64_t first, MatrixView<const double> rows) {
        for (std::int64_t i = 0; i < rows.rows(); ++i) {
          const std::span<float> out = result.row(first + i);
          for (std::size_t j = 0; j < means.size(); ++j) out[j] = static_cast<float>(rows.row(i)[j] - means[j]);
          const std::size_t bad = find_non_finite(std::span<const float>(out));
          require_file(bad == kNone, "{}: column {} reaches beyond what float32 holds", where, bad);
        }
      });
}

/// All rows, as read_embedding has them, into `result` [N, d].
void read_rows(const ArrayContainer& container, const ArrayInfo& array, Pooling pooling, const std::string& where,
               MatrixView<float> result) {
  if (array.kind == ElementKind::kFloat64) return read_doubles(container, array, pooling, where, result);
  PooledRows<float> rows(container, array, pooling, where);
  for (std::int64_t first = 0; first < array.rows(); first += rows.block_rows()) {
    rows.read_next(result.middle_rows(first, std::min(rows.block_rows(), array.rows() - first)));
  }
}

StoredRows unpacked(const ArrayContainer& container, const ArrayInfo& array, Pooling pooling,
                    const std::string& where) {
  LargeMatrix rows(array.rows(), array.shape[1]);
  read_rows(container, array, pooling, where, rows.view());
  return StoredRows(std::move(rows));
}

/// All elements in the type they have in memory, row-major.
template <class Element>
std::vector<Element> read_vector(const ArrayContainer& container, const ArrayInfo& array) {
  std::vector<Element> values(static_cast<std::size_t>(array.rows() * array.row_elements()));
  if (!values.empty()) container.open(array)->read_next(array.rows(), values.data());
  return values;
}

template <class Element>
std::vector<double> widened(const std::vector<Element>& values) {
  return {values.begin(), values.end()};
}

}  // namespace

std::vector<double> read_values(const ArrayContainer& container, const ArrayInfo& array) {
  switch (array.kind) {
    case ElementKind::kFloat16: {
      const auto halves = read_vector<std::uint16_t>(container, array);
      std::vector<float> floats(halves.size());
      floats_from_halves(halves, floats);
      return widened(floats);
    }
    case ElementKind::kFloat32:
      return widened(read_vector<float>(container, array));
    case ElementKind::kInt64:
      return widened(read_vector<std::int64_t>(container, array));
    case ElementKind::kUint64:
      return widened(read_vector<std::uint64_t>(container, array));
    default:
      return read_vector<double>(container, array);
  }
}

Matrix<float> read_embedding(const ArrayContainer& container, const ArrayInfo& array, Pooling pooling,
                             const std::string& where) {
  Matrix<float> result(array.rows(), array.shape[1]);
  read_rows(container, array, pooling, where, result.view());
  return result;
}

StoredRows stored_embedding(const ArrayContainer& container, const ArrayInfo& array, Pooling pooling,
                            const std::string& where) {
  const auto floats = array.shape.size() == 2 ? container.mappable(array) : std::nullopt;
  if (!floats) return unpacked(container, array, pooling, where);
  StoredRows rows(*floats, array.rows(), array.shape[1]);
  std::vector<float> first(static_cast<std::size_t>(array.shape[1]));
  container.open(array)->read_next(1, first.data());
  // A file that begins elsewhere than its first byte, behind a user block: what is mapped is something else.
  if (std::memcmp(first.data(), rows.view().data(), first.size() * sizeof(float)) != 0) {
    return unpacked(container, array, pooling, where);
  }
  const std::span<const float> all(rows.view().data(), static_cast<std::size_t>(array.rows() * array.shape[1]));
  const std::size_t bad = find_non_finite(all);
  if (bad != kNone) throw IoError(fmt::format("{}: {} is {}", where, place_text(array, 0, bad), all[bad]));
  return rows;
}

std::vector<std::int64_t> read_integers(const ArrayContainer& container, const ArrayInfo& array,
                                        const std::string& where) {
  if (array.kind == ElementKind::kInt64) return read_vector<std::int64_t>(container, array);
  const auto values = read_vector<std::uint64_t>(container, array);
  for (std::size_t i = 0; i < values.size(); ++i) {
    require_file(values[i] <= INT64_MAX, "{}: row {} is {}, beyond what int64 holds", where, i, values[i]);
  }
  return {values.begin(), values.end()};
}

std::vector<std::int64_t> read_integral_floats(const ArrayContainer& container, const ArrayInfo& array,
                                               const std::string& where) {
  const std::vector<double> values = read_values(container, array);
  for (std::size_t i = 0; i < values.size(); ++i) {
    require_file(values[i] == std::floor(values[i]) && std::abs(values[i]) < 0x1p53, "{}: row {} is {}, not an integer",
                 where, i, values[i]);
  }
  return {values.begin(), values.end()};
}

Matrix<double> read_numbers(const ArrayContainer& container, const ArrayInfo& array, const std::string& where) {
  const std::vector<double> values = read_values(container, array);
  const std::size_t bad = find_non_finite(std::span<const double>(values));
  if (bad != kNone) throw IoError(fmt::format("{}: {} is {}", where, place_text(array, 0, bad), values[bad]));
  Matrix<double> numbers(array.rows(), array.row_elements());
  std::ranges::copy(values, numbers.data());
  return numbers;
}

}  // namespace equinfo
