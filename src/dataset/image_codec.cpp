#include "dataset/image_codec.h"

#include "core/error.h"

namespace equinfo {

const ImageCodec& codec_of(std::span<const std::uint8_t> bytes, const std::string& name) {
  require_file(!bytes.empty(), "{}: empty file", name);
  for (const auto* codec : {&kJpeg, &kPng}) {
    if (codec->recognises(bytes)) return *codec;
  }
  throw IoError(fmt::format("{}: neither a JPEG nor a PNG image", name));
}

}  // namespace equinfo
