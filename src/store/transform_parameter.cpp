#include "store/transform_parameter.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"
#include "store/embedding_rows.h"

namespace equinfo {
namespace {

constexpr std::size_t kFewValues = 100;

/// Whether a column could as well be labels: few different values, all of them whole.
bool like_labels(const Matrix<double>& numbers) {
  if (numbers.cols() != 1) return false;
  std::set<double> values;
  for (std::int64_t i = 0; i < numbers.rows(); ++i) {
    const double value = numbers(i, 0);
    if (value != std::floor(value)) return false;
    values.insert(value);
    if (values.size() > kFewValues) return false;
  }
  return true;
}

/// Periods and where they were found.
struct Found {
  std::string place;
  std::vector<double> periods;
};

Found find_periods(const ArrayContainer& container, const ArrayInfo& array, const std::vector<double>& asked,
                   const std::string& file) {
  if (!asked.empty()) return {"--t-period", asked};
  if (array.period) return {fmt::format("{}: {}: attribute period", file, array.path), *array.period};
  const std::string beside = array.path + "_period";
  const auto found = container.arrays_at(beside);
  if (!found || found->size() != 1 || found->front().path != beside) return {};
  const std::string place = fmt::format("{}: {}", file, beside);
  const ArrayInfo& info = found->front();
  require_file(info.kind != ElementKind::kOther && info.shape.size() == 1,
               "{}: is {} {}; periods are numbers [p], one a component", place, info.shape_text(), info.type_name);
  return {place, read_values(container, info)};
}

}  // namespace

Matrix<double> read_parameter(const ArrayContainer& container, const ArrayInfo& array, TransformKind kind,
                              const std::string& where) {
  const bool shaped = array.shape.size() == 1 || (array.shape.size() == 2 && array.shape[1] > 0);
  require_file(shaped, "{}: is {} {}; a continuous parameter is [N] or [N, p]", where, array.shape_text(),
               array.type_name);
  Matrix<double> numbers = read_numbers(container, array, where);
  require_file(kind == TransformKind::kContinuous || !like_labels(numbers),
               "{}: holds few different whole numbers as {}: labels, or a parameter? say --t-kind discrete or --t-kind "
               "continuous",
               where, array.type_name);
  return numbers;
}

std::vector<double> read_periods(const ArrayContainer& container, const ArrayInfo& array,
                                 const std::vector<double>& asked, const std::string& file) {
  const auto components = static_cast<std::size_t>(array.row_elements());
  auto [place, periods] = find_periods(container, array, asked, file);
  if (periods.empty()) return std::vector<double>(components, 0.0);
  require_file(periods.size() == components, "{}: {} values for the {} components of {}", place, periods.size(),
               components, array.path);
  for (double& period : periods) {
    if (std::isnan(period)) period = 0.0;
    require_file(period >= 0.0 && std::isfinite(period), "{}: {} is no period; 0 means not circular", place, period);
  }
  return periods;
}

}  // namespace equinfo
