#pragma once

#include <string>

#include "pid/joint_posterior.h"

namespace equinfo {

/// Reads a joint distribution from a CSV file with the header source_1,source_2,target,probability, one line an event.
/// Labels are any text (integers too), compared as text; a field with a comma or quote in it is quoted as in RFC 4180.
/// Events not listed have probability zero; values of the target with probability zero are left out.
/// Throws IoError, one line with the path and the line's number: a file that cannot be opened, another header, a line
/// without four fields, an empty label, a probability that is no number or negative, an event given twice, or
/// probabilities that do not sum to 1 within 1e-6.
JointPosterior read_pid_table(const std::string& path);

}  // namespace equinfo
