#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace equinfo {

/// A transformation's name taken apart: "rotation8+circle+offset22.5" is the kind "rotation" with the number 8 and the
/// options "circle" and "offset" = 22.5. What is not asked for is found by check_all_used.
class TransformName {
 public:
  /// Throws std::invalid_argument if the text has not this form.
  explicit TransformName(std::string text);

  const std::string& text() const { return text_; }
  /// What stands before the first option, such as "rotation8", and that without its number.
  const std::string& word() const { return word_; }
  const std::string& kind() const { return kind_; }
  /// To be called where the kind's own name ends in a number, as "d4" does.
  void take_word_as_kind();

  /// Whether there is a number, and which. Throws std::invalid_argument if it is not in low … high.
  std::optional<std::int64_t> number(std::int64_t low, std::int64_t high);
  /// Whether there is an option without a value.
  bool flag(const std::string& option);
  /// An option's value. Throws std::invalid_argument if it has none or one that is not in low … high.
  double value(const std::string& option, double fallback, double low, double high);
  /// Throws std::invalid_argument if a number or an option is left that nobody asked for.
  void check_all_used() const;

 private:
  struct Option {
    std::string name;
    std::optional<double> value;
    bool used = false;
  };
  Option* find(const std::string& name);

  std::string text_, word_, kind_;
  std::optional<std::int64_t> number_;
  bool number_used_ = false;
  std::vector<Option> options_;
  std::vector<std::string> known_;  // options that were asked for
};

}  // namespace equinfo
