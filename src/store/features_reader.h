#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/matrix.h"
#include "store/stored_rows.h"

namespace equinfo {

/// Which datasets of a file hold what. The defaults are the contract of features.h5.
struct DatasetNames {
  std::string z = "/z";  ///< a dataset, or a group of which every 2-D float dataset is one embedding
  std::string y = "/y";
  std::string t = "/t";
  std::string source = "/source";  ///< optional in the file, unless it is not the default name
};

/// How [N, C, H, W] feature maps below /z become vectors.
enum class Pooling { kRefuse, kMean, kMax };

/// What the numbers of /t are. kDetect takes integers as labels, floats [N] or [N, p] as a continuous parameter, and
/// refuses floats [N] that take few values, all of them whole, because they could be meant either way. kDiscrete also
/// takes floats that are all integers as labels; kContinuous also takes integers as a parameter.
enum class TransformKind { kDetect, kDiscrete, kContinuous };

struct TransformOptions {
  TransformKind kind = TransformKind::kDetect;
  /// Period of each component of a continuous T, such as 360 for degrees; 0: not circular. Empty: what the file says in
  /// the attribute `period` of /t or in the array /t_period [p], where NaN too means not circular; else none is.
  std::vector<double> period = {};
};

/// One embedding of a file, not yet read.
struct EmbeddingInfo {
  std::string path;                   ///< dataset path, such as "/z/epoch_0007/encoder"
  std::string layer;                  ///< attribute `layer`, else the path
  std::optional<std::int64_t> epoch;  ///< attribute `epoch`
  std::int64_t rows = 0, dims = 0;    ///< after pooling
};

/// Labels as the file has them: any integers; or for the transformation a continuous parameter.
struct RawLabels {
  std::vector<std::int64_t> y, t;  ///< [N]; t is empty where T is continuous
  std::optional<std::vector<std::int64_t>> source;
  Matrix<double> t_continuous = {};   ///< [N, p], finite; empty where T is discrete
  std::vector<double> t_period = {};  ///< [p], 0 for a component that is not circular

  bool continuous() const { return t_continuous.rows() > 0; }
};

/// Reads features.h5 (schema 1, or the bare minimum: /z, /y, /t) and .npz files with the same keys; which of the two a
/// file is shows in its first bytes, not in its name. Everything that is wrong with a file is an IoError that names the
/// file, the dataset and what was found. Opening reads the labels and the shapes, not the embeddings.
///
///     FeatureFile file("runs/demo/features.h5");
///     for (const EmbeddingInfo& embedding : file.embeddings()) use(file.read(embedding), file.labels());
class FeatureFile {
 public:
  explicit FeatureFile(std::filesystem::path path, DatasetNames names = {}, Pooling pooling = Pooling::kRefuse,
                       TransformOptions transform = {});
  ~FeatureFile();
  FeatureFile(FeatureFile&&) noexcept;
  FeatureFile& operator=(FeatureFile&&) noexcept;

  const std::filesystem::path& path() const;
  /// Embeddings in the order of the epochs, then of the names.
  const std::vector<EmbeddingInfo>& embeddings() const;
  const RawLabels& labels() const;
  /// Root attributes as text (integers as decimal numbers); empty for files of others.
  const std::map<std::string, std::string>& attributes() const;

  /// All rows of one embedding as float32. float64 data are first centred by their float64 column means (every
  /// estimator is invariant to that), so that a large offset does not eat the digits. A NaN or infinity is an IoError
  /// naming the first bad row and column. Cost: one pass over the file's bytes (float64: two).
  Matrix<float> read(const EmbeddingInfo& embedding) const;
  /// The same rows without a copy where the file holds float32 numbers [N, d] in one piece, as h5py and others write
  /// them unless told otherwise: mapped, so that the file may be larger than memory. All else is unpacked, into a
  /// temporary file where memory has no room for it (core/large_buffer.h).
  StoredRows rows(const EmbeddingInfo& embedding) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace equinfo
