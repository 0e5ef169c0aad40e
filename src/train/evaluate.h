#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace equinfo {

/// One number of an evaluation; the columns of evaluation.csv.
struct EvaluationRow {
  std::string run;               ///< the run folder, as it was named
  std::int64_t epoch = 0;        ///< of the weights
  std::string task;              ///< "class" or "transform": what is predicted
  std::string method;            ///< "linear_probe", "knn", "online_probe" or "head"
  std::string measure;           ///< "accuracy" or "confusion"
  std::string truth, predicted;  ///< names of a confusion's cell, else empty
  double value = 0;              ///< share of the `n` rows: predicted rightly, or of this truth predicted as this
  std::int64_t n = 0;
  std::string settings;  ///< of the method, as name=value joined by ";"
  std::int64_t seed = 0;
};

/// What a finished run's last weights know of held-out images. Class, on untransformed images: by a linear probe and by
/// nearest neighbours on frozen features of the training images, and by the probe that was trained together with the
/// encoder. Transformation, on every value of each image: by the run's head. Each as an accuracy and a confusion
/// matrix, cell by cell (cells of 0 are left out). `device` and `threads` are the run's, dataset and limits too. Throws
/// IoError if the folder holds no finished run. Cost: one forward pass of every training image, K of every held-out
/// image, and the probes.
std::vector<EvaluationRow> evaluate_run(const std::filesystem::path& run);

/// The row as a sentence for people, such as "class, linear probe: 61.2 % of 10000".
std::string evaluation_line(const EvaluationRow& row);

}  // namespace equinfo
