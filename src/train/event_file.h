#pragma once

#include <filesystem>
#include <string>

namespace equinfo {

/// What TensorBoard reads: the rows of a metrics.csv (its text), an event an epoch with a scalar for each filled cell
/// under its column's name. The time of an event is `start` (seconds since 1970) plus the training until then. Records
/// are framed as TFRecords, and hold the messages Event and Summary of TensorFlow's event.proto and summary.proto.
/// Throws std::invalid_argument if the text is not such a table.
std::string event_file_bytes(const std::string& metrics, double start);

/// Makes the file hold these bytes. If it holds their beginning already, as one that grows by epochs does, also if it
/// was cut off anywhere, the rest is appended, which a TensorBoard that is looking at it sees; else it is replaced
/// atomically. Throws IoError with the system's words.
void update_event_file(const std::filesystem::path& path, const std::string& bytes);

}  // namespace equinfo
