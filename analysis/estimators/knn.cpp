#include "estimators/knn.h"

#include <algorithm>

#include "compute/parallel.h"
#include "core/error.h"
#include "estimators/digamma_table.h"
#include "estimators/knn_continuous.h"
#include "estimators/whitened_pca.h"
#include "neighbors/shared_radius.h"

namespace equinfo {
namespace {

void check_shapes(MatrixView<const float> z, const Labels& labels, const KnnOptions& options) {
  require(z.rows() == labels.rows(), "knn: z has {} rows but the labels have {}", z.rows(), labels.rows());
  require(options.k >= 1, "knn: k = {} is below 1", options.k);
  require(options.dims >= 0, "knn: dims = {} is below 0", options.dims);
}

/// One k's estimator from the rows within its radius; `eligible` of the same rows.
RowInformation information_of(const std::vector<LabelCounts>& near, const std::vector<LabelCounts>& eligible,
                              const DigammaTable& psi, int threads) {
  RowInformation rows;
  for (auto* terms : {&rows.z_y, &rows.z_t, &rows.z_yt}) terms->resize(near.size());
  parallel_for_blocks(std::ssize(near), threads, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const double all = psi(eligible[i].all + 1) - psi(near[i].all);
      rows.z_y[i] = psi(near[i].y) - psi(eligible[i].y + 1) + all;
      rows.z_t[i] = psi(near[i].t) - psi(eligible[i].t + 1) + all;
      rows.z_yt[i] = psi(near[i].yt) - psi(eligible[i].yt + 1) + all;
    }
  });
  return rows;
}

/// The estimator on coordinates as they are; every row has its eligible neighbours for the last k.
std::vector<RowInformation> informations_of(const NeighborProblem& problem, const std::vector<LabelCounts>& eligible,
                                            std::span<const int> ks, const KnnOptions& options) {
  const auto near = shared_radii(
      problem, ks, {.threads = options.threads, .engine = options.engine, .show_progress = options.show_progress});
  const DigammaTable psi(problem.z.rows());
  std::vector<LabelCounts> of_anchors;
  for (const std::int64_t row : options.anchors) of_anchors.push_back(eligible[static_cast<std::size_t>(row)]);
  std::vector<RowInformation> informations;
  for (const SharedRadius& of_k : near) {
    informations.push_back(
        information_of(of_k.counts, options.anchors.empty() ? eligible : of_anchors, psi, options.threads));
  }
  return informations;
}

NeighborProblem problem_of(const Labels& labels, MatrixView<const float> z = {}) {
  return {z, labels.y, labels.t, labels.classes, labels.transforms, labels.source};
}

/// Names the first row's cell with fewer than k eligible neighbours; empty if there is none.
std::string refusal_of(const Labels& labels, const std::vector<LabelCounts>& eligible, int k) {
  for (std::size_t i = 0; i < eligible.size(); ++i) {
    if (eligible[i].yt >= k) continue;
    return fmt::format("knn: k = {} but class {} with transformation {} has only {} eligible rows", k,
                       labels.y_values[static_cast<std::size_t>(labels.y[i])],
                       labels.t_values[static_cast<std::size_t>(labels.t[i])], eligible[i].yt);
  }
  return {};
}

}  // namespace

std::string knn_refusal(const Labels& labels, int k) {
  if (labels.continuous_t) return continuous_knn_refusal(labels, k);
  return refusal_of(labels, eligible_rows(problem_of(labels)), k);
}

int largest_knn_k(const Labels& labels) {
  if (labels.continuous_t) return largest_continuous_knn_k(labels);
  return std::ranges::min(eligible_in_cells(problem_of(labels)));
}

Matrix<float> knn_coordinates(MatrixView<const float> z, const KnnOptions& options) {
  require(options.dims >= 0, "knn: dims = {} is below 0", options.dims);
  if (options.dims > 0) {
    return apply(fit_whitened_pca(z, {.dims = options.dims, .threads = options.threads}), z, options.threads);
  }
  Matrix<float> copy(z.rows(), z.cols());
  for (std::int64_t i = 0; i < z.rows(); ++i) std::copy(z.row(i).begin(), z.row(i).end(), copy.row(i).begin());
  return copy;
}

RowInformation knn_information(MatrixView<const float> z, const Labels& labels, const KnnOptions& options) {
  return std::move(knn_curve(z, labels, std::span(&options.k, 1), options).front());
}

std::vector<RowInformation> knn_curve(MatrixView<const float> z, const Labels& labels, std::span<const int> ks,
                                      const KnnOptions& options) {
  require(!ks.empty(), "knn: no k is given");
  KnnOptions last = options;
  last.k = ks.back();
  check_shapes(z, labels, last);
  require(!labels.continuous_t || options.anchors.empty(), "knn: anchors are for a discrete T, and T is continuous");
  if (labels.continuous_t) return continuous_knn_curve(knn_coordinates(z, options), labels, ks, options);
  NeighborProblem problem = problem_of(labels, z);
  problem.anchors = options.anchors;
  const auto eligible = eligible_rows(problem);
  const std::string refusal = refusal_of(labels, eligible, ks.back());
  require(refusal.empty(), "{}", refusal);
  if (options.dims == 0) return informations_of(problem, eligible, ks, options);
  const Matrix<float> coordinates = knn_coordinates(z, options);
  problem.z = coordinates;
  return informations_of(problem, eligible, ks, options);
}

std::vector<double> ross_information(MatrixView<const float> z, const Labels& labels, LabelChoice label,
                                     const KnnOptions& options) {
  check_shapes(z, labels, options);
  const bool of_class = label == LabelChoice::kClass;
  const auto& codes = of_class ? labels.y : labels.t;
  const auto& values = of_class ? labels.y_values : labels.t_values;
  // With the other label set aside, the shared radius is the class's own.
  const std::vector<std::int32_t> one_value(codes.size());
  NeighborProblem problem{z, codes, one_value, of_class ? labels.classes : labels.transforms, 1, labels.source};
  const auto eligible = eligible_rows(problem);
  for (std::size_t i = 0; i < eligible.size(); ++i) {
    require(eligible[i].yt >= options.k, "knn: k = {} but {} {} has only {} eligible rows", options.k,
            of_class ? "class" : "transformation", values[static_cast<std::size_t>(codes[i])], eligible[i].yt);
  }
  const Matrix<float> coordinates = options.dims == 0 ? Matrix<float>() : knn_coordinates(z, options);
  if (options.dims > 0) problem.z = coordinates;
  return std::move(informations_of(problem, eligible, std::span(&options.k, 1), options).front().z_y);
}

}  // namespace equinfo
