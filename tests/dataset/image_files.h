#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "dataset/dataset.h"
#include "support/temporary_folder.h"

/// Writers of the tiny datasets that the tests read.
namespace equinfo::testing {

using Bytes = std::vector<std::uint8_t>;

/// Samples [height, width, channels], row by row.
struct Picture {
  std::int64_t channels = 1, height = 1, width = 1;
  Bytes samples;
};

/// A picture of one colour; a colour of 1 value is grey, of 3 is RGB.
Picture plain(const Bytes& color, std::int64_t height = 8, std::int64_t width = 8);

/// Writes bytes, after making the folders above the file.
void write_bytes(const std::filesystem::path& path, const Bytes& bytes);
Bytes read_bytes(const std::filesystem::path& path);
void write_gzip(const std::filesystem::path& path, const Bytes& bytes);

/// JPEG at quality 100; 1, 3 or 4 (CMYK) channels.
void write_jpeg(const std::filesystem::path& path, const Picture& picture);
/// PNG of 8 (or 16) bits a sample: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. 16-bit samples are big-endian.
void write_png(const std::filesystem::path& path, const Picture& picture, int depth = 8);
/// An 8-bit PNG of palette indices.
void write_palette_png(const std::filesystem::path& path, const Picture& indices, const std::vector<Bytes>& palette);

/// A tar archive of a folder's content, gzip-compressed, each name behind `prefix`. Entries come in reverse order, so
/// that nothing can depend on it.
void write_tar_gz(const std::filesystem::path& path, const std::filesystem::path& folder,
                  const std::string& prefix = "");

/// An IDX file: magic, sizes, content.
Bytes idx_file(std::uint32_t magic, const std::vector<std::uint32_t>& sizes, const Bytes& content);

/// The message of the IoError that loading `path` gives, with "F" in place of the folder's path: one line. "no error"
/// if there is none.
std::string load_failure(const TemporaryFolder& folder, const std::filesystem::path& path, Split split);

}  // namespace equinfo::testing
