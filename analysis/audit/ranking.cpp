#include "audit/ranking.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "core/error.h"
#include "core/random.h"
#include "report/csv.h"
#include "report/locked_file.h"
#include "report/text_columns.h"

namespace equinfo {
namespace {

constexpr int kTextWidth = 118;

/// 1 for the smallest; equal values share the mean of their ranks.
std::vector<double> ranks_of(std::span<const double> values) {
  std::vector<double> ranks;
  for (const double value : values) {
    const auto below = std::ranges::count_if(values, [&](double other) { return other < value; });
    const auto equal = std::ranges::count(values, value);
    ranks.push_back(static_cast<double>(below) + 0.5 * static_cast<double>(equal + 1));
  }
  return ranks;
}

bool trained_with(const std::string& run, const std::string& transform) {
  const std::string name = std::filesystem::path(run).filename().string();
  return ("-" + name + "-").find("-" + transform + "-") != std::string::npos;
}

/// What is not told from zero is zero: the order of such readings is noise.
double told_from_zero(const AuditRow& row) { return row.ci_low > 0.0 ? row.nats : 0.0; }

/// Share of the orders of the transformations in which the correlation is as strong, on either side; orders beyond
/// those of eight are drawn. 1 where all of one side are equal.
double share_as_strong(std::vector<double> synergy, const std::vector<double>& accuracy) {
  constexpr std::size_t kMostCounted = 8;
  constexpr int kDraws = 20000;
  const auto equal = [](const std::vector<double>& v) { return std::ranges::count(v, v.front()) == std::ssize(v); };
  if (equal(synergy) || equal(accuracy)) return 1.0;
  const double observed = std::abs(rank_correlation(synergy, accuracy)) - 1e-12;
  std::vector<std::size_t> order(synergy.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  RandomStream stream(0, "audit ranking orders");
  std::int64_t seen = 0, strong = 0;
  const auto look = [&] {
    std::vector<double> shuffled;
    for (const std::size_t k : order) shuffled.push_back(synergy[k]);
    strong += std::abs(rank_correlation(shuffled, accuracy)) >= observed ? 1 : 0;
    ++seen;
  };
  if (order.size() <= kMostCounted) {
    do look();
    while (std::ranges::next_permutation(order).found);
  } else {
    for (int draw = 0; draw < kDraws; ++draw) {
      stream.shuffle(order);
      look();
    }
  }
  return static_cast<double>(strong) / static_cast<double>(seen);
}

std::size_t column_of(const CsvRecord& header, const std::string& name, const std::filesystem::path& path) {
  const auto found = std::ranges::find(header.fields, name);
  require_file(found != header.fields.end(), "{}: no column {}; an evaluation.csv of essl-train is needed",
               path.string(), name);
  return static_cast<std::size_t>(found - header.fields.begin());
}

using AccuracyOf = std::map<std::pair<std::string, std::uint64_t>, double>;

/// The seeds that trained every one of the transformations.
std::vector<std::uint64_t> common_seeds(const AccuracyOf& accuracy, const std::vector<std::string>& transforms) {
  std::set<std::uint64_t> seeds;
  for (const auto& [key, value] : accuracy) seeds.insert(key.second);
  std::vector<std::uint64_t> common;
  for (const std::uint64_t seed : seeds) {
    if (std::ranges::all_of(transforms, [&](const auto& name) { return accuracy.contains({name, seed}); })) {
      common.push_back(seed);
    }
  }
  return common;
}

}  // namespace

double rank_correlation(std::span<const double> a, std::span<const double> b) {
  const auto x = ranks_of(a), y = ranks_of(b);
  const auto n = static_cast<double>(x.size());
  const double middle = 0.5 * (n + 1.0);
  double xx = 0.0, yy = 0.0, xy = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - middle) * (x[i] - middle);
    yy += (y[i] - middle) * (y[i] - middle);
    xy += (x[i] - middle) * (y[i] - middle);
  }
  if (xx == 0.0 || yy == 0.0) throw std::domain_error("rank correlation: all values of one side are equal");
  return xy / std::sqrt(xx * yy);
}

std::vector<TrainedAccuracy> read_accuracies(const std::filesystem::path& path,
                                             const std::vector<std::string>& transforms) {
  const auto records = parse_csv(read_whole_file(path), path.string());
  require_file(!records.empty(), "{}: is empty", path.string());
  const auto column = [&](const char* name) { return column_of(records.front(), name, path); };
  const auto run = column("run"), task = column("task"), method = column("method"), measure = column("measure"),
             value = column("value"), seed = column("seed");
  std::vector<TrainedAccuracy> accuracies;
  std::map<std::pair<std::string, std::uint64_t>, std::string> run_of;
  for (std::size_t i = 1; i < records.size(); ++i) {
    const auto& f = records[i].fields;
    require_file(f.size() == records.front().fields.size(), "{}:{}: {} fields, not {}", path.string(), records[i].line,
                 f.size(), records.front().fields.size());
    if (f[task] != "class" || f[method] != "linear_probe" || f[measure] != "accuracy") continue;
    for (const std::string& transform : transforms) {
      if (!trained_with(f[run], transform)) continue;
      try {
        accuracies.push_back({transform, std::stoull(f[seed]), std::stod(f[value])});
        const auto& first = run_of.try_emplace({transform, accuracies.back().seed}, f[run]).first->second;
        require_file(first == f[run], "{}:{}: runs {} and {} are both of {} with seed {}; one of them is needed",
                     path.string(), records[i].line, first, f[run], transform, f[seed]);
      } catch (const std::logic_error&) {
        throw IoError(
            fmt::format("{}:{}: '{}' or '{}' is no number", path.string(), records[i].line, f[seed], f[value]));
      }
    }
  }
  return accuracies;
}

RankAgreement rank_agreement(const std::vector<AuditRow>& audit, const std::vector<TrainedAccuracy>& trained,
                             double ci_level) {
  AccuracyOf accuracy;
  for (const auto& one : trained) accuracy[{one.transform, one.seed}] = one.accuracy;
  RankAgreement agreement;
  for (const AuditRow& row : audit) {
    const bool known = std::ranges::find(trained, row.transform, &TrainedAccuracy::transform) != trained.end();
    const bool judged = row.augmentation == "none" && row.dataset == audit.front().dataset;
    if (row.quantity != "synergy" || !judged || !known) continue;
    agreement.transforms.push_back(row.transform);
    agreement.synergy.push_back(told_from_zero(row));
    agreement.readings.push_back({row.nats, row.std_error, row.ci_low, row.ci_high});
  }
  agreement.seeds = common_seeds(accuracy, agreement.transforms);
  require(agreement.transforms.size() >= 3, "ranking: {} transformations are in both tables; three are needed",
          agreement.transforms.size());
  require(agreement.seeds.size() >= 2, "ranking: {} seeds trained all of them; two are needed", agreement.seeds.size());
  require(std::ranges::any_of(agreement.synergy, [](double s) { return s != 0.0; }),
          "ranking: S of none of the {} transformations is told from zero, so there is no order to compare",
          agreement.transforms.size());
  agreement.accuracy.resize(agreement.transforms.size());
  for (const std::uint64_t seed : agreement.seeds) {
    std::vector<double> of_seed;
    for (std::size_t k = 0; k < agreement.transforms.size(); ++k) {
      of_seed.push_back(accuracy.at({agreement.transforms[k], seed}));
      agreement.accuracy[k] += of_seed.back() / static_cast<double>(agreement.seeds.size());
    }
    agreement.correlations.push_back(rank_correlation(agreement.synergy, of_seed));
    agreement.by_seed.push_back(std::move(of_seed));
  }
  std::vector<std::int32_t> run(agreement.correlations.size());
  std::iota(run.begin(), run.end(), 0);
  Reading& correlation = agreement.correlation;
  correlation = mean_reading(agreement.correlations, {run, static_cast<std::int64_t>(run.size()), ci_level});
  correlation.low = std::max(correlation.low, -1.0);
  correlation.high = std::min(correlation.high, 1.0);
  agreement.as_strong = share_as_strong(agreement.synergy, agreement.accuracy);
  return agreement;
}

std::string agreement_sentence(const RankAgreement& agreement) {
  return fmt::format(
      "Rank correlation {} over {} training seeds, {} transformations; {:.0f} % of their orders agree as well with the "
      "mean accuracies. S not told from zero counts as zero; the interval knows neither other images nor other "
      "transformations.",
      reading_text(agreement.correlation, 2), agreement.seeds.size(), agreement.transforms.size(),
      100.0 * agreement.as_strong);
}

std::string agreement_text(const RankAgreement& agreement) {
  std::vector<std::vector<std::string>> cells{{"T", "S before training", "linear probe after"}};
  for (std::size_t k = 0; k < agreement.transforms.size(); ++k) {
    cells.push_back({agreement.transforms[k], decimal(agreement.synergy[k]), decimal(agreement.accuracy[k])});
  }
  return aligned(cells, "lrr") + wrapped(words_of(agreement_sentence(agreement)), " ", kTextWidth);
}

}  // namespace equinfo
