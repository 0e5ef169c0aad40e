#include "train/metrics.h"

#include <fstream>

#include <fmt/ranges.h>

#include "core/atomic_file.h"
#include "core/error.h"

namespace equinfo {
namespace {

std::string header() {
  std::string parts;
  for (const char* term : kLossTermNames) parts += fmt::format("{}_loss,", term);
  return "epoch,lr,train_loss," + parts +
         "train_transform_accuracy,heldout_transform_accuracy,probe_accuracy,seconds,images_per_second";
}

std::string cell(const std::optional<double>& value) { return value ? fmt::format("{}", *value) : ""; }

std::string csv_row(const EpochMetrics& m) {
  const bool trained = m.epoch > 0;
  std::string terms;
  for (const auto& term : m.terms) terms += cell(term) + ",";
  return fmt::format("{},{}{}{},{},{},{}", m.epoch, trained ? fmt::format("{},{},", m.lr, m.train_loss) : ",,", terms,
                     cell(m.train_accuracy), cell(m.heldout_accuracy), m.probe_accuracy,
                     trained ? fmt::format("{:.2f},{:.1f}", m.seconds, m.images_per_second) : ",");
}

std::int64_t epoch_of(const std::string& row, const std::filesystem::path& path) {
  try {
    return std::stoll(row);
  } catch (const std::exception&) {
    throw IoError(fmt::format("{}: a row begins with \"{}\" instead of an epoch", path.string(), row.substr(0, 20)));
  }
}

}  // namespace

MetricsFile::MetricsFile(std::filesystem::path path, std::int64_t last_epoch) : path_(std::move(path)) {
  std::ifstream file(path_);
  if (!file.is_open()) return;
  std::string line;
  std::getline(file, line);
  require_file(line == header(), "{}: its first line is not that of a metrics file", path_.string());
  while (std::getline(file, line)) {
    if (epoch_of(line, path_) <= last_epoch) rows_.push_back(line);
  }
}

void MetricsFile::append(const EpochMetrics& metrics) {
  rows_.push_back(csv_row(metrics));
  write_file_atomically(path_, fmt::format("{}\n{}\n", header(), fmt::join(rows_, "\n")));
}

std::string epoch_line(const EpochMetrics& m, std::int64_t epochs) {
  const auto percent = [](const std::optional<double>& share) {
    return share ? fmt::format("transformation {:.1f} %", 100 * *share) : "";
  };
  const auto heldout = fmt::format("held-out: {}{}class probe {:.1f} %", percent(m.heldout_accuracy),
                                   m.heldout_accuracy ? ", " : "", 100 * m.probe_accuracy);
  if (m.epoch == 0) return fmt::format("untrained encoder    {}", heldout);
  return fmt::format("epoch {}/{}: loss {:.4f}{}{}    {}    {:.0f} images/s", m.epoch, epochs, m.train_loss,
                     m.train_accuracy ? ", " : "", percent(m.train_accuracy), heldout, m.images_per_second);
}

}  // namespace equinfo
