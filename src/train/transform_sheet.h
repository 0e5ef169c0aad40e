#pragma once

#include <string>

#include "dataset/dataset.h"

namespace equinfo {

/// A picture of transformations of real images, one a row: the image, then up to eight of the values, named below.
/// As a script for gnuplot that sets its own size (the pixels are in it, so it is no text). Which images: `images` in
/// turn. Continuous ones of one component take evenly spaced values, others random ones. Throws std::invalid_argument
/// if the images cannot be transformed.
std::string transform_sheet(const ImageDataset& images);

}  // namespace equinfo
