#include "store/features_writer.h"

#include <algorithm>
#include <ctime>
#include <system_error>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/named_file.h"
#include "store/half.h"
#include "store/hdf5_attributes.h"
#include "store/hdf5_handle.h"
#include "store/hdf5_types.h"

namespace equinfo {
namespace {

using hdf5::check;
using hdf5::Handle;

constexpr std::int64_t kChunkBytes = std::int64_t{1} << 20;

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

/// Without times inside the objects, equal features make equal bytes.
Handle dataset_properties(const std::string& where) {
  Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, where);
  check(H5Pset_obj_track_times(properties, false), where);
  return properties;
}

void write_labels(hid_t file, const char* name, std::span<const std::int64_t> values, const std::string& where) {
  const hsize_t extent = values.size();
  const Handle space(H5Screate_simple(1, &extent, nullptr), H5Sclose, where);
  const Handle properties = dataset_properties(where);
  const Handle dataset(H5Dcreate2(file, name, H5T_STD_I64LE, space, H5P_DEFAULT, properties, H5P_DEFAULT), H5Dclose,
                       where);
  check(H5Dwrite(dataset, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), where);
}

/// A continuous transformation: /t [N, p] float64 with the attribute `period` [p].
void write_parameter(hid_t file, const ShardWriter::Labels& labels, const std::string& where) {
  const auto& values = labels.parameter;
  const hsize_t extent[2] = {static_cast<hsize_t>(values.rows()), static_cast<hsize_t>(values.cols())};
  const Handle space(H5Screate_simple(2, extent, nullptr), H5Sclose, where);
  const Handle properties = dataset_properties(where);
  const Handle dataset(H5Dcreate2(file, "/t", H5T_IEEE_F64LE, space, H5P_DEFAULT, properties, H5P_DEFAULT), H5Dclose,
                       where);
  check(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), where);
  hdf5::write_numbers(dataset, "period", labels.period, where);
}

Handle embedding_properties(std::int64_t rows, std::int64_t dims, std::int64_t bytes, int gzip,
                            const std::string& where) {
  Handle properties = dataset_properties(where);
  const std::int64_t fitting = std::max<std::int64_t>(1, kChunkBytes / (dims * bytes));
  const hsize_t chunk[2] = {static_cast<hsize_t>(std::min(rows, fitting)), static_cast<hsize_t>(dims)};
  check(H5Pset_chunk(properties, 2, chunk), where);
  check(H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER), where);
  if (gzip > 0) {
    check(H5Pset_shuffle(properties), where);
    check(H5Pset_deflate(properties, static_cast<unsigned>(gzip)), where);
  }
  return properties;
}

void check_request(const std::string& name, const ShardWriter::Labels& labels,
                   const std::vector<EmbeddingSpec>& embeddings, const ShardWriter::Options& options) {
  const auto transforms =
      labels.parameter.rows() > 0 ? static_cast<std::size_t>(labels.parameter.rows()) : labels.t.size();
  require(!labels.y.empty() && labels.y.size() == transforms && labels.y.size() == labels.source.size(),
          "{}: y, t and source must have one row a sample, but have {}, {} and {}", name, labels.y.size(), transforms,
          labels.source.size());
  require(labels.parameter.cols() == static_cast<std::int64_t>(labels.period.size()),
          "{}: t has {} components, but {} periods", name, labels.parameter.cols(), labels.period.size());
  require(!embeddings.empty(), "{}: no embeddings to write", name);
  for (const EmbeddingSpec& embedding : embeddings) {
    require(!embedding.name.empty() && embedding.name.front() != '/', "{}: embedding name '{}' must be relative to /z",
            name, embedding.name);
    require(embedding.dims > 0, "{}: embedding {} has {} dimensions", name, embedding.name, embedding.dims);
  }
  for (const char* reserved : {"schema", "schema_version", "created_utc", "complete", "finished", "seed"}) {
    require(!options.attributes.contains(reserved), "{}: the attribute {} is written by the writer itself", name,
            reserved);
  }
  require(options.gzip_level >= 0 && options.gzip_level <= 9, "{}: gzip_level = {} is not in 0 … 9", name,
          options.gzip_level);
}

}  // namespace

struct ShardWriter::Impl {
  struct Embedding {
    EmbeddingSpec spec;
    Handle dataset;
    std::int64_t written = 0;
  };

  std::filesystem::path path, partial;
  Options options;
  std::int64_t rows = 0, saturated = 0;
  bool published = false;
  Handle file;
  std::vector<Embedding> embeddings;
  std::vector<std::uint16_t> halves;
  std::vector<float> floats;

  ~Impl() {
    const hdf5::Lock lock;
    embeddings.clear();
    file = Handle();
    std::error_code ignored;
    if (!published) std::filesystem::remove(partial, ignored);
  }

  std::string where(const Embedding& embedding) const {
    return fmt::format("{}: /z/{}", partial.string(), embedding.spec.name);
  }

  void create_embedding(EmbeddingSpec spec) {
    const bool half = options.type == FeatureType::kFloat16;
    Embedding embedding{std::move(spec), {}, 0};
    const std::string at = where(embedding), name = "/z/" + embedding.spec.name;
    const hsize_t extent[2] = {static_cast<hsize_t>(rows), static_cast<hsize_t>(embedding.spec.dims)};
    const Handle space(H5Screate_simple(2, extent, nullptr), H5Sclose, at);
    const Handle type = half ? hdf5::half_type() : Handle(H5Tcopy(H5T_IEEE_F32LE), H5Tclose, at);
    const Handle properties = embedding_properties(rows, embedding.spec.dims, half ? 2 : 4, options.gzip_level, at);
    const Handle parents(H5Pcreate(H5P_LINK_CREATE), H5Pclose, at);
    check(H5Pset_create_intermediate_group(parents, 1), at);
    embedding.dataset =
        Handle(H5Dcreate2(file, name.c_str(), type, space, parents, properties, H5P_DEFAULT), H5Dclose, at);
    hdf5::write_attribute(embedding.dataset, "layer", embedding.spec.layer, at);
    if (embedding.spec.epoch) hdf5::write_attribute(embedding.dataset, "epoch", *embedding.spec.epoch, at);
    embeddings.push_back(std::move(embedding));
  }

  void write_root_attributes() {
    const std::string at = partial.string();
    hdf5::write_attribute(file, "schema", "equinfo/features", at);
    hdf5::write_attribute(file, "schema_version", std::int64_t{1}, at);
    hdf5::write_attribute(file, "seed", options.seed, at);
    hdf5::write_attribute(file, "created_utc", utc_now(), at);
    for (const auto& [name, text] : options.attributes) hdf5::write_attribute(file, name, text, at);
  }

  void write_rows(Embedding& embedding, hid_t type, std::int64_t count, const void* values) {
    const std::string at = where(embedding);
    const hsize_t start[2] = {static_cast<hsize_t>(embedding.written), 0};
    const hsize_t extent[2] = {static_cast<hsize_t>(count), static_cast<hsize_t>(embedding.spec.dims)};
    const Handle in_file(H5Dget_space(embedding.dataset), H5Sclose, at);
    check(H5Sselect_hyperslab(in_file, H5S_SELECT_SET, start, nullptr, extent, nullptr), at);
    const Handle in_memory(H5Screate_simple(2, extent, nullptr), H5Sclose, at);
    check(H5Dwrite(embedding.dataset, type, in_memory, in_file, H5P_DEFAULT, values), at);
    embedding.written += count;
  }

  /// One block of rows, gathered (they may lie apart in memory) and converted.
  void append_block(Embedding& embedding, MatrixView<const float> block) {
    const auto width = static_cast<std::size_t>(block.cols()), count = static_cast<std::size_t>(block.rows()) * width;
    if (options.type == FeatureType::kFloat32) {
      floats.resize(count);
      for (std::int64_t i = 0; i < block.rows(); ++i)
        std::ranges::copy(block.row(i), floats.begin() + i * block.cols());
      write_rows(embedding, H5T_NATIVE_FLOAT, block.rows(), floats.data());
    } else {
      halves.resize(count);
      const std::span<std::uint16_t> all(halves);
      for (std::int64_t i = 0; i < block.rows(); ++i) {
        saturated += halves_from_floats(block.row(i), all.subspan(static_cast<std::size_t>(i) * width, width));
      }
      write_rows(embedding, hdf5::half_type(), block.rows(), halves.data());
    }
  }

  void close_file() {
    for (Embedding& embedding : embeddings) embedding.dataset.close(where(embedding));
    // Everything else is in the file before it calls itself complete.
    check(H5Fflush(file, H5F_SCOPE_LOCAL), partial.string());
    hdf5::write_attribute(file, "complete", std::int64_t{1}, partial.string());
    file.close(partial.string());
  }
};

ShardWriter::ShardWriter(std::filesystem::path path, Labels labels, std::vector<EmbeddingSpec> embeddings,
                         Options options) {
  check_request(path.string(), labels, embeddings, options);
  require_file(!is_stream(path), "{}: is no regular file; features cannot be written to it", path.string());
  const hdf5::Lock lock;
  impl_ = std::make_unique<Impl>();
  impl_->path = path;
  impl_->partial = followed_links(path) += ".partial";
  impl_->options = std::move(options);
  impl_->rows = static_cast<std::int64_t>(labels.y.size());
  const std::string at = impl_->partial.string();
  impl_->file = hdf5::create_file(impl_->partial);
  impl_->write_root_attributes();
  write_labels(impl_->file, "/y", labels.y, at + ": /y");
  if (labels.period.empty()) {
    write_labels(impl_->file, "/t", labels.t, at + ": /t");
  } else {
    write_parameter(impl_->file, labels, at + ": /t");
  }
  write_labels(impl_->file, "/source", labels.source, at + ": /source");
  for (EmbeddingSpec& spec : embeddings) impl_->create_embedding(std::move(spec));
}

ShardWriter::~ShardWriter() = default;

void ShardWriter::append(std::size_t index, MatrixView<const float> rows) {
  const std::string name = impl_->path.string();
  require(index < impl_->embeddings.size(), "{}: embedding number {} of {}", name, index, impl_->embeddings.size());
  require(!impl_->published, "{}: append after finish", name);
  Impl::Embedding& embedding = impl_->embeddings[index];
  require(rows.cols() == embedding.spec.dims, "{}: /z/{}: got rows of {} values instead of {}", name,
          embedding.spec.name, rows.cols(), embedding.spec.dims);
  require(embedding.written + rows.rows() <= impl_->rows, "{}: /z/{}: row {} of {}", name, embedding.spec.name,
          embedding.written + rows.rows(), impl_->rows);
  const hdf5::Lock lock;
  const std::int64_t step = std::max<std::int64_t>(1, kChunkBytes / rows.cols());  // bounds the converted copy
  for (std::int64_t first = 0; first < rows.rows(); first += step) {
    impl_->append_block(embedding, rows.middle_rows(first, std::min(step, rows.rows() - first)));
  }
}

std::int64_t ShardWriter::saturated() const { return impl_->saturated; }

void ShardWriter::finish() {
  for (const Impl::Embedding& embedding : impl_->embeddings) {
    require(embedding.written == impl_->rows, "{}: /z/{}: finished after {} of {} rows", impl_->path.string(),
            embedding.spec.name, embedding.written, impl_->rows);
  }
  const hdf5::Lock lock;
  impl_->close_file();
  publish_file(impl_->partial, impl_->path);
  impl_->published = true;
}

}  // namespace equinfo
