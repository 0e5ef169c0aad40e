#include "store/features_reader.h"

#include <algorithm>
#include <tuple>

#include "core/error.h"
#include "store/array_container.h"
#include "store/embedding_rows.h"
#include "store/transform_parameter.h"

namespace equinfo {
namespace {

constexpr std::size_t kMostListed = 12;

/// Users name datasets as they like ("labels", "/labels", "/labels/").
std::string absolute(std::string name) {
  while (!name.empty() && name.back() == '/') name.pop_back();
  return name.starts_with('/') ? name : "/" + name;
}

bool is_float(ElementKind kind) {
  return kind == ElementKind::kFloat16 || kind == ElementKind::kFloat32 || kind == ElementKind::kFloat64;
}

bool is_integer(ElementKind kind) { return kind == ElementKind::kInt64 || kind == ElementKind::kUint64; }

/// "/a [100, 512] float32, /b [100] int64".
std::string list_arrays(const std::vector<ArrayInfo>& arrays) {
  if (arrays.empty()) return "no arrays";
  std::string text;
  for (std::size_t i = 0; i < std::min(arrays.size(), kMostListed); ++i) {
    text += fmt::format("{}{} {} {}", i > 0 ? ", " : "", arrays[i].path, arrays[i].shape_text(), arrays[i].type_name);
  }
  return arrays.size() > kMostListed ? fmt::format("{} and {} more", text, arrays.size() - kMostListed) : text;
}

/// What its owner could do about an array that holds no labels.
std::string label_advice(const ArrayInfo& array) {
  const auto& shape = array.shape;
  if (array.kind == ElementKind::kOther) {
    return ": number them, in Python numpy.unique(labels, return_inverse=True)[1]";
  }
  if (shape.size() == 2 && shape[1] == 1) return ": take the column, in Python .reshape(-1)";
  if (shape.size() == 2) return ": of one-hot rows take the place of the 1, in Python .argmax(1)";
  return is_float(array.kind) ? ": write them as such, in Python .astype(\"int64\")" : "";
}

/// Throws IoError unless the array can be read as an embedding [N, d] under this pooling.
void check_embedding(const ArrayInfo& array, Pooling pooling, const std::string& where) {
  const std::size_t rank = array.shape.size();
  require_file(is_float(array.kind), "{}: holds {}; an embedding is float16, float32 or float64", where,
               array.type_name);
  require_file(rank != 4 || pooling != Pooling::kRefuse,
               "{}: is {}, not [N, d]; [N, C, H, W] maps are pooled with --pool mean or --pool max", where,
               array.shape_text());
  require_file(rank == 2 || rank == 4, "{}: is {}; an embedding is [N, d], or [N, C, H, W] maps to be pooled", where,
               array.shape_text());
  require_file(std::ranges::all_of(array.shape, [](std::int64_t extent) { return extent > 0; }), "{}: is empty: {}",
               where, array.shape_text());
}

}  // namespace

struct FeatureFile::Impl {
  std::filesystem::path path;
  DatasetNames names;
  Pooling pooling = Pooling::kRefuse;
  TransformOptions transform;
  std::unique_ptr<ArrayContainer> container;
  std::vector<ArrayInfo> arrays;  // in the order of `embeddings`
  std::vector<EmbeddingInfo> embeddings;
  RawLabels labels;
  std::map<std::string, std::string> attributes;

  std::string where(const std::string& dataset) const { return fmt::format("{}: {}", path.string(), dataset); }

  const ArrayInfo& array_of(const EmbeddingInfo& embedding) const {
    const auto found = std::ranges::find(arrays, embedding.path, &ArrayInfo::path);
    require(found != arrays.end(), "{}: has no embedding {}", path.string(), embedding.path);
    return *found;
  }

  std::vector<ArrayInfo> require_arrays(const std::string& name, const char* option) const {
    auto found = container->arrays_at(name);
    if (!found) {
      require_file(!container->contents().empty(),
                   "{}: holds no arrays, so it is no file of features (of torch.save, perhaps); z, y and t are needed: "
                   "numpy.savez(file, z=z, y=y, t=t)",
                   path.string());
      throw IoError(fmt::format("{}: has no {}; it holds {} (choose with {})", path.string(), name,
                                list_arrays(container->contents()), option));
    }
    return *std::move(found);
  }

  void find_embeddings() {
    arrays = require_arrays(names.z, "--z");
    require_file(!arrays.empty(), "{}: is a group without datasets", where(names.z));
    for (const ArrayInfo& array : arrays) check_embedding(array, pooling, where(array.path));
    std::ranges::stable_sort(arrays, {}, [](const ArrayInfo& array) { return std::tie(array.epoch, array.path); });
    for (const ArrayInfo& array : arrays) {
      embeddings.push_back({array.path, array.layer.value_or(array.path), array.epoch, array.rows(), array.shape[1]});
    }
  }

  void check_label_shape(const ArrayInfo& array) const {
    require_file(array.shape.size() == 1, "{}: is {} {}; labels are integers [N]{}", where(array.path),
                 array.shape_text(), array.type_name, label_advice(array));
    check_label_rows(array);
  }

  void check_label_rows(const ArrayInfo& array) const {
    for (const ArrayInfo& embedding : arrays) {
      require_file(array.rows() == embedding.rows(), "{}: has {} rows, but {} has {}", where(array.path), array.rows(),
                   embedding.path, embedding.rows());
    }
  }

  ArrayInfo require_array(const std::string& name, const char* option) const {
    const std::vector<ArrayInfo> found = require_arrays(name, option);
    require_file(found.size() == 1 && found.front().path == name, "{}: is a group, not a dataset [N]", where(name));
    return found.front();
  }

  std::vector<std::int64_t> read_labels(const std::string& name, const char* option) const {
    const ArrayInfo array = require_array(name, option);
    require_file(is_integer(array.kind), "{}: holds {} {}; labels are integers [N]{}", where(name), array.shape_text(),
                 array.type_name, label_advice(array));
    check_label_shape(array);
    return read_integers(*container, array, where(name));
  }

  void read_transform() {
    const ArrayInfo array = require_array(names.t, "--t");
    const bool is_label = !is_float(array.kind) && transform.kind != TransformKind::kContinuous;
    if (is_label || transform.kind == TransformKind::kDiscrete) {
      require_file(transform.period.empty(),
                   "{}: is read as labels, which have no period: --t-period needs a continuous parameter "
                   "(--t-kind continuous)",
                   where(names.t));
      labels.t = is_label ? read_labels(names.t, "--t") : read_label_floats(array);
      return;
    }
    require_file(is_float(array.kind) || is_integer(array.kind),
                 "{}: holds {} {}; a parameter is numbers [N] or [N, p]", where(names.t), array.shape_text(),
                 array.type_name);
    labels.t_continuous = read_parameter(*container, array, transform.kind, where(names.t));
    check_label_rows(array);
    labels.t_period = read_periods(*container, array, transform.period, path.string());
  }

  std::vector<std::int64_t> read_label_floats(const ArrayInfo& array) const {
    check_label_shape(array);
    return read_integral_floats(*container, array, where(names.t));
  }

  void read_all_labels() {
    labels.y = read_labels(names.y, "--y");
    read_transform();
    const bool must_have = names.source != absolute(DatasetNames().source);
    if (must_have || container->arrays_at(names.source)) labels.source = read_labels(names.source, "--source");
  }
};

FeatureFile::FeatureFile(std::filesystem::path path, DatasetNames names, Pooling pooling, TransformOptions transform)
    : impl_(std::make_unique<Impl>()) {
  impl_->path = std::move(path);
  impl_->names = {absolute(names.z), absolute(names.y), absolute(names.t), absolute(names.source)};
  impl_->pooling = pooling;
  impl_->transform = std::move(transform);
  impl_->container = open_container(impl_->path);
  impl_->attributes = impl_->container->attributes();
  impl_->find_embeddings();
  impl_->read_all_labels();
}

FeatureFile::~FeatureFile() = default;
FeatureFile::FeatureFile(FeatureFile&&) noexcept = default;
FeatureFile& FeatureFile::operator=(FeatureFile&&) noexcept = default;

const std::filesystem::path& FeatureFile::path() const { return impl_->path; }
const std::vector<EmbeddingInfo>& FeatureFile::embeddings() const { return impl_->embeddings; }
const RawLabels& FeatureFile::labels() const { return impl_->labels; }
const std::map<std::string, std::string>& FeatureFile::attributes() const { return impl_->attributes; }

Matrix<float> FeatureFile::read(const EmbeddingInfo& embedding) const {
  return read_embedding(*impl_->container, impl_->array_of(embedding), impl_->pooling, impl_->where(embedding.path));
}

StoredRows FeatureFile::rows(const EmbeddingInfo& embedding) const {
  return stored_embedding(*impl_->container, impl_->array_of(embedding), impl_->pooling, impl_->where(embedding.path));
}

}  // namespace equinfo
