#include "estimators/evidence_lanes.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "compute/vectorised.h"

namespace equinfo {
namespace {

constexpr float kTiny = 1e-26F;  // far above where the exponential of float32 ends

std::vector<float> rounded(const std::vector<double>& log_priors) {
  std::vector<float> floats(log_priors.size(), LanePriors::kLogZero);
  for (std::size_t k = 0; k < floats.size(); ++k) {
    if (std::isfinite(log_priors[k])) floats[k] = static_cast<float>(log_priors[k]);
  }
  return floats;
}

[[gnu::always_inline]] inline void raise_to(Floats& largest, const Floats& value) {
  largest = value > largest ? value : largest;
}

/// The same with sixteen floats anywhere: a reference to them would pass for one to an aligned vector.
[[gnu::always_inline]] inline void raise_to_at(Floats& largest, const float* values) {
  const Floats value = lanes_at(values);
  raise_to(largest, value);
}

/// Cells `step` apart, `count` of them: those of a class or of a transformation.
struct CellRange {
  std::size_t first, step, count;
};

/// The sum of the range's weights becomes its logarithm.
[[gnu::always_inline]] inline void log_of_sum(const LanePriors& priors, const float* scores, const CellRange& range,
                                              Floats& sum) {
  const Ints tiny = sum < kTiny;
  if (!in_some_lane(tiny)) {
    take_logarithm(sum);
    return;
  }
  Floats largest = Floats{} + LanePriors::kLogZero, anew{};
  for (std::size_t k = 0, cell = range.first; k < range.count; ++k, cell += range.step) {
    if (LanePriors::is_possible(priors.cell[cell])) raise_to_at(largest, scores + cell * kLanes);
  }
  for (std::size_t k = 0, cell = range.first; k < range.count; ++k, cell += range.step) {
    if (!LanePriors::is_possible(priors.cell[cell])) continue;
    Floats weight = lanes_at(scores + cell * kLanes) - largest;
    exponentiate(weight);
    anew += weight;
  }
  sum = tiny ? Floats{} + 1.0F : sum;
  take_logarithm(sum);
  take_logarithm(anew);
  sum = tiny ? largest + anew : sum;
}

/// Scores relative to the row's largest, and the sums of their exponentials by class and by transformation.
[[gnu::always_inline]] inline void weigh(const LanePriors& priors, const float* scores, std::ptrdiff_t stride, float* a,
                                         float* b, float* c) {
  Floats top = Floats{} + LanePriors::kLogZero;
  for (std::size_t cell = 0; cell < priors.cell.size(); ++cell) {
    if (LanePriors::is_possible(priors.cell[cell])) {
      raise_to_at(top, scores + static_cast<std::ptrdiff_t>(cell) * stride);
    }
  }
  std::fill_n(b, priors.t.size() * kLanes, 0.0F);
  for (std::size_t y = 0, cell = 0; y < priors.y.size(); ++y) {
    Floats of_class{};
    for (std::size_t t = 0; t < priors.t.size(); ++t, ++cell) {
      if (!LanePriors::is_possible(priors.cell[cell])) continue;
      Floats weight = lanes_at(scores + static_cast<std::ptrdiff_t>(cell) * stride) - top;
      lanes_at(c + cell * kLanes) = weight;
      exponentiate(weight);
      of_class += weight;
      lanes_at(b + t * kLanes) += weight;
    }
    lanes_at(a + y * kLanes) = of_class;
  }
}

/// ln of a class's (transformation's) weight becomes its evidence.
[[gnu::always_inline]] inline void take_prior(float* evidence, const std::vector<float>& prior, const Floats& norm) {
  for (std::size_t k = 0; k < prior.size(); ++k) {
    const Floats log_q = lanes_at(evidence + k * kLanes) - norm;
    lanes_at(evidence + k * kLanes) = LanePriors::is_possible(prior[k]) ? log_q - prior[k] : Floats{};
  }
}

/// u = ln p + gate · (A, B, C) of every cell, and its largest.
[[gnu::always_inline]] inline void gated_logs(const LanePriors& priors, const float* evidence,
                                              const std::array<float, 3>& gate, float* u, Floats& top) {
  const float *a = evidence, *b = a + priors.y.size() * kLanes, *c = b + priors.t.size() * kLanes;
  top = Floats{} + LanePriors::kLogZero;
  for (std::size_t y = 0, cell = 0; y < priors.y.size(); ++y) {
    const Floats of_class = gate[0] * lanes_at(a + y * kLanes);
    for (std::size_t t = 0; t < priors.t.size(); ++t, ++cell) {
      const Floats value =
          (priors.cell[cell] + of_class) + gate[1] * lanes_at(b + t * kLanes) + gate[2] * lanes_at(c + cell * kLanes);
      raise_to(top, value);
      lanes_at(u + cell * kLanes) = value;
    }
  }
}

/// u of the rows' own cells.
[[gnu::always_inline]] inline void own_log(const OwnLanes& own, const std::array<float, 3>& gate, Floats& u) {
  u = lanes_at(own.log_prior.data()) + gate[0] * lanes_at(own.a.data()) + gate[1] * lanes_at(own.b.data()) +
      gate[2] * lanes_at(own.c.data());
}

/// Σ weight · (1, A, B, C, AA, BA, BB, CA, CB, CC) over the cells.
struct Moments {
  Floats sum{}, a{}, b{}, c{}, aa{}, ba{}, bb{}, ca{}, cb{}, cc{};
};

[[gnu::always_inline]] inline void add_moments(const LanePriors& priors, const float* evidence, const float* u,
                                               const Floats& top, Moments& all) {
  const float *b = evidence + priors.y.size() * kLanes, *c = b + priors.t.size() * kLanes;
  for (std::size_t y = 0, cell = 0; y < priors.y.size(); ++y) {
    const Floats a = lanes_at(evidence + y * kLanes);
    Floats weights{}, weights_b{}, weights_c{};
    for (std::size_t t = 0; t < priors.t.size(); ++t, ++cell) {
      Floats weight = lanes_at(u + cell * kLanes) - top;
      exponentiate(weight);
      const Floats weight_b = weight * lanes_at(b + t * kLanes), weight_c = weight * lanes_at(c + cell * kLanes);
      weights += weight;
      weights_b += weight_b;
      weights_c += weight_c;
      all.bb += weight_b * lanes_at(b + t * kLanes);
      all.cb += weight_c * lanes_at(b + t * kLanes);
      all.cc += weight_c * lanes_at(c + cell * kLanes);
    }
    all.sum += weights;
    all.a += weights * a;
    all.b += weights_b;
    all.c += weights_c;
    all.aa += weights * a * a;
    all.ba += weights_b * a;
    all.ca += weights_c * a;
  }
}

[[gnu::always_inline]] inline void add_live(const OwnLanes& own, const Floats& value, Doubles& sum) {
  const Floats live = lanes_at(own.live.data()) * value;
  sum += __builtin_convertvector(live, Doubles);
}

/// Each row's own entry of an array [values][16].
[[gnu::always_inline]] inline void pick(const float* values, const std::array<std::int32_t, kLanes>& own,
                                        Floats& picked) {
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    picked[lane] = values[static_cast<std::size_t>(own[lane]) * kLanes + lane];
  }
}

/// ln of a marginal's share; a weight that underflowed still has the logarithm of its own cell.
[[gnu::always_inline]] inline void log_share(Floats weight, const Floats& own_cell, const Floats& log_sum,
                                             std::array<float, kLanes>& share) {
  const Ints underflowed = weight < std::numeric_limits<float>::min();
  weight = underflowed ? Floats{} + 1.0F : weight;
  take_logarithm(weight);
  weight = underflowed ? own_cell : weight;
  raise_to(weight, own_cell);
  lanes_at(share.data()) = weight - log_sum;
}

}  // namespace

LanePriors::LanePriors(const LogPriors& priors)
    : y(rounded(priors.y)), t(rounded(priors.t)), cell(rounded(priors.cell)), interaction(cell.size(), 0.0F) {
  for (std::size_t c = 0; c < cell.size(); ++c) {
    if (is_possible(cell[c])) {
      interaction[c] = static_cast<float>(priors.cell[c] - priors.y[c / t.size()] - priors.t[c % t.size()]);
    }
  }
}

EQUINFO_VECTORISED void read_evidence(const LanePriors& priors, const float* scores, std::ptrdiff_t stride,
                                      float* evidence) {
  const std::size_t classes = priors.y.size(), transforms = priors.t.size();
  float *a = evidence, *b = a + classes * kLanes, *c = b + transforms * kLanes;
  weigh(priors, scores, stride, a, b, c);
  Floats norm{};
  for (std::size_t y = 0; y < classes; ++y) {
    Floats sum = lanes_at(a + y * kLanes);
    norm += sum;
    log_of_sum(priors, c, {y * transforms, 1, transforms}, sum);
    lanes_at(a + y * kLanes) = sum;
  }
  take_logarithm(norm);
  for (std::size_t t = 0; t < transforms; ++t) {
    Floats sum = lanes_at(b + t * kLanes);
    log_of_sum(priors, c, {t, transforms, classes}, sum);
    lanes_at(b + t * kLanes) = sum;
  }
  for (std::size_t cell = 0; cell < priors.cell.size(); ++cell) {
    const Floats of_class = lanes_at(a + cell / transforms * kLanes),
                 of_transform = lanes_at(b + cell % transforms * kLanes);
    const Floats value = (lanes_at(c + cell * kLanes) - of_class) - (of_transform - norm) - priors.interaction[cell];
    lanes_at(c + cell * kLanes) = LanePriors::is_possible(priors.cell[cell]) ? value : Floats{};
  }
  take_prior(a, priors.y, norm);
  take_prior(b, priors.t, norm);
}

EQUINFO_VECTORISED void add_loss(const LanePriors& priors, const float* evidence, const OwnLanes& own,
                                 const std::array<float, 3>& gate, float* scratch, LossLanes& loss) {
  Floats top, own_u;
  gated_logs(priors, evidence, gate, scratch, top);
  Moments moments;
  add_moments(priors, evidence, scratch, top, moments);
  own_log(own, gate, own_u);
  const Floats share = 1.0F / moments.sum;
  const Floats a = moments.a * share, b = moments.b * share, c = moments.c * share;
  take_logarithm(moments.sum);
  add_live(own, (top - own_u) + moments.sum, loss.sum[0]);
  add_live(own, a - lanes_at(own.a.data()), loss.sum[1]);
  add_live(own, b - lanes_at(own.b.data()), loss.sum[2]);
  add_live(own, c - lanes_at(own.c.data()), loss.sum[3]);
  add_live(own, moments.aa * share - a * a, loss.sum[4]);
  add_live(own, moments.ba * share - b * a, loss.sum[5]);
  add_live(own, moments.bb * share - b * b, loss.sum[6]);
  add_live(own, moments.ca * share - c * a, loss.sum[7]);
  add_live(own, moments.cb * share - c * b, loss.sum[8]);
  add_live(own, moments.cc * share - c * c, loss.sum[9]);
}

EQUINFO_VECTORISED void read_information(const LanePriors& priors, const float* evidence, const OwnLanes& own,
                                         const std::array<float, 3>& gate, float* scratch,
                                         InformationLanes& information) {
  float *of_class = scratch, *of_transform = of_class + priors.y.size() * kLanes;
  float* u = of_transform + priors.t.size() * kLanes;
  Floats top, own_cell, picked, sum{};
  gated_logs(priors, evidence, gate, u, top);
  std::fill_n(of_transform, priors.t.size() * kLanes, 0.0F);
  for (std::size_t y = 0, cell = 0; y < priors.y.size(); ++y) {
    Floats weights{};
    for (std::size_t t = 0; t < priors.t.size(); ++t, ++cell) {
      Floats weight = lanes_at(u + cell * kLanes) - top;
      exponentiate(weight);
      weights += weight;
      lanes_at(of_transform + t * kLanes) += weight;
    }
    lanes_at(of_class + y * kLanes) = weights;
    sum += weights;
  }
  own_log(own, gate, own_cell);
  own_cell -= top;
  take_logarithm(sum);
  pick(of_class, own.y, picked);
  log_share(picked, own_cell, sum, information.z_y);
  pick(of_transform, own.t, picked);
  log_share(picked, own_cell, sum, information.z_t);
  lanes_at(information.z_yt.data()) = own_cell - sum;
}

}  // namespace equinfo
