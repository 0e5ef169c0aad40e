#pragma once

#include <cmath>

#include "report/embedding_result.h"

namespace equinfo {

inline Estimate fixed_estimate(Quantity quantity, double nats, double half_width, std::optional<double> ceiling) {
  Estimate estimate;
  estimate.quantity = quantity;
  estimate.nats = nats;
  estimate.ci_low = nats - half_width;
  estimate.ci_high = nats + half_width;
  estimate.std_error = half_width / 2.0;
  estimate.ceiling_nats = ceiling;
  return estimate;
}

/// A panel with given informations, every chain rule exact.
inline Panel fixed_panel(const std::string& estimator, double z_y, double z_t, double synergy) {
  const double h_y = std::log(10.0), h_t = std::log(4.0);
  Panel panel{estimator, {}, 1e-15, {{"chosen", "lda"}}};
  panel.estimates = {fixed_estimate(Quantity::kZY, z_y, 0.044, h_y),
                     fixed_estimate(Quantity::kZT, z_t, 0.026, h_t),
                     fixed_estimate(Quantity::kZYGivenT, z_y + synergy, 0.045, h_y),
                     fixed_estimate(Quantity::kZTGivenY, z_t + synergy, 0.028, h_t),
                     fixed_estimate(Quantity::kZYT, z_y + z_t + synergy, 0.055, h_y + h_t),
                     fixed_estimate(Quantity::kYT, 0.0, 0.0, h_t),
                     fixed_estimate(Quantity::kYTGivenZ, synergy, 0.015, {}),
                     fixed_estimate(Quantity::kSynergy, synergy, 0.015, h_t - z_t),
                     fixed_estimate(Quantity::kSynergyShare, synergy / (h_t - z_t), 0.016, {})};
  panel.estimates.back().kind = EstimateKind::kRatio;
  return panel;
}

/// What a trained encoder on images rotated four ways might look like.
inline EmbeddingResult fixed_result() {
  EmbeddingResult result;
  result.run = "demo";
  result.file = "runs/demo/features.h5";
  result.layer = "encoder";
  result.epoch = 7;
  result.rows = 20000;
  result.sources = 5000;
  result.dims = 512;
  result.classes = 10;
  result.transforms = 4;
  result.sources_given = true;
  result.transform_name = "rotation4";
  result.split = "test";
  result.design.h_y = std::log(10.0);
  result.design.h_t = std::log(4.0);
  result.design.h_yt = std::log(40.0);
  result.panels = {fixed_panel("best", 1.162, 0.446, 0.045), fixed_panel("best_bound", 1.131, 0.42, 0.041),
                   fixed_panel("knn", 1.08, 0.39, 0.03)};
  for (Estimate& estimate : result.panels[1].estimates) {
    if (estimate.quantity <= Quantity::kZYT) estimate.kind = EstimateKind::kLowerBound;
  }
  result.verdict = Verdict{VerdictLevel::kGreen, {"the probe and kNN agree", "sources are kept together"}};
  result.seed = 1;
  result.seconds = 41.3;
  return result;
}

}  // namespace equinfo
