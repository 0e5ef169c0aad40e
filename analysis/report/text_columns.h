#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace equinfo {

/// How many columns of a terminal a UTF-8 text takes, without its colour codes. Wide (East Asian) letters count as one.
int display_width(std::string_view text);

/// The text, cut in front and marked with an ellipsis if it is wider than `width`: the end of a path tells most.
std::string shortened(std::string_view text, int width);

/// Cells laid out below each other: one line a row, `alignment` one letter a column ('l' or 'r'), two spaces between
/// columns, nothing trailing. Rows may be shorter than `alignment`. Each line is led by `indent` and ends in LF.
std::string aligned(const std::vector<std::vector<std::string>>& rows, std::string_view alignment,
                    std::string_view indent = "");

/// Pieces joined by `separator`, broken before a piece that would pass `width`; further lines begin with `indent`.
/// Ends in LF.
std::string wrapped(const std::vector<std::string>& pieces, std::string_view separator, int width,
                    std::string_view indent = "");

/// The words of a sentence for `wrapped`.
std::vector<std::string> words_of(std::string_view sentence);

}  // namespace equinfo
