#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "audit/audit_csv.h"
#include "audit/reading.h"

namespace equinfo {

/// Spearman's rank correlation, ties sharing their mean rank: Pearson's correlation of the ranks. Throws
/// std::domain_error for fewer than two values or where all of one side are equal.
double rank_correlation(std::span<const double> a, std::span<const double> b);

/// How well a linear probe found the class in an encoder trained on one transformation with one seed.
struct TrainedAccuracy {
  std::string transform;
  std::uint64_t seed = 0;
  double accuracy = 0.0;
};

/// The linear probes' accuracies of an evaluation.csv (the trainer's), of the named transformations: a run belongs to
/// one whose name is a part of its folder's name between '-', such as hflip in "runs/run-hflip-seed1"; evaluated twice,
/// the later row counts. Throws IoError for a file that is none, or where two runs are of one transformation and seed.
std::vector<TrainedAccuracy> read_accuracies(const std::filesystem::path& path,
                                             const std::vector<std::string>& transforms);

/// How the audit's ranking of transformations by S agrees with that by accuracy.
struct RankAgreement {
  std::vector<std::string> transforms;       ///< that both know, in the order of audit.csv
  std::vector<double> synergy;               ///< of each, 0 where its interval reaches to zero
  std::vector<Reading> readings;             ///< of each, S as it was read
  std::vector<double> accuracy;              ///< of each, mean over the seeds
  std::vector<std::uint64_t> seeds;          ///< that trained all of them
  std::vector<std::vector<double>> by_seed;  ///< accuracies, [seeds][transforms]
  std::vector<double> correlations;          ///< of each seed
  Reading correlation;                       ///< mean of the seeds' correlations; its interval is over seeds
  double as_strong = 1.0;  ///< share of all orders that correlate as strongly with the mean accuracy, of either sign
};

/// Uses the rows without augmentation, of the first dataset (colour) if there are several. Throws std::invalid_argument
/// where fewer than three transformations or two seeds are common to both, or no S is told from zero.
RankAgreement rank_agreement(const std::vector<AuditRow>& audit, const std::vector<TrainedAccuracy>& trained,
                             double ci_level);

/// The correlation in words: how far it reaches, and what its interval does not know.
std::string agreement_sentence(const RankAgreement& agreement);
/// A small table and the same words.
std::string agreement_text(const RankAgreement& agreement);

}  // namespace equinfo
