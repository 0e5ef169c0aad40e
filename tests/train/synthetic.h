#pragma once

#include <filesystem>

#include "dataset/dataset.h"
#include "train/config.h"

/// Grey 12 × 12 images that have an up and a left: noise under a slope of brightness whose steepness is the class.
/// Classes 0, 1, 2 take turns.
equinfo::ImageDataset synthetic_images(std::int64_t count, std::uint64_t seed);

/// The same as a folder of IDX files.
void write_synthetic_dataset(const std::filesystem::path& folder, std::int64_t train, std::int64_t test);

/// A network small enough for tests, two epochs in batches of 32.
equinfo::TrainConfig tiny_config();
