#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "audit/audit.h"
#include "core/matrix.h"

/// Parts of the HTML page, each a piece of text that stands by itself.
namespace equinfo::page {

/// Text with &, <, > and quotes made safe.
std::string escaped(std::string_view text);

/// An image as a data URI of a PNG. Of 1 or 3 channels; of another number the first is shown.
std::string png_uri(const ImageRows& images, std::int64_t i);
/// A picture with words below it.
std::string figure(const ImageRows& images, std::int64_t i, const std::string& alt, const std::string& caption);

/// One bar of H(T): what the image tells of T, what the class adds, what stays open.
std::string information_bar(const TransformAudit& audit);
/// A bar from 0 to 1 with its interval and a line at one half. `label` is read out to those who do not see it.
std::string share_bar(const Reading& share, bool decides, const std::string& label);
/// A bar for each value of T.
std::string posterior_bars(const AmbiguousRow& row, const std::vector<std::string>& values);
/// Nats of each tile as squares of colour; black to the eye is nothing.
std::string tile_map(const Matrix<double>& map, double entropy);

/// The page's style sheet.
std::string_view style();

}  // namespace equinfo::page
