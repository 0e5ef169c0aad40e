#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "audit/image_rows.h"
#include "core/matrix.h"

namespace equinfo {

struct ViewOptions {
  std::int64_t filters = 64;  ///< patches of the data that become filters of the whole-image view, ≥ 1
  std::uint64_t seed = 0;     ///< of the patches that are picked and of random weights
  int threads = 0;            ///< 0: all cores; features do not depend on it
};

/// A view bound to images of one size: what it reads off one of them.
struct View {
  std::int64_t dims = 0;
  /// Writes the `dims` features of one image. Called from many threads.
  std::function<void(const ImagePlanes& image, std::span<float> features)> read;
};

/// A way of looking at an image. Which there are and what each can see: README.md of this folder.
struct ViewKind {
  std::string name;     ///< as in audit.csv
  std::string summary;  ///< one line for people
  /// Whether a share that it reads makes a shortcut; views that see class are shown and decide nothing.
  bool decides = false;
  /// Random ReLU features are put beside those of a view this small (evidence.h).
  bool needs_nonlinear_rung = true;
  /// Learns from the images, without labels, what the view needs. The result holds no reference to them.
  std::function<View(const ImageRows& images, const ViewOptions& options)> bind;
};

/// All views of a single image, the deciding ones first. A new one is a file and a line in this table (view.cpp).
const std::vector<ViewKind>& view_kinds();
/// The view of this name; throws std::invalid_argument for an unknown one.
const ViewKind& find_view(const std::string& name);
/// X, the strongest view: whitened patches of the data as filters, thumbnail, level, border and frequency together.
const ViewKind& whole_image();

/// Features of all images, [count, dims]. Spread over threads by image.
Matrix<float> read_view(const View& view, const ImageRows& images, int threads);

}  // namespace equinfo
