#include "store/hdf5_handle.h"

#include <vector>

namespace equinfo::hdf5 {
namespace {

std::recursive_mutex& library_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

herr_t keep_words(unsigned /*depth*/, const H5E_error2_t* entry, void* words) {
  if (entry->desc != nullptr) static_cast<std::vector<std::string>*>(words)->emplace_back(entry->desc);
  return 0;
}

/// What the system said to a write that failed, such as "No space left on device"; empty for any other words.
std::string write_failure(const std::string& words) {
  const std::string before = "error message = '";
  const auto begin = words.find(before);
  if (begin == std::string::npos || !words.starts_with("file write failed")) return {};
  const auto from = begin + before.size();
  return words.substr(from, words.find('\'', from) - from);
}

}  // namespace

Lock::Lock() : lock_(library_mutex()) {
  // At the exit of a program HDF5 would write once more what a full disk did not take, and crash. Every file is closed
  // by its handle before that.
  static const herr_t left_alone = H5dont_atexit();
  static_cast<void>(left_alone);
  // Errors become exceptions that carry HDF5's words; its own print-out on standard error would repeat them.
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

std::string last_words() {
  std::vector<std::string> words;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, keep_words, &words);
  if (words.empty()) return "failed without a reason";
  if (const auto reason = write_failure(words.back()); !reason.empty()) return "cannot be written: " + reason;
  return words.size() == 1 ? words.front() : fmt::format("{}: {}", words.front(), words.back());
}

Handle open_file(const std::filesystem::path& path) {
  const std::string name = path.string();
  require_file(std::filesystem::exists(path), "{}: no such file", name);
  require_file(!std::filesystem::is_directory(path), "{}: is a folder, not a file of features", name);
  require_file(std::filesystem::file_size(path) > 0, "{}: is empty", name);
  const htri_t known = H5Fis_hdf5(name.c_str());
  require_file(known != 0, "{}: is neither HDF5 nor .npz", name);
  check(known, name);
  return {H5Fopen(name.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose, name};
}

Handle create_file(const std::filesystem::path& path) {
  const std::string name = path.string();
  return {H5Fcreate(name.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose, name};
}

}  // namespace equinfo::hdf5
