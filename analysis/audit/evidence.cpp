#include "audit/evidence.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "compute/blas.h"
#include "compute/parallel.h"
#include "core/error.h"
#include "core/random.h"
#include "estimators/lda.h"
#include "estimators/probe_posteriors.h"

namespace equinfo {
namespace {

constexpr int kParts = 4, kClassGroups = 5, kGroupings = 5;
constexpr std::int64_t kBlockRows = 1024;

/// Classes in a random order are dealt to folds, and on to parts, so that a fold's gate too is fitted on classes that
/// the probes scoring them have not seen.
SourceFolds class_folds(const Labels& labels, std::uint64_t seed, int grouping) {
  SourceFolds folds{std::min(kClassGroups, labels.classes), kParts, {}};
  RandomStream stream(seed, "audit class groups", static_cast<std::uint64_t>(grouping));
  const auto order = stream.permutation(labels.classes);
  std::vector<std::int32_t> chunk(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) {
    const auto place = static_cast<std::int32_t>(k);
    chunk[static_cast<std::size_t>(order[k])] = place % folds.folds * kParts + place % kParts;
  }
  for (const std::int32_t y : labels.y) folds.chunk.push_back(chunk[static_cast<std::size_t>(y)]);
  return folds;
}

std::vector<SourceFolds> class_groupings(const Labels& labels, std::uint64_t seed) {
  std::vector<SourceFolds> groupings;
  if (labels.classes < 3) return groupings;
  const int count = labels.classes > kClassGroups ? kGroupings : 1;
  for (int k = 0; k < count; ++k) groupings.push_back(class_folds(labels, seed, k));
  return groupings;
}

Labels without_classes(const Labels& labels) {
  Labels alone = labels;
  std::ranges::fill(alone.y, 0);
  alone.y_values = {0};
  alone.classes = 1;
  return alone;
}

TransformEvidence evidence_of(const Matrix<float>& posteriors, const std::vector<double>& log_prior) {
  const auto transforms = static_cast<std::int64_t>(log_prior.size());
  TransformEvidence evidence(posteriors.rows(), transforms);
  for (std::int64_t i = 0; i < posteriors.rows(); ++i) {
    const auto q = posteriors.row(i);
    for (std::int64_t t = 0; t < transforms; ++t) {
      double sum = 0.0;
      for (std::size_t cell = static_cast<std::size_t>(t); cell < q.size();
           cell += static_cast<std::size_t>(transforms))
        sum += q[cell];
      const double floor = std::numeric_limits<float>::min(), prior = log_prior[static_cast<std::size_t>(t)];
      // Of a value that few rows happen not to show nothing is known.
      evidence(i, t) = std::isfinite(prior) ? static_cast<float>(std::log(std::max(sum, floor)) - prior) : 0.0F;
    }
  }
  return evidence;
}

/// Allows for the error that a probe has not met yet: of n images it has got right, the next may be the first it gets
/// wrong. q ← (1 − ε) q + ε p(y) p(t), ε = 1/n; without it a single row can cost more than all the others tell.
void allow_for_surprise(Matrix<float>& posteriors, const LogPriors& priors, double images) {
  const double share = 1.0 / std::max(2.0, images);
  std::vector<float> prior;
  for (const double log_p : priors.cell) prior.push_back(static_cast<float>(share * std::exp(log_p)));
  for (std::int64_t i = 0; i < posteriors.rows(); ++i) {
    const auto q = posteriors.row(i);
    for (std::size_t c = 0; c < q.size(); ++c) q[c] = static_cast<float>(1.0 - share) * q[c] + prior[c];
  }
}

Matrix<float> cautious_posteriors(const ProbeKind& kind, const ProbeInput& input) {
  Matrix<float> posteriors = probe_posteriors(kind, input);
  const double others = 1.0 - 1.0 / static_cast<double>(input.folds.folds);
  allow_for_surprise(posteriors, input.priors, others * static_cast<double>(input.labels.sources));
  return posteriors;
}

const ProbeKind kLda{"lda", "", bind_lda, nullptr};

/// The same with every cell's own mean: two halves of few classes say little about which effects to keep.
const ProbeKind kPlainLda{
    "lda", "",
    [](const ProbeInput& input) -> JointProbe {
      const auto statistics = std::make_shared<const LdaStatistics>(input);
      return [statistics](std::span<const std::int32_t> chunks) -> CellScorer {
        const auto rule = std::make_shared<const LinearRule>(statistics->fit(chunks, CellMeans::kPlain).rule);
        return [rule](MatrixView<const float> z, MatrixView<float> scores) { apply_rule(*rule, z, scores); };
      };
    },
    nullptr};

}  // namespace

AuditRows cut_rows(Labels labels, int folds, std::uint64_t seed, int threads) {
  AuditRows rows;
  rows.labels = std::move(labels);
  rows.t_alone = without_classes(rows.labels);
  rows.priors = log_priors(rows.labels);
  rows.t_priors = log_priors(rows.t_alone);
  rows.folds = make_source_folds(rows.labels.source, rows.labels.sources, rows.labels.y, {folds, kParts, seed, 0});
  rows.unseen = class_groupings(rows.labels, seed);
  rows.seed = seed;
  rows.threads = threads;
  return rows;
}

Matrix<float> standardised(const Matrix<float>& features) {
  const std::int64_t n = features.rows(), d = features.cols();
  std::vector<double> mean(static_cast<std::size_t>(d)), squares(mean.size());
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < mean.size(); ++j) mean[j] += features.row(i)[j];
  }
  for (double& value : mean) value /= static_cast<double>(n);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < mean.size(); ++j) {
      const double from_mean = features.row(i)[j] - mean[j];
      squares[j] += from_mean * from_mean;
    }
  }
  std::vector<std::size_t> kept;
  for (std::size_t j = 0; j < mean.size(); ++j) {
    const double deviation = std::sqrt(squares[j] / static_cast<double>(n));
    if (deviation > 1e-6 * (1.0 + std::abs(mean[j]))) kept.push_back(j);
  }
  Matrix<float> result(n, std::max<std::int64_t>(1, static_cast<std::int64_t>(kept.size())));
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < kept.size(); ++k) {
      const std::size_t j = kept[k];
      result.row(i)[k] =
          static_cast<float>((features.row(i)[j] - mean[j]) / std::sqrt(squares[j] / static_cast<double>(n)));
    }
  }
  return result;
}

Matrix<float> with_random_rectifiers(const Matrix<float>& x, std::int64_t count, std::uint64_t seed, int threads,
                                     std::uint64_t draw) {
  if (count == 0) return x;
  RandomStream stream(seed, "audit rectifiers", draw);
  Matrix<float> weights(x.cols(), count), rectified(x.rows(), count);
  std::vector<float> bias;
  for (std::int64_t k = 0; k < x.cols() * count; ++k) {
    weights.data()[k] = static_cast<float>(stream.normal() / std::sqrt(static_cast<double>(x.cols())));
  }
  for (std::int64_t k = 0; k < count; ++k) bias.push_back(static_cast<float>(stream.normal()));
  parallel_for((x.rows() + kBlockRows - 1) / kBlockRows, threads, [&](std::int64_t block) {
    const std::int64_t first = block * kBlockRows, size = std::min(kBlockRows, x.rows() - first);
    multiply(1.0F, x.view().middle_rows(first, size), Transpose::kNo, weights, Transpose::kNo, 0.0F,
             rectified.view().middle_rows(first, size));
    for (std::int64_t i = first; i < first + size; ++i) {
      for (std::size_t k = 0; k < bias.size(); ++k) {
        float& value = rectified.row(i)[k];
        value = std::max(0.0F, value + bias[k]);
      }
    }
  });
  const Matrix<float> scaled = standardised(rectified);
  Matrix<float> both(x.rows(), x.cols() + scaled.cols());
  for (std::int64_t i = 0; i < x.rows(); ++i) {
    std::ranges::copy(x.row(i), both.row(i).begin());
    std::ranges::copy(scaled.row(i), both.row(i).begin() + x.cols());
  }
  return both;
}

TransformEvidence known_class_evidence(const Matrix<float>& x, const AuditRows& rows) {
  const ProbeInput input{x, rows.t_alone, rows.folds, rows.t_priors, rows.seed, rows.threads};
  return evidence_of(cautious_posteriors(kLda, input), rows.t_priors.t);
}

TransformEvidence unseen_class_evidence(const Matrix<float>& x, const AuditRows& rows, std::size_t grouping) {
  require(grouping < rows.unseen.size(),
          "audit: {} classes are too few to test on classes a probe has not seen; 3 needed", rows.labels.classes);
  const ProbeInput input{x, rows.t_alone, rows.unseen[grouping], rows.t_priors, rows.seed, rows.threads};
  return evidence_of(cautious_posteriors(kPlainLda, input), rows.t_priors.t);
}

JointReading joint_reading(const Matrix<float>& x, const AuditRows& rows) {
  const ProbeInput input{x, rows.labels, rows.folds, rows.priors, rows.seed, rows.threads};
  const Matrix<float> posteriors = cautious_posteriors(kLda, input);
  const Labels& labels = rows.labels;
  JointReading reading{std::vector<double>(labels.y.size()), evidence_of(posteriors, rows.priors.t),
                       TransformEvidence(labels.rows(), labels.transforms)};
  const double floor = std::numeric_limits<float>::min();
  for (std::int64_t i = 0; i < labels.rows(); ++i) {
    const auto r = static_cast<std::size_t>(i);
    const auto y = static_cast<std::size_t>(labels.y[r]);
    const auto of_class = posteriors.row(i).subspan(y * rows.priors.t.size(), rows.priors.t.size());
    double sum = 0.0;
    for (const float q : of_class) sum += q;
    const double log_class = std::log(std::max(sum, floor));
    reading.z_y[r] = log_class - rows.priors.y[y];
    for (std::size_t t = 0; t < of_class.size(); ++t) {
      const double log_cell = std::log(std::max<double>(of_class[t], floor));
      const double given_class = log_cell - log_class - rows.priors.t[t];
      reading.interaction.row(i)[t] =
          std::isfinite(given_class) ? static_cast<float>(given_class - reading.evidence.row(i)[t]) : 0.0F;
    }
  }
  return reading;
}

std::vector<double> information_of(const TransformEvidence& evidence, const Labels& labels) {
  std::vector<double> information(labels.t.size());
  for (std::size_t i = 0; i < information.size(); ++i) {
    information[i] = evidence(static_cast<std::int64_t>(i), labels.t[i]);
  }
  return information;
}

}  // namespace equinfo
