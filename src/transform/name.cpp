#include "transform/name.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/ranges.h>

#include "core/error.h"

namespace equinfo {
namespace {

constexpr const char* kLetters = "abcdefghijklmnopqrstuvwxyz_";

/// "offset22.5" → {"offset", "22.5"}.
std::pair<std::string, std::string> split_number(const std::string& word, const char* digits) {
  const auto end = word.find_last_not_of(digits);
  const auto length = end == std::string::npos ? 0 : end + 1;
  return {word.substr(0, length), word.substr(length)};
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts{""};
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

double number_of(const std::string& digits) {
  char* end = nullptr;
  const double value = std::strtod(digits.c_str(), &end);
  return *end == '\0' ? value : NAN;
}

}  // namespace

TransformName::TransformName(std::string text) : text_(std::move(text)) {
  const auto parts = split(text_, '+');
  word_ = parts[0];
  const auto [kind, digits] = split_number(word_, "0123456789");
  kind_ = kind;
  if (!digits.empty() && digits.size() < 7) number_ = std::stoll(digits);
  require(!kind.empty() && digits.size() < 7, "transform: \"{}\" must begin with a name, such as rotation4", text_);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto [name, value] = split_number(parts[i], "0123456789.");
    const bool valid = !name.empty() && name.find_first_not_of(kLetters) == std::string::npos &&
                       (value.empty() || std::isfinite(number_of(value)));
    require(valid, "transform: \"{}\" has the option \"{}\", but an option is a word and perhaps a number", text_,
            parts[i]);
    options_.push_back({name, value.empty() ? std::nullopt : std::optional(number_of(value))});
  }
}

void TransformName::take_word_as_kind() {
  kind_ = word_;
  number_.reset();
}

std::optional<std::int64_t> TransformName::number(std::int64_t low, std::int64_t high) {
  number_used_ = true;
  require(!number_ || (*number_ >= low && *number_ <= high), "transform: \"{}\": the number after {} must be {} … {}",
          text_, kind_, low, high);
  return number_;
}

TransformName::Option* TransformName::find(const std::string& name) {
  known_.push_back(name);
  const auto same = [&](const Option& option) { return option.name == name; };
  require(std::count_if(options_.begin(), options_.end(), same) <= 1, "transform: \"{}\" has the option \"{}\" twice",
          text_, name);
  const auto found = std::find_if(options_.begin(), options_.end(), same);
  if (found == options_.end()) return nullptr;
  found->used = true;
  return &*found;
}

bool TransformName::flag(const std::string& option) {
  const auto* found = find(option);
  require(found == nullptr || !found->value, "transform: \"{}\": {} takes no number", text_, option);
  return found != nullptr;
}

double TransformName::value(const std::string& option, double fallback, double low, double high) {
  const auto* found = find(option);
  if (found == nullptr) return fallback;
  require(found->value && *found->value >= low && *found->value <= high,
          "transform: \"{}\": {} needs a number in {} … {}", text_, option, low, high);
  return *found->value;
}

void TransformName::check_all_used() const {
  require(!number_ || number_used_, "transform: \"{}\": {} takes no number", text_, kind_);
  for (const auto& option : options_) {
    require(option.used, "transform: \"{}\" has the option \"{}\", but {} takes {}", text_, option.name, kind_,
            known_.empty() ? "none" : fmt::format("{}", fmt::join(known_, ", ")));
  }
}

}  // namespace equinfo
