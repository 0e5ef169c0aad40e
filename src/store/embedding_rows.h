#pragma once

#include <string>

#include "core/matrix.h"
#include "store/array_container.h"
#include "store/features_reader.h"
#include "store/stored_rows.h"

namespace equinfo {

/// All rows of a float array [N, d], or [N, C, H, W] pooled to [N, C], as float32; float64 is centred by its column
/// means first (FeatureFile::read). `where` opens the message of the IoError for a NaN, an infinity or a number beyond
/// float32. Cost: one pass over the bytes, two for float64; memory: the result and a few MB.
Matrix<float> read_embedding(const ArrayContainer& container, const ArrayInfo& array, Pooling pooling,
                             const std::string& where);

/// The same rows; those of a float32 array [N, d] that the container can map stay in the file, others are unpacked into
/// a large buffer (core/large_buffer.h). Cost: one pass over the bytes in which a NaN or an infinity is found, or
/// read_embedding's. Memory: a few MB, and what of the buffer is not in a file.
StoredRows stored_embedding(const ArrayContainer& container, const ArrayInfo& array, Pooling pooling,
                            const std::string& where);

/// An integer array [N]. Throws IoError if a value does not fit into 64 signed bits.
std::vector<std::int64_t> read_integers(const ArrayContainer& container, const ArrayInfo& array,
                                        const std::string& where);

/// A float array [N] whose values are all integers, as integers. Throws IoError naming the first that is none.
std::vector<std::int64_t> read_integral_floats(const ArrayContainer& container, const ArrayInfo& array,
                                               const std::string& where);

/// All elements of a numeric array as float64, row-major, whatever they are.
std::vector<double> read_values(const ArrayContainer& container, const ArrayInfo& array);

/// All elements of a numeric array [N] or [N, p] as float64 [N, p]. Throws IoError naming the place of a NaN or an
/// infinity.
Matrix<double> read_numbers(const ArrayContainer& container, const ArrayInfo& array, const std::string& where);

}  // namespace equinfo
