#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// One image in doubles, and transformations of it written pixel by pixel as their definitions read: what the batched
/// ones are held against.
struct Picture {
  std::int64_t channels = 0, height = 0, width = 0;
  std::vector<double> values;

  double& at(std::int64_t c, std::int64_t i, std::int64_t j);
  double at(std::int64_t c, std::int64_t i, std::int64_t j) const;
};

/// Where the pixel (i, j) of the result comes from.
struct Place {
  std::int64_t row = 0, column = 0;
};

/// hflip, vflip, rotation4 and d4, moved pixel by pixel.
Picture moved(const Picture& picture, const std::string& name, std::int64_t value);
/// Turned counter-clockwise about the centre, bilinearly, black outside.
Picture turned(const Picture& picture, double degrees);
/// The window at (top, left) in shares of the free play, enlarged; the border pixel outside.
Picture window(const Picture& picture, double top, double left, double size);
/// Convolved with a Gaussian of 2 · half + 1 pixels, mirrored at the edges.
Picture blurred(const Picture& picture, double sigma, std::int64_t half);
/// Tiles of a grid put in an order; tile i of the result is tile order[i].
Picture shuffled(const Picture& picture, const std::vector<std::int64_t>& order, std::int64_t grid);
/// Brightness, contrast, saturation by factors, then hue by a turn, as PIL and torchvision define them, unrounded.
Picture jittered(const Picture& picture, double brightness, double contrast, double saturation, double hue);
