// PNG through libpng: every depth, palette and interlacing becomes 8-bit grey or RGB.

#include <array>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <vector>

#include <png.h>

#include "core/error.h"
#include "dataset/image_codec.h"

namespace equinfo {
namespace {

/// A reader of one PNG in memory; libpng's errors jump back to the function that called setjmp.
class PngReader {
 public:
  PngReader(std::span<const std::uint8_t> bytes, const std::string& name) : left_(bytes), name_(name) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, keep_message, [](png_structp, png_const_charp) {});
    info_ = png_ == nullptr ? nullptr : png_create_info_struct(png_);
    if (info_ == nullptr) throw std::runtime_error("png: cannot start");
    png_set_read_fn(png_, this, read_bytes);
  }
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  ImageHeader header() {
    check(try_header());
    return {samples_ >= 3 ? 3 : 1, png_get_image_height(png_, info_), png_get_image_width(png_, info_)};
  }

  /// The samples [height, width, samples()] after header().
  std::vector<std::uint8_t> read_samples() {
    const std::size_t height = png_get_image_height(png_, info_), row_bytes = png_get_rowbytes(png_, info_);
    std::vector<std::uint8_t> samples(height * row_bytes);
    std::vector<png_bytep> rows(height);
    for (std::size_t y = 0; y < height; ++y) rows[y] = samples.data() + y * row_bytes;
    check(try_rows(rows.data()));
    return samples;
  }

  /// 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha.
  std::int64_t samples() const { return samples_; }

 private:
  [[noreturn]] static void keep_message(png_structp png, png_const_charp text) {
    auto* reader = static_cast<PngReader*>(png_get_error_ptr(png));
    std::snprintf(reader->message_.data(), reader->message_.size(), "%s", text);
    png_longjmp(png, 1);
  }

  static void read_bytes(png_structp png, png_bytep out, std::size_t count) {
    auto* reader = static_cast<PngReader*>(png_get_io_ptr(png));
    if (reader->left_.size() < count) png_error(png, "premature end of file");
    std::memcpy(out, reader->left_.data(), count);
    reader->left_ = reader->left_.subspan(count);
  }

  void check(bool succeeded) { require_file(succeeded, "{}: broken PNG: {}", name_, message_.data()); }

  bool try_header() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_read_info(png_, info_);
    png_set_expand(png_);
    png_set_scale_16(png_);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    samples_ = png_get_channels(png_, info_);
    return true;
  }

  bool try_rows(png_bytepp rows) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_read_image(png_, rows);
    png_read_end(png_, nullptr);
    return true;
  }

  std::span<const std::uint8_t> left_;
  const std::string& name_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::int64_t samples_ = 0;
  std::array<char, 200> message_{};
};

bool is_png(std::span<const std::uint8_t> bytes) { return bytes.size() >= 8 && png_sig_cmp(bytes.data(), 0, 8) == 0; }

ImageHeader png_header(std::span<const std::uint8_t> bytes, const std::string& name) {
  return PngReader(bytes, name).header();
}

/// One pixel of 1 to 4 samples as `channels` values, `area` apart.
void put_pixel(const std::uint8_t* pixel, std::int64_t samples, std::int64_t channels, std::int64_t area,
               std::uint8_t* out) {
  const bool colored = samples >= 3;
  if (channels == 1) {
    out[0] = colored ? luma(pixel[0], pixel[1], pixel[2]) : pixel[0];
    return;
  }
  for (std::int64_t c = 0; c < channels; ++c) out[c * area] = pixel[colored ? c : 0];
}

void decode_png(std::span<const std::uint8_t> bytes, const std::string& name, std::int64_t channels,
                std::span<std::uint8_t> planes) {
  PngReader reader(bytes, name);
  const ImageHeader header = reader.header();
  const std::int64_t area = header.height * header.width, samples = reader.samples();
  require(static_cast<std::int64_t>(planes.size()) == channels * area, "{}: {} x {} x {} does not fill {} bytes", name,
          channels, header.height, header.width, planes.size());
  const std::vector<std::uint8_t> pixels = reader.read_samples();
  const bool has_alpha = samples % 2 == 0;
  for (std::int64_t i = 0; i < area; ++i) {
    const std::uint8_t* pixel = pixels.data() + i * samples;
    require_file(!has_alpha || pixel[samples - 1] == 255, "{}: has transparent pixels; put it on a background first",
                 name);
    put_pixel(pixel, samples, channels, area, planes.data() + i);
  }
}

}  // namespace

const ImageCodec kPng{is_png, png_header, decode_png};

}  // namespace equinfo
