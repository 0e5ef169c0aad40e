// The lossy part of JPEG, read from a file and done again: libjpeg(-turbo).

#include "dataset/jpeg_coding.h"

#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <jpeglib.h>

#include "core/error.h"
#include "dataset/image_codec.h"

namespace equinfo {
namespace {

/// libjpeg's errors, which jump back to the function that set `escape`.
struct Errors {
  jpeg_error_mgr base;
  std::jmp_buf escape;
};

jpeg_error_mgr* quiet(Errors& errors) {
  jpeg_std_error(&errors.base);
  errors.base.error_exit = [](j_common_ptr info) { std::longjmp(reinterpret_cast<Errors*>(info->err)->escape, 1); };
  errors.base.emit_message = [](j_common_ptr, int) {};
  return &errors.base;
}

void copy_table(const JQUANT_TBL* table, std::array<std::uint16_t, 64>& to) {
  for (std::size_t k = 0; table != nullptr && k < to.size(); ++k) to[k] = table->quantval[k];
}

bool try_read(std::span<const std::uint8_t> bytes, jpeg_decompress_struct& info, Errors& errors, JpegCoding& coding) {
  if (setjmp(errors.escape) != 0) return false;
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, bytes.data(), bytes.size());
  jpeg_read_header(&info, TRUE);
  const auto& luma = info.comp_info[0];
  copy_table(info.quant_tbl_ptrs[luma.quant_tbl_no], coding.luma);
  copy_table(info.quant_tbl_ptrs[luma.quant_tbl_no], coding.chroma);
  if (info.num_components < 3) return true;
  const auto& chroma = info.comp_info[1];
  copy_table(info.quant_tbl_ptrs[chroma.quant_tbl_no], coding.chroma);
  coding.across = luma.h_samp_factor / chroma.h_samp_factor;
  coding.down = luma.v_samp_factor / chroma.v_samp_factor;
  return true;
}

/// A block of memory that libjpeg allocates.
struct Buffer {
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  ~Buffer() { std::free(bytes); }
};

void set_table(jpeg_compress_struct& info, int which, const std::array<std::uint16_t, 64>& table) {
  unsigned values[64];
  for (std::size_t k = 0; k < table.size(); ++k) values[k] = table[k];
  jpeg_add_quant_table(&info, which, values, 100, FALSE);
}

struct Size {
  std::int64_t channels, height, width;
};

bool try_compress(jpeg_compress_struct& info, Errors& errors, Buffer& buffer, std::uint8_t* samples, const Size& size,
                  const JpegCoding& coding) {
  if (setjmp(errors.escape) != 0) return false;
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, &buffer.bytes, &buffer.size);
  info.image_width = static_cast<JDIMENSION>(size.width);
  info.image_height = static_cast<JDIMENSION>(size.height);
  info.input_components = static_cast<int>(size.channels);
  info.in_color_space = size.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&info);
  set_table(info, 0, coding.luma);
  if (size.channels == 3) {
    set_table(info, 1, coding.chroma);
    info.comp_info[0].h_samp_factor = coding.across;
    info.comp_info[0].v_samp_factor = coding.down;
  }
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = samples + static_cast<std::int64_t>(info.next_scanline) * size.width * size.channels;
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  return true;
}

}  // namespace

std::optional<JpegCoding> jpeg_coding_of(std::span<const std::uint8_t> bytes) {
  if (!kJpeg.recognises(bytes)) return std::nullopt;
  Errors errors;
  jpeg_decompress_struct info{};
  info.err = quiet(errors);
  JpegCoding coding;
  const bool read = try_read(bytes, info, errors, coding);
  jpeg_destroy_decompress(&info);
  if (!read) return std::nullopt;
  return coding;
}

JpegCoding jpeg_coding_of_quality(int quality, int across, int down) {
  Errors errors;
  jpeg_compress_struct info{};
  info.err = quiet(errors);
  JpegCoding coding;
  if (setjmp(errors.escape) == 0) {
    jpeg_create_compress(&info);
    info.in_color_space = JCS_RGB;
    info.input_components = 3;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    copy_table(info.quant_tbl_ptrs[0], coding.luma);
    copy_table(info.quant_tbl_ptrs[1], coding.chroma);
  }
  jpeg_destroy_compress(&info);
  coding.across = across;
  coding.down = down;
  return coding;
}

void recode_as_jpeg(std::span<std::uint8_t> planes, std::int64_t channels, std::int64_t height, std::int64_t width,
                    const JpegCoding& coding) {
  const std::int64_t area = height * width;
  require(channels == 1 || channels == 3, "jpeg: {} channels; 1 or 3 can be coded", channels);
  require(static_cast<std::int64_t>(planes.size()) == channels * area, "jpeg: {} bytes for {} x {} x {}", planes.size(),
          channels, height, width);
  std::vector<std::uint8_t> samples(planes.size());
  for (std::int64_t k = 0; k < channels * area; ++k) {
    samples[static_cast<std::size_t>(k % area * channels + k / area)] = planes[static_cast<std::size_t>(k)];
  }
  Errors errors;
  Buffer buffer;
  jpeg_compress_struct info{};
  info.err = quiet(errors);
  const bool coded = try_compress(info, errors, buffer, samples.data(), {channels, height, width}, coding);
  jpeg_destroy_compress(&info);
  require(coded, "jpeg: {} x {} pixels cannot be coded", height, width);
  kJpeg.decode({buffer.bytes, buffer.size}, "recoded", channels, planes);
}

}  // namespace equinfo
