#include "core/atomic_file.h"
#include "core/error.h"
#include "store/array_container.h"
#include "store/features_writer.h"
#include "store/hdf5_attributes.h"
#include "store/hdf5_handle.h"

namespace equinfo {
namespace {

using hdf5::check;
using hdf5::Handle;

struct Shard {
  std::filesystem::path relative, path;
  std::vector<ArrayInfo> embeddings;
  hdf5::Attributes attributes;
  bool has_source = false;
};

/// Opens a shard to be linked: complete, and with embeddings. Throws IoError.
Shard inspect(const std::filesystem::path& folder, const std::filesystem::path& relative) {
  Shard shard{relative, folder / relative, {}, {}, false};
  const std::string name = shard.path.string();
  const Handle file = hdf5::open_file(shard.path);
  shard.attributes = hdf5::read_attributes(file, name);
  require_file(hdf5::integer_or(shard.attributes, "complete", 0) == 1, "{}: is incomplete (no attribute complete = 1)",
               name);
  const auto container = open_hdf5_container(shard.path);
  auto embeddings = container->arrays_at("/z");
  require_file(embeddings && !embeddings->empty(), "{}: has no embeddings below /z", name);
  shard.embeddings = *std::move(embeddings);
  shard.has_source = container->arrays_at("/source").has_value();
  return shard;
}

void check_rows(const Shard& shard, const Shard& first) {
  for (const ArrayInfo& embedding : shard.embeddings) {
    const std::int64_t rows = first.embeddings.front().rows();
    require_file(embedding.rows() == rows, "{}: {} has {} rows, but the first shard {} has {}", shard.path.string(),
                 embedding.path, embedding.rows(), first.path.string(), rows);
  }
}

void link(hid_t file, const std::string& name, const Shard& shard, const std::string& object, hid_t parents) {
  check(H5Lcreate_external(shard.relative.generic_string().c_str(), object.c_str(), file, name.c_str(), parents,
                           H5P_DEFAULT),
        fmt::format("{}: {}", shard.path.string(), object));
}

void write_links(hid_t file, const std::vector<Shard>& shards, const std::string& where) {
  const Handle parents(H5Pcreate(H5P_LINK_CREATE), H5Pclose, where);
  check(H5Pset_create_intermediate_group(parents, 1), where);
  link(file, "/y", shards.front(), "/y", parents);
  link(file, "/t", shards.front(), "/t", parents);
  if (shards.front().has_source) link(file, "/source", shards.front(), "/source", parents);
  for (const Shard& shard : shards) {
    // "/z/encoder" of the shard epoch_0007.h5 appears as "/z/epoch_0007/encoder".
    for (const ArrayInfo& embedding : shard.embeddings) {
      link(file, "/z/" + shard.relative.stem().string() + embedding.path.substr(2), shard, embedding.path, parents);
    }
  }
}

void write_index_file(const std::filesystem::path& path, const std::vector<Shard>& shards, bool finished) {
  const std::string where = path.string();
  Handle file = hdf5::create_file(path);
  write_links(file, shards, where);
  for (const auto& [name, value] : shards.front().attributes) {
    if (name != "complete" && name != "finished") hdf5::write_attribute(file, name, value, where);
  }
  hdf5::write_attribute(file, "finished", std::int64_t{finished}, where);
  hdf5::write_attribute(file, "complete", std::int64_t{1}, where);
  file.close(where);
}

}  // namespace

void write_feature_index(const std::filesystem::path& index, const std::vector<std::filesystem::path>& shards,
                         bool finished) {
  require(!shards.empty(), "{}: an index needs at least one shard", index.string());
  const hdf5::Lock lock;
  std::vector<Shard> inspected;
  for (const std::filesystem::path& shard : shards) {
    require(shard.is_relative(), "{}: shard {} must be relative to the index's folder", index.string(), shard.string());
    inspected.push_back(inspect(index.parent_path(), shard));
    check_rows(inspected.back(), inspected.front());
  }
  std::filesystem::path partial = index;
  partial += ".partial";
  try {
    write_index_file(partial, inspected, finished);
    publish_file(partial, index);
  } catch (const IoError&) {
    std::error_code ignored;
    std::filesystem::remove(partial, ignored);
    throw;
  }
}

}  // namespace equinfo
