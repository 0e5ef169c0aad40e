#include "report/pooled_table.h"

#include <algorithm>
#include <map>

#include "core/error.h"
#include "core/version.h"
#include "report/difference_table.h"
#include "report/text_columns.h"
#include "report/words.h"
#include "synergy/possible.h"

namespace equinfo {
namespace {

using Texts = std::vector<std::string>;

std::vector<PanelReading> readings_of(const std::vector<const EmbeddingResult*>& runs) {
  std::vector<PanelReading> readings;
  for (const EmbeddingResult* run : runs) {
    require(run->labels != nullptr, "pool of runs: the rows of {} were not kept", run->file);
    readings.push_back({run->headline(), run->row_information, *run->labels, run->design});
  }
  return readings;
}

std::string_view agree(bool same) { return same ? "agrees" : "differs"; }

/// Runs are of one thing only if they measure the same labels.
void check_alike(const EmbeddingResult& first, const EmbeddingResult& run) {
  const Labels &a = *first.labels, &b = *run.labels;
  require(a.y_values == b.y_values && a.t_values == b.t_values && a.sources_given == b.sources_given,
          "{} and {} are no runs of one thing: the set of classes {}, of transformations {}, and /source {}",
          first.file, run.file, agree(a.y_values == b.y_values), agree(a.t_values == b.t_values),
          a.sources_given == b.sources_given ? agree(a.source_values == b.source_values) : "is given in one only");
  require(first.headline().estimator == run.headline().estimator, "{} has the headline {}, {} has {}", first.file,
          first.headline().estimator, run.file, run.headline().estimator);
}

std::string title(const PooledRuns& pooled, const TableOptions& options) {
  const std::string epoch = pooled.epoch ? fmt::format(" · epoch {}", *pooled.epoch) : "";
  return fmt::format("{}{} · {} · {} run{}\n", shortened(pooled.group, options.width - 50), epoch,
                     shortened(pooled.layer, 20), pooled.pool.runs, pooled.pool.runs == 1 ? "" : "s");
}

bool shown(Quantity quantity, const PooledRuns& pooled) {
  const bool of_labels = quantity == Quantity::kYT || quantity == Quantity::kYTGivenZ;
  const auto independent = [](const EmbeddingResult* run) { return run->design.independent; };
  return !of_labels || !std::ranges::all_of(pooled.runs, independent);
}

std::string verdicts(const PooledRuns& pooled) {
  std::map<std::pair<VerdictLevel, std::string>, int> counts;
  for (const EmbeddingResult* run : pooled.runs) {
    if (run->verdict) ++counts[{run->verdict->level, label_of(*run->verdict)}];
  }
  std::string text;
  for (const auto& [verdict, count] : counts) {
    text += fmt::format("{}{} {}", text.empty() ? " Verdicts: " : ", ", count, verdict.second);
  }
  return text.empty() ? text : text + ".";
}

std::string reading(const PooledRuns& pooled, const TableOptions& options) {
  const std::string what =
      pooled.pool.runs == 1
          ? "A single run: its interval is over images alone and says nothing about another training seed."
          : "Intervals are for the mean over training seeds: they hold the spread between runs, the images that all "
            "runs share, and what more rows would still add.";
  const std::string images = pooled.pool.same_images
                                 ? ""
                                 : " The runs were measured on different images: their error is taken at its largest.";
  const bool empty = std::ranges::any_of(pooled.pool.estimates, &PooledEstimate::empty_interval);
  const std::string odds = empty ? " The synergy's interval leaves nothing between 0 and its ceiling: add images." : "";
  return wrapped(words_of(fmt::format("In {}. {}{}{}{}", options.unit.name, what, images, odds, verdicts(pooled))), " ",
                 options.width, "  ");
}

std::string one_table(const PooledRuns& pooled, const TableOptions& options) {
  const Unit unit = options.unit;
  std::vector<Texts> rows{{"", "mean", fmt::format("{:g} % interval ", 100.0 * pooled.pool.ci_level), "SD of runs",
                           "error of runs", "error of images"}};
  for (const PooledEstimate& e : pooled.pool.estimates) {
    if (!shown(e.quantity, pooled)) continue;
    const CrossedMean& mean = e.over_runs;
    const bool several = mean.runs > 1;
    rows.push_back({std::string(symbol_of(e.quantity)), number_text(mean.mean, unit),
                    interval_text(shown_interval({e.ci_low, e.ci_high}, mean.mean, e.possible), unit),
                    several ? number_text(mean.runs_sd, unit) : "", several ? number_text(mean.runs_error, unit) : "",
                    number_text(mean.images_error, unit)});
  }
  return title(pooled, options) + "\n" + aligned(rows, "lrrrrr") + reading(pooled, options);
}

std::string joined(const std::vector<const EmbeddingResult*>& runs, std::string EmbeddingResult::*member) {
  Texts texts;
  for (const EmbeddingResult* run : runs) texts.push_back(run->*member);
  return fmt::format("{}", fmt::join(texts, ";"));
}

std::string epoch_text(const PooledRuns& pooled) { return pooled.epoch ? fmt::format("{}", *pooled.epoch) : ""; }

struct PoolPair {
  const PooledRuns &first, &second;
  Comparison comparison;
};

std::vector<PoolPair> pairs_of(const std::vector<PooledRuns>& pools) {
  Texts groups;
  for (const PooledRuns& pool : pools) {
    if (std::ranges::find(groups, pool.group) == groups.end()) groups.push_back(pool.group);
  }
  require(groups.size() == 2, "a comparison takes two groups of runs, not {}: {}", groups.size(),
          fmt::join(groups, ", "));
  std::vector<PoolPair> pairs;
  for (const PooledRuns& a : pools) {
    for (const PooledRuns& b : pools) {
      if (a.group != groups[0] || b.group != groups[1] || a.layer != b.layer || a.epoch != b.epoch) continue;
      pairs.push_back({a, b, compare_pools(readings_of(a.runs), readings_of(b.runs), a.pool.ci_level)});
    }
  }
  require(!pairs.empty(), "the groups {} and {} share no layer and epoch", groups[0], groups[1]);
  return pairs;
}

}  // namespace

std::vector<PooledRuns> pooled_runs(const std::vector<EmbeddingResult>& results) {
  std::vector<PooledRuns> pools;
  for (const EmbeddingResult& result : results) {
    if (result.group.empty()) continue;
    const auto found = std::ranges::find_if(pools, [&](const PooledRuns& p) {
      return p.group == result.group && p.layer == result.layer && p.epoch == result.epoch;
    });
    if (found == pools.end()) {
      pools.push_back({result.group, result.layer, result.epoch, {&result}, {}});
    } else {
      check_alike(*found->runs.front(), result);
      found->runs.push_back(&result);
    }
  }
  for (PooledRuns& p : pools) p.pool = pool_runs(readings_of(p.runs), p.runs.front()->options.ci_level);
  return pools;
}

std::string pooled_table(const std::vector<PooledRuns>& pools, const TableOptions& options) {
  std::string text;
  for (const PooledRuns& pool : pools) text += fmt::format("{}{}", text.empty() ? "" : "\n", one_table(pool, options));
  return text;
}

const CsvKind& pooled_csv() {
  static const CsvKind kKind{"pooled.csv",
                             {"group",   "epoch",    "layer",   "estimator",  "quantity",     "runs",      "run_names",
                              "files",   "nats",     "runs_sd", "runs_error", "images_error", "std_error", "ci_low",
                              "ci_high", "ci_level", "sources", "flags",      "seed",         "version"}};
  return kKind;
}

std::string pooled_lines(const std::vector<PooledRuns>& pools) {
  std::string lines;
  for (const PooledRuns& p : pools) {
    for (const PooledEstimate& e : p.pool.estimates) {
      const CrossedMean& mean = e.over_runs;
      const bool several = mean.runs > 1;
      Texts fields{p.group,
                   epoch_text(p),
                   p.layer,
                   p.runs.front()->headline().estimator,
                   std::string(name_of(e.quantity)),
                   fmt::format("{}", mean.runs),
                   joined(p.runs, &EmbeddingResult::run),
                   joined(p.runs, &EmbeddingResult::file),
                   shortest_number(mean.mean),
                   several ? shortest_number(mean.runs_sd) : "",
                   several ? shortest_number(mean.runs_error) : ""};
      for (const double value : {mean.images_error, mean.std_error(), e.ci_low, e.ci_high, p.pool.ci_level}) {
        fields.push_back(shortest_number(value));
      }
      Texts marks;
      if (!several) marks.emplace_back("one_run");
      if (!p.pool.same_images) marks.emplace_back("images_differ");
      if (e.empty_interval) marks.emplace_back("empty_interval");
      fields.insert(fields.end(), {fmt::format("{}", p.pool.sources), fmt::format("{}", fmt::join(marks, ";")),
                                   fmt::format("{}", p.runs.front()->seed), version()});
      lines += csv_line(fields);
    }
  }
  return lines;
}

std::string group_difference_table(const std::vector<PooledRuns>& pools, const TableOptions& options) {
  std::string text;
  for (const auto& [a, b, comparison] : pairs_of(pools)) {
    std::vector<Texts> rows{{"", "A", "B", "B − A", fmt::format("{:g} % interval ", 100.0 * comparison.ci_level)}};
    for (const Difference& d : comparison.differences) {
      if (!shown(d.quantity, a) && !shown(d.quantity, b)) continue;
      rows.push_back({std::string(symbol_of(d.quantity)), number_text(d.first, options.unit),
                      number_text(d.second, options.unit), number_text(d.nats, options.unit),
                      interval_text(shown_interval({d.ci_low, d.ci_high}, d.nats, d.possible), options.unit)});
    }
    const std::string images = comparison.paired
                                   ? "All runs have the same images, so what both groups find hard cancels."
                                   : "The images differ, so those of the two groups are taken for "
                                     "independent.";
    const std::string reading = fmt::format(
        "In {}. Intervals are over runs: they hold the spread between the training seeds of either group. {}",
        options.unit.name, images);
    text += fmt::format("{}  A: {}  B: {}\n{}{}", text.empty() ? "" : "\n", title(a, options), title(b, options),
                        aligned(rows, "lrrrr"), wrapped(words_of(reading), " ", options.width, "  "));
  }
  return text;
}

std::string group_difference_lines(const std::vector<PooledRuns>& pools) {
  std::string lines;
  for (const auto& [a, b, comparison] : pairs_of(pools)) {
    for (const Difference& d : comparison.differences) {
      Texts fields;
      for (const PooledRuns* p : {&a, &b}) {
        fields.insert(fields.end(), {p->group, joined(p->runs, &EmbeddingResult::file), epoch_text(*p), p->layer});
      }
      fields.insert(fields.end(), {a.runs.front()->headline().estimator, b.runs.front()->headline().estimator,
                                   std::string(name_of(d.quantity))});
      for (const double value : {d.first, d.second, d.nats, d.ci_low, d.ci_high, comparison.ci_level, d.std_error}) {
        fields.push_back(shortest_number(value));
      }
      fields.insert(fields.end(), {comparison.paired ? "1" : "0", fmt::format("{}", a.pool.runs),
                                   fmt::format("{}", b.pool.runs), fmt::format("{}", a.runs.front()->seed), version()});
      lines += csv_line(fields);
    }
  }
  return lines;
}

}  // namespace equinfo
