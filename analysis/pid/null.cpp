#include "pid/null.h"

#include <cmath>
#include <map>
#include <optional>

#include "core/error.h"
#include "core/progress.h"
#include "core/random.h"

namespace equinfo {
namespace {

using Rows = std::vector<std::int64_t>;

/// The rows of each source, by the number of rows.
std::map<std::size_t, std::vector<Rows>> sources_by_size(const Labels& labels) {
  std::vector<Rows> rows_of(static_cast<std::size_t>(labels.sources));
  for (std::int64_t i = 0; i < labels.rows(); ++i) {
    rows_of[static_cast<std::size_t>(labels.source[static_cast<std::size_t>(i)])].push_back(i);
  }
  std::map<std::size_t, std::vector<Rows>> by_size;
  for (Rows& rows : rows_of) by_size[rows.size()].push_back(std::move(rows));
  return by_size;
}

/// Mean, spread and p-value of one part over the permutations.
NullPart summarise(const std::vector<double>& null, double observed) {
  NullPart part;
  const auto count = static_cast<double>(null.size());
  int reached = 0;
  for (const double value : null) {
    part.mean += value / count;
    reached += value >= observed ? 1 : 0;
  }
  for (const double value : null) part.std_deviation += (value - part.mean) * (value - part.mean);
  part.std_deviation = null.size() > 1 ? std::sqrt(part.std_deviation / (count - 1.0)) : 0.0;
  part.p_value = (1.0 + reached) / (1.0 + count);
  return part;
}

}  // namespace

Labels permuted_labels(const Labels& labels, std::uint64_t seed, std::uint64_t permutation) {
  RandomStream stream(seed, "pid null", permutation);
  Labels permuted = labels;
  for (const auto& [size, sources] : sources_by_size(labels)) {
    const auto giver = stream.permutation(static_cast<std::int64_t>(sources.size()));
    for (std::size_t s = 0; s < sources.size(); ++s) {
      const auto turn = stream.permutation(static_cast<std::int64_t>(size));
      const Rows& from = sources[static_cast<std::size_t>(giver[s])];
      for (std::size_t k = 0; k < size; ++k) {
        const auto given = static_cast<std::size_t>(from[static_cast<std::size_t>(turn[k])]);
        permuted.y[static_cast<std::size_t>(sources[s][k])] = labels.y[given];
        permuted.t[static_cast<std::size_t>(sources[s][k])] = labels.t[given];
      }
    }
  }
  return permuted;
}

std::vector<PidNull> pid_null(const std::vector<Pid>& observed, const Labels& labels, const PosteriorFit& fit,
                              const PidNullOptions& null_options, const PidOptions& options) {
  require(null_options.permutations >= 1, "pid null: {} permutations are too few", null_options.permutations);
  PidOptions same = options;
  same.measures.clear();
  for (const Pid& pid : observed) same.measures.push_back(pid.measure);
  std::vector<std::array<std::vector<double>, 4>> values(observed.size());
  std::optional<Progress> progress;
  if (null_options.show_progress) progress.emplace("PID null", null_options.permutations, "permutations");
  for (int b = 0; b < null_options.permutations; ++b) {
    const Labels permuted = permuted_labels(labels, null_options.seed, static_cast<std::uint64_t>(b));
    const std::vector<Pid> null = pid_from_posteriors(fit(permuted), permuted, same);
    for (std::size_t m = 0; m < null.size(); ++m) {
      for (std::size_t part = 0; part < 4; ++part) values[m][part].push_back(null[m].atoms[part].nats);
    }
    if (progress) progress->advance();
  }
  std::vector<PidNull> results;
  for (std::size_t m = 0; m < observed.size(); ++m) {
    results.push_back({observed[m].measure, {}});
    for (std::size_t part = 0; part < 4; ++part) {
      results.back().parts[part] = summarise(values[m][part], observed[m].atoms[part].nats);
    }
  }
  return results;
}

}  // namespace equinfo
