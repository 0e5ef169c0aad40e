#include "train/event_file.h"

#include <fcntl.h>
#include <unistd.h>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <sstream>
#include <vector>

#include <boost/crc.hpp>

#include "core/atomic_file.h"
#include "core/error.h"

namespace equinfo {
namespace {

enum WireType : std::uint64_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

template <class T>
void append_bytes(std::string& out, T value) {
  static_assert(std::endian::native == std::endian::little);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

void append_key(std::string& out, std::uint64_t field, WireType type) { append_varint(out, field << 3 | type); }

void append_text(std::string& out, std::uint64_t field, const std::string& text) {
  append_key(out, field, kBytes);
  append_varint(out, text.size());
  out += text;
}

/// CRC-32C (Castagnoli), turned and shifted as TFRecords have it, since they may hold CRCs themselves.
std::uint32_t masked_crc(const std::string& bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return std::rotr(static_cast<std::uint32_t>(crc.checksum()), 15) + 0xA282EAD8U;
}

void append_record(std::string& out, const std::string& message) {
  std::string length;
  append_bytes(length, static_cast<std::uint64_t>(message.size()));
  out += length;
  append_bytes(out, masked_crc(length));
  out += message;
  append_bytes(out, masked_crc(message));
}

std::string event(double wall_time) {
  std::string message;
  append_key(message, 1, kFixed64);
  append_bytes(message, wall_time);
  return message;
}

/// A value of Summary.
std::string scalar(const std::string& tag, double number) {
  std::string value;
  append_text(value, 1, tag);
  append_key(value, 2, kFixed32);
  append_bytes(value, static_cast<float>(number));
  return value;
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells(1);
  for (const char c : line) {
    if (c == ',') {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  return cells;
}

double number_of(const std::string& cell) {
  double number = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
  require(error == std::errc() && end == cell.data() + cell.size(), "\"{}\" among the metrics is no number", cell);
  return number;
}

void append_to(const std::filesystem::path& path, std::string_view bytes) {
  const int file = open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  int reason = file < 0 ? errno : 0;
  while (reason == 0 && !bytes.empty()) {
    const auto done = write(file, bytes.data(), bytes.size());
    if (done >= 0) bytes.remove_prefix(static_cast<std::size_t>(done));
    if (done < 0 && errno != EINTR) reason = errno;
  }
  if (file >= 0 && fsync(file) != 0 && reason == 0) reason = errno;
  if (file >= 0 && close(file) != 0 && reason == 0) reason = errno;
  require_file(reason == 0, "{}: cannot be written: {}", path.string(), std::strerror(reason));
}

}  // namespace

std::string event_file_bytes(const std::string& metrics, double start) {
  std::stringstream lines(metrics);
  std::string line, bytes, version = event(start);
  std::getline(lines, line);
  const auto names = cells_of(line);
  append_text(version, 3, "brain.Event:2");
  append_record(bytes, version);
  for (double now = start; std::getline(lines, line);) {
    const auto cells = cells_of(line);
    require(cells.size() == names.size() && names.front() == "epoch", "\"{}\" is no row of metrics", line);
    std::string summary;
    for (std::size_t i = 1; i < cells.size(); ++i) {
      if (cells[i].empty()) continue;
      if (names[i] == "seconds") now += number_of(cells[i]);
      append_text(summary, 1, scalar(names[i], number_of(cells[i])));
    }
    auto message = event(now);
    append_key(message, 2, kVarint);
    append_varint(message, static_cast<std::uint64_t>(number_of(cells.front())));
    append_text(message, 5, summary);
    append_record(bytes, message);
  }
  return bytes;
}

void update_event_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ifstream file(path, std::ios::binary);
  const std::string there((std::istreambuf_iterator<char>(file)), {});
  if (!file.is_open() || !bytes.starts_with(there)) return write_file_atomically(path, bytes);
  append_to(path, std::string_view(bytes).substr(there.size()));
}

}  // namespace equinfo
