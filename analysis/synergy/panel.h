#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "estimators/information.h"
#include "estimators/labels.h"
#include "estimators/quantity.h"

namespace equinfo {

/// All quantities of one embedding by one estimator, consistent with each other.
struct Panel {
  std::string estimator;  ///< "lda", "knn", …, "best"
  std::vector<Estimate> estimates;
  /// Largest violation of a chain rule among the estimates, in nats; zero to rounding.
  double chain_residual = 0.0;
  /// Further facts for people, in order, such as {"shrinkage", "0.013"}.
  std::vector<std::pair<std::string, std::string>> details;

  /// The estimate of one quantity; throws std::invalid_argument if the panel lacks it.
  const Estimate& at(Quantity quantity) const;
};

}  // namespace equinfo
