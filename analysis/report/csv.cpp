#include "report/csv.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/error.h"

namespace equinfo {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class CsvParser {
 public:
  CsvParser(std::string_view text, std::string_view name) : text_(text), name_(name) {
    if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  }

  bool done() const { return at_ >= text_.size(); }

  CsvRecord record() {
    CsvRecord record{line_, {field()}};
    while (!done() && text_[at_] == ',') {
      ++at_;
      record.fields.push_back(field());
    }
    end_line();
    return record;
  }

 private:
  std::string field() { return !done() && text_[at_] == '"' ? quoted_field() : bare_field(); }

  std::string bare_field() {
    const auto end = std::min(text_.find_first_of(",\"\r\n", at_), text_.size());
    require_file(end == text_.size() || text_[end] != '"', "{}:{}: a quote inside a field that does not begin with one",
                 name_, line_);
    std::string value(text_.substr(at_, end - at_));
    at_ = end;
    return value;
  }

  std::string quoted_field() {
    const std::int64_t first_line = line_;
    std::string value;
    for (++at_; !done(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        if (done() || text_[at_] != '"') return value;
      }
      line_ += text_[at_] == '\n';
      value += text_[at_];
    }
    throw IoError(fmt::format("{}:{}: a quote that is never closed", name_, first_line));
  }

  void end_line() {
    if (done()) return;
    if (text_[at_] == '\r') ++at_;
    require_file(done() || text_[at_] == '\n', "{}:{}: text behind the closing quote of a field", name_, line_);
    ++at_;
    ++line_;
  }

  std::string_view text_, name_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
};

std::string csv_field(const std::string& value) {
  if (value.find_first_of(",\"\r\n") == std::string::npos) return value;
  std::string quoted = "\"";
  for (const char c : value) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

}  // namespace

std::vector<CsvRecord> parse_csv(std::string_view text, std::string_view name) {
  CsvParser parser(text, name);
  std::vector<CsvRecord> records;
  while (!parser.done()) records.push_back(parser.record());
  return records;
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (const auto& field : fields) {
    if (&field != fields.data()) line += ',';
    line += csv_field(field);
  }
  return line + '\n';
}

std::string shortest_number(double value) {
  require(std::isfinite(value), "{} cannot be written to a table of results", value);
  std::array<char, 32> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

}  // namespace equinfo
