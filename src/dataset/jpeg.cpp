// JPEG through libjpeg(-turbo).

#include <array>
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <vector>

#include <jpeglib.h>

#include "core/error.h"
#include "dataset/image_codec.h"

namespace equinfo {
namespace {

/// A decompressor whose errors and warnings jump back to the function that set `escape`. libjpeg warns where pixels are
/// lost (a premature end of file is only a warning to it), so a warning is as bad as an error here.
class Decompressor {
 public:
  Decompressor(std::span<const std::uint8_t> bytes, const std::string& name) : bytes_(bytes), name_(name) {
    info_.err = jpeg_std_error(&errors_.base);
    errors_.base.error_exit = [](j_common_ptr info) { give_up(info); };
    errors_.base.emit_message = [](j_common_ptr info, int level) {
      if (level < 0) give_up(info);
    };
  }
  ~Decompressor() { jpeg_destroy_decompress(&info_); }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  ImageHeader header() {
    check(try_header());
    require_file(info_.jpeg_color_space != JCS_CMYK && info_.jpeg_color_space != JCS_YCCK,
                 "{}: a CMYK JPEG; convert it to RGB", name_);
    return {info_.jpeg_color_space == JCS_GRAYSCALE ? 1 : 3, info_.image_height, info_.image_width};
  }

  void decode(std::int64_t channels, std::uint8_t* planes) {
    row_.resize(static_cast<std::size_t>(channels * info_.image_width));
    check(try_decode(channels, planes));
  }

 private:
  struct Errors {
    jpeg_error_mgr base;
    std::jmp_buf escape;
    std::array<char, JMSG_LENGTH_MAX> message;
  };

  [[noreturn]] static void give_up(j_common_ptr info) {
    auto* errors = reinterpret_cast<Errors*>(info->err);
    errors->base.format_message(info, errors->message.data());
    std::longjmp(errors->escape, 1);
  }

  void check(bool succeeded) { require_file(succeeded, "{}: broken JPEG: {}", name_, errors_.message.data()); }

  bool try_header() {
    if (setjmp(errors_.escape) != 0) return false;
    jpeg_create_decompress(&info_);
    jpeg_mem_src(&info_, bytes_.data(), bytes_.size());
    jpeg_read_header(&info_, TRUE);
    return true;
  }

  bool try_decode(std::int64_t channels, std::uint8_t* planes) {
    if (setjmp(errors_.escape) != 0) return false;
    info_.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_start_decompress(&info_);
    while (info_.output_scanline < info_.output_height) read_row(channels, planes);
    jpeg_finish_decompress(&info_);
    return true;
  }

  void read_row(std::int64_t channels, std::uint8_t* planes) {
    const std::int64_t width = info_.output_width, area = width * info_.output_height;
    const std::int64_t first = width * info_.output_scanline;
    JSAMPROW row = row_.data();
    jpeg_read_scanlines(&info_, &row, 1);
    for (std::int64_t x = 0; x < width; ++x) {
      for (std::int64_t c = 0; c < channels; ++c) planes[c * area + first + x] = row[x * channels + c];
    }
  }

  std::span<const std::uint8_t> bytes_;
  const std::string& name_;
  jpeg_decompress_struct info_{};
  Errors errors_{};
  std::vector<std::uint8_t> row_;
};

bool is_jpeg(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 3 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF;
}

ImageHeader jpeg_header(std::span<const std::uint8_t> bytes, const std::string& name) {
  return Decompressor(bytes, name).header();
}

void decode_jpeg(std::span<const std::uint8_t> bytes, const std::string& name, std::int64_t channels,
                 std::span<std::uint8_t> planes) {
  Decompressor decompressor(bytes, name);
  const ImageHeader header = decompressor.header();
  require(static_cast<std::int64_t>(planes.size()) == channels * header.height * header.width,
          "{}: {} x {} x {} does not fill {} bytes", name, channels, header.height, header.width, planes.size());
  decompressor.decode(channels, planes.data());
}

}  // namespace

const ImageCodec kJpeg{is_jpeg, jpeg_header, decode_jpeg};

}  // namespace equinfo
