#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace equinfo {

/// How fast work goes, in words: "12 rows/s", or "3.5 s each" where one takes longer than a second.
std::string rate_text(double per_second, const std::string& unit);

/// Shows how far a long piece of work is, on standard error: on a terminal one line that is redrawn (bar, rate, time
/// left), in a log a plain line every ten seconds. Silent for work that ends within two seconds. Safe from any thread.
///
///     Progress progress("neighbours", rows, "rows");
///     … progress.advance(block_rows);
class Progress {
 public:
  Progress(std::string label, std::int64_t total, std::string unit);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void advance(std::int64_t count = 1);
  /// Text shown behind the numbers, such as "loss 0.41"; kept until the next call.
  void note(std::string text);

 private:
  void draw();

  std::string label_, unit_, note_;
  std::int64_t total_, done_ = 0;
  bool terminal_, drawn_ = false;
  std::chrono::steady_clock::time_point start_, last_;
  std::mutex mutex_;
};

}  // namespace equinfo
