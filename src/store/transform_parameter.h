#pragma once

#include <string>
#include <vector>

#include "core/matrix.h"
#include "store/array_container.h"
#include "store/features_reader.h"

namespace equinfo {

/// A continuous transformation parameter [N] or [N, p], as [N, p]. Throws IoError, opened by `where`, for another
/// shape, a NaN or an infinity, and, unless `kind` is kContinuous, for floats [N] with at most 100 different values,
/// all whole: they may be labels.
Matrix<double> read_parameter(const ArrayContainer& container, const ArrayInfo& array, TransformKind kind,
                              const std::string& where);

/// The period of each component of a parameter: `asked` if it is not empty, else the array's attribute `period`, else
/// the array [p] of the same name with "_period" behind it, else none. 0 or NaN: not circular (returned as 0). Throws
/// IoError, opened by `file` and the source of the periods, if they are not one finite number ≥ 0 (or NaN) a component.
std::vector<double> read_periods(const ArrayContainer& container, const ArrayInfo& array,
                                 const std::vector<double>& asked, const std::string& file);

}  // namespace equinfo
