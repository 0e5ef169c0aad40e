#include "estimators/quantized.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "compute/parallel.h"
#include "core/error.h"
#include "core/large_buffer.h"
#include "estimators/codebook.h"
#include "estimators/entropy.h"
#include "resampling/source_folds.h"

namespace equinfo {
namespace {

using Counts = std::vector<std::int64_t>;

/// How often each codeword met each label, cell, or anything: joint counts are [codewords · labels].
struct Tables {
  Counts q, y, t, cell, q_y, q_t, q_cell;
};

/// I(Q;Y), I(Q;T), I(Q;Y,T), S, I(Q;Y|T), I(Q;T|Y).
using Values = std::array<double, 6>;

/// The rows that one codebook is counted on.
struct Half {
  std::vector<std::int64_t> rows;
  std::vector<std::int32_t> codeword, group;  // of each of the rows
  std::int64_t codewords = 0;
};

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Counts the rows outside one group (−1: all rows).
Tables count(const Half& half, const Labels& labels, std::int32_t left_out) {
  const std::int64_t k = half.codewords, classes = labels.classes, transforms = labels.transforms,
                     cells = labels.cells();
  Tables c{Counts(at(k)),           Counts(at(classes)),        Counts(at(transforms)), Counts(at(cells)),
           Counts(at(k * classes)), Counts(at(k * transforms)), Counts(at(k * cells))};
  for (std::size_t i = 0; i < half.rows.size(); ++i) {
    if (half.group[i] == left_out) continue;
    const std::int64_t q = half.codeword[i], row = half.rows[i];
    const std::int64_t y = labels.y[at(row)], t = labels.t[at(row)], cell = labels.cell(row);
    ++c.q[at(q)], ++c.y[at(y)], ++c.t[at(t)], ++c.cell[at(cell)];
    ++c.q_y[at(q * classes + y)], ++c.q_t[at(q * transforms + t)], ++c.q_cell[at(q * cells + cell)];
  }
  return c;
}

Values values_of(const Tables& c, const EntropyCorrection& correction) {
  const double h_q = correction.entropy(c.q);
  const double z_y = h_q + correction.entropy(c.y) - correction.entropy(c.q_y);
  const double z_t = h_q + correction.entropy(c.t) - correction.entropy(c.q_t);
  const double z_yt = h_q + correction.entropy(c.cell) - correction.entropy(c.q_cell);
  return {z_y, z_t, z_yt, z_yt - z_y - z_t, z_yt - z_t, z_yt - z_y};
}

/// ln p̂(q,y)/(p̂(q) p̂(y)) from counts.
double pointwise(std::int64_t joint, std::int64_t first, std::int64_t second, std::size_t rows) {
  return std::log(static_cast<double>(joint) * static_cast<double>(rows) /
                  (static_cast<double>(first) * static_cast<double>(second)));
}

/// Writes the half's rows: plug-in terms, lifted so that their mean is the corrected value.
void write_rows(const Half& half, const Labels& labels, const Tables& c, const Values& corrected,
                RowInformation& rows) {
  const Values plain = values_of(c, entropy_correction_named("plug-in"));
  const std::int64_t classes = labels.classes, transforms = labels.transforms, cells = labels.cells();
  for (std::size_t i = 0; i < half.rows.size(); ++i) {
    const std::int64_t q = half.codeword[i], row = half.rows[i];
    const std::int64_t y = labels.y[at(row)], t = labels.t[at(row)], cell = labels.cell(row);
    const std::int64_t n_q = c.q[at(q)];
    const auto size = half.rows.size();
    rows.z_y[at(row)] = pointwise(c.q_y[at(q * classes + y)], n_q, c.y[at(y)], size) + corrected[0] - plain[0];
    rows.z_t[at(row)] = pointwise(c.q_t[at(q * transforms + t)], n_q, c.t[at(t)], size) + corrected[1] - plain[1];
    rows.z_yt[at(row)] =
        pointwise(c.q_cell[at(q * cells + cell)], n_q, c.cell[at(cell)], size) + corrected[2] - plain[2];
  }
}

/// The variance of each value by leaving out one group in turn: (J − 1)/J Σ (v₋ⱼ − v̄)² (Quenouille; Tukey 1958).
Values jackknife_variance(const Half& half, const Labels& labels, const EntropyCorrection& correction, int groups,
                          int threads) {
  std::vector<Values> without(static_cast<std::size_t>(groups));
  parallel_for(groups, threads, [&](std::int64_t j) {
    without[at(j)] = values_of(count(half, labels, static_cast<std::int32_t>(j)), correction);
  });
  Values variance{};
  const double factor = (groups - 1.0) / groups;
  for (std::size_t v = 0; v < variance.size(); ++v) {
    double mean = 0.0;
    for (const Values& values : without) mean += values[v] / groups;
    for (const Values& values : without) variance[v] += factor * (values[v] - mean) * (values[v] - mean);
  }
  return variance;
}

LargeMatrix gather(MatrixView<const float> z, const std::vector<std::int64_t>& rows) {
  LargeMatrix chosen(static_cast<std::int64_t>(rows.size()), z.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::ranges::copy(z.row(rows[i]), chosen.row(static_cast<std::int64_t>(i)).begin());
  }
  return chosen;
}

/// Two halves of the sources, each cut into groups of sources; codewords of a half are fitted on the other.
std::array<Half, 2> make_halves(MatrixView<const float> z, const Labels& labels, int groups,
                                const QuantizedOptions& options) {
  // Unstratified: groups balanced by label would hide the part of the variance that comes from the labels' own counts.
  const std::vector<std::int32_t> stratum(at(labels.rows()), 0);
  const SourceFolds folds = make_source_folds(labels.source, labels.sources, stratum, {2, groups, options.seed, 0});
  std::array<Half, 2> halves;
  for (std::int64_t i = 0; i < labels.rows(); ++i) {
    Half& half = halves[at(folds.fold(i))];
    half.rows.push_back(i);
    half.group.push_back(folds.chunk[at(i)] % groups);
  }
  for (std::size_t h = 0; h < 2; ++h) {
    const Codebook codebook =
        fit_codebook(gather(z, halves[1 - h].rows), {options.codewords, 50, options.seed, h, options.threads});
    halves[h].codeword = nearest_codewords(codebook, gather(z, halves[h].rows), options.threads);
    halves[h].codewords = codebook.size();
  }
  return halves;
}

}  // namespace

QuantizedInformation quantized_information(MatrixView<const float> z, const Labels& labels,
                                           const QuantizedOptions& options) {
  require(z.rows() == labels.rows(), "quantized: z has {} rows but the labels {}", z.rows(), labels.rows());
  require(options.jackknife_groups >= 2, "quantized: {} jackknife groups are too few, at least 2 are needed",
          options.jackknife_groups);
  require(labels.sources >= 4, "quantized: {} sources are too few, at least 4 are needed", labels.sources);
  const EntropyCorrection& correction = entropy_correction_named(options.correction);
  const auto groups = static_cast<int>(std::min<std::int64_t>(options.jackknife_groups, labels.sources / 2));
  const auto halves = make_halves(z, labels, groups, options);
  const std::vector<double> zeros(at(labels.rows()), 0.0);
  QuantizedInformation result{
      {zeros, zeros, zeros}, {}, {}, {}, {}, {}, {}, std::min(halves[0].codewords, halves[1].codewords)};
  const std::array<ClusteredMean*, 6> outputs{&result.z_y,     &result.z_t,         &result.z_yt,
                                              &result.synergy, &result.z_y_given_t, &result.z_t_given_y};
  for (const Half& half : halves) {
    const Tables counts = count(half, labels, -1);
    const Values corrected = values_of(counts, correction);
    write_rows(half, labels, counts, corrected, result.rows);
    const Values variance = jackknife_variance(half, labels, correction, groups, options.threads);
    const double share = static_cast<double>(half.rows.size()) / static_cast<double>(labels.rows());
    for (std::size_t v = 0; v < outputs.size(); ++v) {
      outputs[v]->mean += share * corrected[v];
      outputs[v]->std_error += share * share * variance[v];
    }
  }
  for (ClusteredMean* output : outputs) output->std_error = std::sqrt(output->std_error);
  return result;
}

}  // namespace equinfo
