#include "store/hdf5_location.h"

#include <algorithm>

#include "store/hdf5_attributes.h"

namespace equinfo::hdf5 {
namespace {

constexpr int kMostLinks = 32;

struct ExternalLink {
  std::string file, object;
};

std::vector<std::string> split_path(const std::string& object) {
  std::vector<std::string> parts;
  for (std::size_t start = 0; start < object.size();) {
    const std::size_t end = std::min(object.find('/', start), object.size());
    if (end > start && object.substr(start, end - start) != ".") parts.push_back(object.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

ExternalLink read_link(hid_t file, const std::string& link, std::size_t bytes, const std::string& where) {
  std::vector<char> value(bytes);
  check(H5Lget_val(file, link.c_str(), value.data(), value.size(), H5P_DEFAULT), where);
  const char *target = nullptr, *object = nullptr;
  unsigned flags = 0;
  check(H5Lunpack_elink_val(value.data(), value.size(), &flags, &target, &object), where);
  return {target, object};
}

std::optional<Location> resolve_from(const std::filesystem::path& path, const std::string& object, int links);

Location follow(const std::filesystem::path& path, const std::string& link, const ExternalLink& target,
                const std::string& rest, int links) {
  const std::string where = fmt::format("{}: {}", path.string(), link);
  require_file(links < kMostLinks, "{}: external links lead in a circle", where);
  const std::filesystem::path linked = path.parent_path() / target.file;
  require_file(std::filesystem::exists(linked), "{}: links to {}, which is missing", where, linked.string());
  auto found = resolve_from(linked, target.object + rest, links + 1);
  require_file(found.has_value(), "{}: links to {} in {}, which is missing there", where, target.object + rest,
               linked.string());
  return *found;
}

/// Walks component by component; the first external link sends the rest of the path to its file.
std::optional<Location> resolve_from(const std::filesystem::path& path, const std::string& object, int links) {
  const Handle file = open_file(path);
  if (links > 0) require_complete(read_attributes(file, path.string()), path.string());
  const std::vector<std::string> parts = split_path(object);
  std::string here;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string where = fmt::format("{}: {}", path.string(), here.empty() ? "/" : here);
    const std::string next = here + "/" + parts[i];
    if (check(H5Lexists(file, next.c_str(), H5P_DEFAULT), where) == 0) return std::nullopt;
    H5L_info_t info{};
    check(H5Lget_info(file, next.c_str(), &info, H5P_DEFAULT), where);
    if (info.type == H5L_TYPE_EXTERNAL) {
      std::string rest;
      for (std::size_t j = i + 1; j < parts.size(); ++j) rest += "/" + parts[j];
      return follow(path, next, read_link(file, next, info.u.val_size, where), rest, links);
    }
    require_file(H5Oexists_by_name(file, next.c_str(), H5P_DEFAULT) > 0, "{}: {}: is a link that leads nowhere",
                 path.string(), next);
    here = next;
  }
  return Location{path, here.empty() ? "/" : here};
}

herr_t keep_name(hid_t /*group*/, const char* name, const H5L_info_t* /*info*/, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

template <class Get>
std::string text_of(Get get, const std::string& where) {
  std::string text(static_cast<std::size_t>(check(get(nullptr, 0), where)), '\0');
  check(get(text.data(), text.size() + 1), where);
  return text;
}

}  // namespace

std::optional<Location> resolve(const std::filesystem::path& file, const std::string& object) {
  return resolve_from(file, object, 0);
}

std::vector<std::string> child_names(hid_t group, const std::string& where) {
  std::vector<std::string> names;
  hsize_t position = 0;
  check(H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, &position, keep_name, &names), where);
  std::ranges::sort(names);
  return names;
}

void require_virtual_sources(hid_t dataset, const std::filesystem::path& file, const std::string& where) {
  const Handle properties(H5Dget_create_plist(dataset), H5Pclose, where);
  if (H5Pget_layout(properties) != H5D_VIRTUAL) return;
  std::size_t count = 0;
  check(H5Pget_virtual_count(properties, &count), where);
  for (std::size_t i = 0; i < count; ++i) {
    const auto name =
        text_of([&](char* out, std::size_t n) { return H5Pget_virtual_filename(properties, i, out, n); }, where);
    const auto object =
        text_of([&](char* out, std::size_t n) { return H5Pget_virtual_dsetname(properties, i, out, n); }, where);
    const std::filesystem::path source = name == "." ? file : file.parent_path() / name;
    require_file(std::filesystem::exists(source) && resolve(source, object).has_value(),
                 "{}: is a virtual dataset that takes rows from {} in {}, which is missing", where, object,
                 source.string());
  }
}

}  // namespace equinfo::hdf5
