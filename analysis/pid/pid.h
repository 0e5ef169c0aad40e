#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/matrix.h"
#include "estimators/labels.h"
#include "pid/joint_posterior.h"
#include "pid/measures.h"

namespace equinfo {

/// The four parts of I(Z;S₁,S₂). For an embedding S₁ is the class Y and S₂ the transformation T.
enum class PidPart { kRedundancy, kUniqueFirst, kUniqueSecond, kSynergy };
inline constexpr std::array kPidParts{PidPart::kRedundancy, PidPart::kUniqueFirst, PidPart::kUniqueSecond,
                                      PidPart::kSynergy};
/// "redundancy", "unique_1", "unique_2", "synergy", as in the reference tables.
std::string_view name_of(PidPart part);

/// One part, in nats. Never clipped.
struct PidAtom {
  double nats = 0.0;
  std::optional<double> std_error, ci_low, ci_high;  ///< clustered by source; absent for an exact table
};

/// How far the posteriors' own informations, mean KL(q(·|z) ‖ q(·)), are above what they achieve on the labels, mean
/// ln q(label|z)/p(label): positive where the posteriors are too sure of themselves. Nats; I(Z;Y), I(Z;T), I(Z;Y,T).
struct PidCalibration {
  double z_y = 0.0, z_t = 0.0, z_yt = 0.0;
  double z_yt_std_error = 0.0;
  double largest() const;  ///< the largest of the three in absolute value
};

/// A partial information decomposition of (S₁, S₂) → Z, in nats: R + U₁ = I(Z;S₁), R + U₂ = I(Z;S₂) and R + U₁ + U₂ +
/// Syn = I(Z;S₁,S₂), hence Syn − R = I(Z;S₁,S₂) − I(Z;S₁) − I(Z;S₂).
struct Pid {
  std::string measure;
  std::array<PidAtom, 4> atoms;                        ///< in the order of kPidParts
  double z_first = 0.0, z_second = 0.0, z_both = 0.0;  ///< I(Z;S₁), I(Z;S₂), I(Z;S₁,S₂)
  /// The minimum BROJA seeks is known to this; R and Syn may be larger, U₁ and U₂ smaller, by at most as much.
  double gap = 0.0;
  std::optional<PidCalibration> calibration;  ///< where labels are known
  std::vector<std::string> flags;             ///< "not_converged", "overconfident", "no_source"
  /// What each target adds to each part; the mean under p(z) is the part. For paired differences between embeddings.
  std::vector<std::array<double, 4>> targets;

  const PidAtom& at(PidPart part) const { return atoms[static_cast<std::size_t>(part)]; }
};

struct PidOptions {
  std::vector<std::string> measures{"broja", "i_min", "i_sx"};  ///< of redundancy_measures()
  double ci_level = 0.95;                                       ///< of every interval, in (0, 1)
  RedundancyOptions redundancy;
};

/// One decomposition for each measure asked for, without errors or intervals: the distribution is taken as exact.
std::vector<Pid> decompose(const JointPosterior& posterior, const PidOptions& options);

/// Decomposes the table of probabilities in a CSV file (pid/table.h). Throws as read_pid_table, and
/// std::invalid_argument for an unknown measure.
std::vector<Pid> pid_from_table(const std::string& path, const PidOptions& options);

/// Decomposes an embedding by its posteriors q(y, t | z_i), `posterior` [N, cells] with column y · transforms + t, rows
/// that sum to 1 within 1e-3. The target Z is the row. Priors are the posteriors' own mean, so that every identity
/// holds.
///
/// Standard errors are those of the influence functions' clustered means: exact to first order in the sampling of
/// sources (for BROJA by the envelope theorem), with the posteriors held fixed. Intervals reach factor · SE + gap, and
/// further by the largest calibration error, to both sides. Their bias from the sample is not removed; see pid/null.h.
/// Throws std::invalid_argument if shapes disagree or a row is no distribution. Cost: the measures'.
std::vector<Pid> pid_from_posteriors(MatrixView<const float> posterior, const Labels& labels,
                                     const PidOptions& options);

}  // namespace equinfo
