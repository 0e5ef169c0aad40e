#pragma once

#include "encoder/encoder.h"

// The table of encoders, one line each: `NAME` stands for the function `EncoderKind NAME()` of a file of this folder.
#define EQUINFO_ENCODERS(line) line(resnet) line(p4_resnet) line(p4m_resnet) line(vit)

namespace equinfo {

/// An encoder of this class.
template <class Kind, class... Arguments>
Encoder new_encoder(const Arguments&... arguments) {
  return std::shared_ptr<EncoderImpl>(std::make_shared<Kind>(arguments...));
}

namespace encoder_table {

#define EQUINFO_DECLARE(name) EncoderKind name();
EQUINFO_ENCODERS(EQUINFO_DECLARE)
#undef EQUINFO_DECLARE

}  // namespace encoder_table
}  // namespace equinfo
