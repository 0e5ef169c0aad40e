#include "bench/resumable_csv.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "core/atomic_file.h"
#include "core/error.h"

namespace equinfo::bench {

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  require_file(file.good(), "{}: cannot be read", path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

ResumableCsv::ResumableCsv(std::filesystem::path path, std::string header, const std::vector<std::string>& keys)
    : path_(std::move(path)), header_(std::move(header)), lines_(keys.size() + 1) {
  for (const std::string& key : keys) {
    key_fields_ = static_cast<std::size_t>(std::ranges::count(key, ',')) + 1;
    ranks_.emplace(key, ranks_.size());
  }
  if (std::filesystem::exists(path_)) {
    const std::string text = read_text(path_);
    require_file(text.starts_with(header_ + '\n'), "{}: its header is not '{}'", path_.string(), header_);
    take(std::string_view(text).substr(header_.size() + 1));
  }
  save();
}

bool ResumableCsv::has(std::string_view fields) const {
  const std::string beginning = std::string(fields) + ',';
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(lines_[rank(beginning)],
                             [&](const std::string& line) { return line.starts_with(beginning); });
}

void ResumableCsv::add(std::string_view lines) {
  const std::lock_guard lock(mutex_);
  take(lines);
  save();
}

void ResumableCsv::take(std::string_view lines) {
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    require_file(end != std::string_view::npos, "{}: its last line has no end", path_.string());
    lines_[rank(lines)].emplace_back(lines.substr(0, end));
    lines.remove_prefix(end + 1);
  }
}

std::size_t ResumableCsv::rank(std::string_view line) const {
  std::size_t end = 0;
  for (std::size_t k = 0; k < key_fields_ && end < line.size(); ++k)
    end = std::min(line.find(',', end + 1), line.size());
  const auto found = ranks_.find(line.substr(0, end));
  return found == ranks_.end() ? ranks_.size() : found->second;
}

void ResumableCsv::save() const {
  std::string text = header_ + '\n';
  for (const auto& block : lines_) {
    for (const std::string& line : block) text.append(line).append(1, '\n');
  }
  write_file_atomically(path_, text);
}

}  // namespace equinfo::bench
