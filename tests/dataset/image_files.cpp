#include "dataset/image_files.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

#include <archive.h>
#include <archive_entry.h>
#include <jpeglib.h>
#include <png.h>
#include <zlib.h>

#include "core/error.h"

namespace equinfo::testing {
namespace fs = std::filesystem;

namespace {

using File = std::unique_ptr<FILE, int (*)(FILE*)>;

File open_for_writing(const fs::path& path) {
  fs::create_directories(path.parent_path());
  File file(std::fopen(path.c_str(), "wb"), std::fclose);
  if (!file) throw std::runtime_error("cannot write " + path.string());
  return file;
}

void write_png_as(const fs::path& path, const Picture& picture, int depth, int color_type,
                  const std::vector<png_color>& palette) {
  const File file = open_for_writing(path);
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_init_io(png, file.get());
  png_set_IHDR(png, info, static_cast<png_uint_32>(picture.width), static_cast<png_uint_32>(picture.height), depth,
               color_type, PNG_INTERLACE_ADAM7, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (!palette.empty()) png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
  png_write_info(png, info);
  const std::size_t row = picture.samples.size() / static_cast<std::size_t>(picture.height);
  std::vector<png_bytep> rows;
  for (std::int64_t y = 0; y < picture.height; ++y) {
    rows.push_back(const_cast<png_bytep>(picture.samples.data()) + static_cast<std::size_t>(y) * row);
  }
  png_write_image(png, rows.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
}

void add_to_archive(archive* writer, const fs::path& path, const std::string& name) {
  archive_entry* entry = archive_entry_new();
  const bool is_folder = fs::is_directory(path);
  const Bytes bytes = is_folder ? Bytes() : read_bytes(path);
  archive_entry_set_pathname(entry, name.c_str());
  archive_entry_set_filetype(entry, is_folder ? AE_IFDIR : AE_IFREG);
  archive_entry_set_perm(entry, is_folder ? 0755 : 0644);
  archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
  archive_write_header(writer, entry);
  archive_write_data(writer, bytes.data(), bytes.size());
  archive_entry_free(entry);
}

}  // namespace

Picture plain(const Bytes& color, std::int64_t height, std::int64_t width) {
  Picture picture{static_cast<std::int64_t>(color.size()), height, width, {}};
  for (std::int64_t i = 0; i < height * width; ++i) {
    picture.samples.insert(picture.samples.end(), color.begin(), color.end());
  }
  return picture;
}

void write_bytes(const fs::path& path, const Bytes& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

Bytes read_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_gzip(const fs::path& path, const Bytes& bytes) {
  fs::create_directories(path.parent_path());
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
}

void write_jpeg(const fs::path& path, const Picture& picture) {
  const File file = open_for_writing(path);
  jpeg_error_mgr errors;
  jpeg_compress_struct info;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  jpeg_stdio_dest(&info, file.get());
  info.image_width = static_cast<JDIMENSION>(picture.width);
  info.image_height = static_cast<JDIMENSION>(picture.height);
  info.input_components = static_cast<int>(picture.channels);
  info.in_color_space = picture.channels == 1 ? JCS_GRAYSCALE : (picture.channels == 3 ? JCS_RGB : JCS_CMYK);
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 100, TRUE);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    const std::int64_t first = info.next_scanline * picture.width * picture.channels;
    JSAMPROW row = const_cast<JSAMPROW>(picture.samples.data()) + first;
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
}

void write_png(const fs::path& path, const Picture& picture, int depth) {
  constexpr int kTypes[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                            PNG_COLOR_TYPE_RGB_ALPHA};
  write_png_as(path, picture, depth, kTypes[picture.channels - 1], {});
}

void write_palette_png(const fs::path& path, const Picture& indices, const std::vector<Bytes>& palette) {
  std::vector<png_color> colors;
  for (const auto& color : palette) colors.push_back({color[0], color[1], color[2]});
  write_png_as(path, indices, 8, PNG_COLOR_TYPE_PALETTE, colors);
}

void write_tar_gz(const fs::path& path, const fs::path& folder, const std::string& prefix) {
  std::vector<fs::path> entries;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) entries.push_back(entry.path());
  std::sort(entries.rbegin(), entries.rend());
  archive* writer = archive_write_new();
  archive_write_add_filter_gzip(writer);
  archive_write_set_format_pax_restricted(writer);
  archive_write_open_filename(writer, path.c_str());
  for (const auto& entry : entries) add_to_archive(writer, entry, prefix + fs::relative(entry, folder).string());
  archive_write_close(writer);
  archive_write_free(writer);
}

Bytes idx_file(std::uint32_t magic, const std::vector<std::uint32_t>& sizes, const Bytes& content) {
  Bytes bytes;
  const auto append = [&](std::uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(number >> shift));
  };
  append(magic);
  for (const std::uint32_t size : sizes) append(size);
  bytes.insert(bytes.end(), content.begin(), content.end());
  return bytes;
}

std::string load_failure(const TemporaryFolder& folder, const fs::path& path, Split split) {
  try {
    load_dataset(path, split);
  } catch (const IoError& error) {
    const std::string text = error.what(), root = folder.path().string();
    if (text.find('\n') != std::string::npos) return "more than one line: " + text;
    std::string shortened;
    std::size_t from = 0;
    for (auto at = text.find(root); at != std::string::npos; at = text.find(root, from)) {
      shortened += text.substr(from, at - from) + "F";
      from = at + root.size();
    }
    return shortened + text.substr(from);
  }
  return "no error";
}

}  // namespace equinfo::testing
