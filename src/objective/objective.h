#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace equinfo {

class PretextModelImpl;
struct ObjectiveInput;
struct ObjectiveLosses;

/// Which objective, and its numbers. Each objective names the ones it uses; the others keep their defaults.
struct ObjectiveOptions {
  std::string name = "transformation";
  double add_class = 0;        ///< λ₁ ≥ 0: the encoder helps to lower λ₁ times the class's cross-entropy
  double eliminate_class = 0;  ///< λ₂ ≥ 0: it works against a class head, to raise λ₂ times its cross-entropy
  std::int64_t class_hidden = 0;  ///< hidden units of the class head; 0 makes it linear
  std::int64_t projection = 128;  ///< values of the projection that is compared; 0: z itself
  double temperature = 0.5;       ///< of NT-Xent; > 0
  double transform_weight = 0.4;  ///< of the transformation's cross-entropy beside NT-Xent; ≥ 0
  double alignment = 1, uniformity = 1, equivariance = 1;  ///< weights of CARE's parts; ≥ 0, not all 0
  std::int64_t groups = 4;                                 ///< parts of a batch with one value of T each; ≥ 1
};

/// Parts that losses consist of, each a column of metrics.csv.
enum class LossTerm { kTransform, kClass, kContrast, kAlignment, kUniformity, kEquivariance };
inline constexpr std::array kLossTermNames{"transform", "class", "contrast", "alignment", "uniformity", "equivariance"};
inline constexpr std::int64_t kLossTerms = kLossTermNames.size();

/// One picture of an image that the encoder is shown in a step.
struct View {
  std::int64_t draw = 0;     ///< which of the image's independent augmentations; equal numbers are equal augmentations
  bool transformed = false;  ///< whether T is applied behind it
};

/// What an objective asks of the training loop.
struct ObjectiveNeeds {
  std::vector<View> views;      ///< at least one; the class probe learns from the first
  bool transform_head = false;  ///< predicts T from z
  bool class_head = false;      ///< predicts the class from z; the class probe is another one
  bool projection = false;      ///< from z to what is compared
  std::int64_t groups = 0;      ///< > 0: images of each of so many equal parts of a batch share T and its noise
  bool trains_encoder = true;   ///< false: z comes without gradients, from an encoder in evaluation mode
  bool couples_images = false;  ///< an image's loss depends on the others of its batch, which must not be divided
};

/// What a run minimises.
struct Objective {
  std::string name;               ///< as in configurations, such as "transformation"
  std::string summary;            ///< one line for --help
  std::vector<std::string> keys;  ///< the [objective] keys it uses besides `name`, such as "temperature"

  ObjectiveNeeds (*needs)(const ObjectiveOptions& options);
  /// The losses of one batch. Nothing is copied to the host.
  ObjectiveLosses (*losses)(PretextModelImpl& model, const ObjectiveInput& input);
};

/// Every objective the project knows, in the order of the table.
const std::vector<Objective>& objectives();
/// Their names.
std::vector<std::string> objective_names();
/// The objective of this name. Throws std::invalid_argument with the nearest known name.
const Objective& find_objective(const std::string& name);
/// A line an objective: for --help.
std::string objective_list();

}  // namespace equinfo
