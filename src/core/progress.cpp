#include "core/progress.h"

#include <unistd.h>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

namespace equinfo {
namespace {

constexpr double kQuietSeconds = 2.0;
constexpr double kTerminalInterval = 0.1;
constexpr double kLogInterval = 10.0;
constexpr int kBarWidth = 24;

double seconds_since(std::chrono::steady_clock::time_point time) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - time).count();
}

std::string clock_text(double seconds) {
  const std::int64_t whole = std::lround(seconds);
  return whole < 3600 ? fmt::format("{}:{:02}", whole / 60, whole % 60)
                      : fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace

std::string rate_text(double per_second, const std::string& unit) {
  if (per_second > 0.0 && per_second < 1.0) return fmt::format("{:.1f} s each", 1.0 / per_second);
  return fmt::format("{:.0f} {}/s", per_second, unit);
}

Progress::Progress(std::string label, std::int64_t total, std::string unit)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      terminal_(isatty(STDERR_FILENO) != 0),
      start_(std::chrono::steady_clock::now()),
      last_(start_) {}

Progress::~Progress() {
  if (drawn_ && terminal_) fmt::print(stderr, "\r\033[K");
}

void Progress::advance(std::int64_t count) {
  const std::lock_guard lock(mutex_);
  done_ += count;
  const bool due = seconds_since(last_) >= (terminal_ ? kTerminalInterval : kLogInterval);
  if (due && seconds_since(start_) >= kQuietSeconds) draw();
}

void Progress::note(std::string text) {
  const std::lock_guard lock(mutex_);
  note_ = std::move(text);
}

void Progress::draw() {
  last_ = std::chrono::steady_clock::now();
  drawn_ = true;
  const double elapsed = seconds_since(start_);
  const double rate = static_cast<double>(done_) / elapsed;
  const double share = total_ > 0 ? std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_)) : 0.0;
  const std::string left = share > 0.0 ? clock_text(elapsed * (1.0 - share) / share) : "?";
  const std::string numbers = fmt::format("{}/{} {}, {}, {} left{}{}", done_, total_, unit_, rate_text(rate, unit_),
                                          left, note_.empty() ? "" : ", ", note_);
  if (terminal_) {
    const int filled = static_cast<int>(share * kBarWidth);
    fmt::print(stderr, "\r\033[K{} [{:#<{}}{:.<{}}] {}", label_, "", filled, "", kBarWidth - filled, numbers);
  } else {
    fmt::print(stderr, "{}: {}\n", label_, numbers);
  }
  std::fflush(stderr);
}

}  // namespace equinfo
