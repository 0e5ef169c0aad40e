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
  double claimed_nats = 0.0;  ///< of the posteriors' own distribution; the same for an exact table
  std::optional<double> std_error, ci_low, ci_high;  ///< clustered by source; absent for an exact table
};

/// A partial information decomposition of (S₁, S₂) → Z, in nats: R + U₁ = I(Z;S₁), R + U₂ = I(Z;S₂) and R + U₁ + U₂ +
/// Syn = I(Z;S₁,S₂), hence Syn − R = I(Z;S₁,S₂) − I(Z;S₁) − I(Z;S₂). The identities hold for `nats` and for
/// `claimed_nats`; the claimed parts of BROJA are not negative.
struct Pid {
  std::string measure;
  std::array<PidAtom, 4> atoms;                        ///< in the order of kPidParts
  double z_first = 0.0, z_second = 0.0, z_both = 0.0;  ///< I(Z;S₁), I(Z;S₂), I(Z;S₁,S₂)
  /// The minimum BROJA seeks is known to this; R and Syn may be larger, U₁ and U₂ smaller, by at most as much.
  double gap = 0.0;
  std::vector<std::string> flags;  ///< "not_converged", "overconfident", "no_source"
  /// What each target adds to each part; the mean under p(z) is the part. For paired differences between embeddings.
  std::vector<std::array<double, 4>> targets;

  const PidAtom& at(PidPart part) const { return atoms[static_cast<std::size_t>(part)]; }
};

/// How well BROJA's minimum is to be known for samples, in nats: two digits more than people are shown, and far below
/// any standard error. With many bins the search is slow near the end.
inline constexpr double kSampleTolerance = 1e-5;

struct PidOptions {
  std::vector<std::string> measures{"broja", "i_min", "i_sx"};  ///< of redundancy_measures()
  double ci_level = 0.95;                                       ///< of every interval, in (0, 1)
  RedundancyOptions redundancy;
};

/// One decomposition for each measure asked for, without errors or intervals: the distribution is taken as exact unless
/// the posterior holds observed labels.
std::vector<Pid> decompose(const JointPosterior& posterior, const PidOptions& options);

/// Decomposes the table of probabilities in a CSV file (pid/table.h). Throws as read_pid_table, and
/// std::invalid_argument for an unknown measure.
std::vector<Pid> pid_from_table(const std::string& path, const PidOptions& options);

/// Decomposes an embedding by its posteriors q(y, t | z_i), `posterior` [N, cells] with column y · transforms + t, rows
/// that sum to 1 within 1e-3. The target Z is the row. They must come from a probe that has not seen the row.
///
/// The estimate is the one-step one: each part is computed for the posteriors' own distribution (`claimed_nats`), and
/// its influence function is averaged over the rows at their own labels. I(Z;Y) becomes mean ln q(y|z)/p(y), the
/// probes' usual reading, and BROJA's minimum the mean of its two multipliers at the row's labels. To first order the
/// error of the posteriors drops out, and the clustered error of that mean is the estimate's. (The error of
/// `claimed_nats` cannot be seen in the posteriors alone: it is two to four times what they suggest.) Flags
/// "overconfident" where I(Z;Y,T) is claimed by more than .05 + 2 SE above what is achieved. Throws
/// std::invalid_argument if shapes disagree or a row is no distribution. Cost: the measures'.
std::vector<Pid> pid_from_posteriors(MatrixView<const float> posterior, const Labels& labels,
                                     const PidOptions& options);

}  // namespace equinfo
