#include "report/text_columns.h"

#include <algorithm>

namespace equinfo {
namespace {

bool begins_letter(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

std::vector<int> column_widths(const std::vector<std::vector<std::string>>& rows) {
  std::vector<int> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  return widths;
}

std::string padded(const std::string& cell, int width, char alignment) {
  const std::string space(static_cast<std::size_t>(width - display_width(cell)), ' ');
  return alignment == 'r' ? space + cell : cell + space;
}

}  // namespace

int display_width(std::string_view text) {
  int width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\033') {
      i = std::min(text.find('m', i), text.size());
    } else {
      width += begins_letter(text[i]);
    }
  }
  return width;
}

std::string shortened(std::string_view text, int width) {
  int excess = display_width(text) - width;
  if (excess <= 0) return std::string(text);
  std::size_t i = 0;
  for (++excess; excess > 0; --excess) {
    for (++i; i < text.size() && !begins_letter(text[i]);) ++i;
  }
  return "…" + std::string(text.substr(i));
}

std::string aligned(const std::vector<std::vector<std::string>>& rows, std::string_view alignment,
                    std::string_view indent) {
  const auto widths = column_widths(rows);
  std::string text;
  for (const auto& row : rows) {
    std::string line(indent);
    for (std::size_t i = 0; i < row.size(); ++i) {
      line.append(i > 0 ? "  " : "").append(padded(row[i], widths[i], alignment[i]));
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  }
  return text;
}

std::string wrapped(const std::vector<std::string>& pieces, std::string_view separator, int width,
                    std::string_view indent) {
  std::string text, line;
  for (const auto& piece : pieces) {
    if (!line.empty() && display_width(line) + display_width(separator) + display_width(piece) > width) {
      text += line + '\n';
      line = indent;
    } else if (!line.empty()) {
      line += separator;
    }
    line += piece;
  }
  return text + line + '\n';
}

std::vector<std::string> words_of(std::string_view sentence) {
  std::vector<std::string> words;
  while (!sentence.empty()) {
    const auto end = std::min(sentence.find(' '), sentence.size());
    if (end > 0) words.emplace_back(sentence.substr(0, end));
    sentence.remove_prefix(std::min(end + 1, sentence.size()));
  }
  return words;
}

}  // namespace equinfo
