#include "pid/table.h"

#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace equinfo {
namespace {

constexpr std::string_view kHeader = "source_1,source_2,target,probability";

/// The fields of one line of CSV; a quoted field may hold commas and doubled quotes.
std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      fields.back() += line[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

/// Labels in order of appearance.
class LabelCodes {
 public:
  std::int64_t code_of(const std::string& label) {
    return codes_.try_emplace(label, static_cast<std::int64_t>(codes_.size())).first->second;
  }
  std::int64_t size() const { return static_cast<std::int64_t>(codes_.size()); }

 private:
  std::map<std::string, std::int64_t> codes_;
};

struct Event {
  std::array<std::int64_t, 3> labels;
  double probability;
};

/// All events of the file, with the labels coded.
struct Events {
  std::array<LabelCodes, 3> codes;
  std::vector<Event> list;
};

double probability_in(const std::string& text, const std::string& place) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size() && std::isfinite(value);
  require_file(whole, "{}: probability '{}' is no number", place, text);
  require_file(value >= 0.0, "{}: probability {} is negative", place, text);
  return value;
}

Event read_event(const std::string& line, const std::string& place, std::array<LabelCodes, 3>& codes) {
  const auto fields = fields_of(line);
  require_file(fields.size() == 4, "{}: {} fields instead of 4", place, fields.size());
  Event event{};
  for (std::size_t k = 0; k < 3; ++k) {
    require_file(!fields[k].empty(), "{}: label {} is empty", place, k + 1);
    event.labels[k] = codes[k].code_of(fields[k]);
  }
  event.probability = probability_in(fields[3], place);
  return event;
}

/// The next line without its line end; false at the end of the file.
bool next_line(std::ifstream& file, std::string& line) {
  if (!std::getline(file, line)) return false;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return true;
}

Events read_events(const std::string& path) {
  std::ifstream file(path);
  require_file(file.good(), "{}: cannot be opened", path);
  std::string line;
  next_line(file, line);
  if (line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
  require_file(line == kHeader, "{}: the header is '{}', not '{}'", path, line, kHeader);
  Events events;
  std::map<std::array<std::int64_t, 3>, int> seen;
  for (int number = 2; next_line(file, line); ++number) {
    if (line.empty()) continue;
    const std::string place = fmt::format("{}, line {}", path, number);
    events.list.push_back(read_event(line, place, events.codes));
    const auto [before, is_new] = seen.try_emplace(events.list.back().labels, number);
    require_file(is_new, "{}: the event of line {} once more", place, before->second);
  }
  return events;
}

}  // namespace

JointPosterior read_pid_table(const std::string& path) {
  const Events events = read_events(path);
  double sum = 0.0;
  std::vector<double> weight(static_cast<std::size_t>(events.codes[2].size()), 0.0);
  for (const Event& event : events.list) {
    sum += event.probability;
    weight[static_cast<std::size_t>(event.labels[2])] += event.probability;
  }
  require_file(std::abs(sum - 1.0) <= 1e-6, "{}: the probabilities sum to {}, not to 1", path, sum);
  // Targets without probability have no posterior; the others close up.
  std::vector<std::int64_t> row_of;
  std::vector<double> kept;
  for (const double w : weight) {
    row_of.push_back(w > 0.0 ? static_cast<std::int64_t>(kept.size()) : -1);
    if (w > 0.0) kept.push_back(w);
  }
  const std::int64_t first = events.codes[0].size(), second = events.codes[1].size();
  Matrix<double> joint(static_cast<std::int64_t>(kept.size()), first * second);
  for (const Event& event : events.list) {
    const std::int64_t row = row_of[static_cast<std::size_t>(event.labels[2])];
    if (row >= 0) joint(row, event.labels[0] * second + event.labels[1]) += event.probability;
  }
  return complete_joint(std::move(joint), std::move(kept), first, second);
}

}  // namespace equinfo
