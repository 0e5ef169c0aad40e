#pragma once

#include <cstdint>

#include "audit/image_rows.h"

namespace equinfo {

/// Images without content that could pass for others by their look: isotropic, stationary Gaussian fields with the
/// data's mean radial spectrum and the data's covariance of the channels, each with the mean and deviation of one of
/// the images, rounded to bytes. Whatever tells T from them is no content: it is how T is carried out. They hold no
/// mark that lies in the files already. Image i is made from image i alone and the statistics of all.
/// Cost: 2·h·w random numbers and 16·h·w·(h + w) operations a channel.
ImageRows surrogate_images(const ImageRows& images, std::uint64_t seed, int threads);

}  // namespace equinfo
