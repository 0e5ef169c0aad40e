#include "report/difference_table.h"

#include "core/error.h"
#include "core/version.h"
#include "report/text_columns.h"
#include "synergy/possible.h"

namespace equinfo {
namespace {

PanelReading reading_of(const EmbeddingResult& result) {
  require(result.labels != nullptr, "comparison: the rows of {} were not kept", result.file);
  return {result.headline(), result.row_information, *result.labels, result.design};
}

std::string name_of(const EmbeddingResult& result, int width) {
  const std::string epoch = result.epoch ? fmt::format(" · epoch {}", *result.epoch) : "";
  return shortened(result.file, width - 40) + epoch + " · " + shortened(result.layer, 20);
}

std::string reading_text(const EmbeddingResult& first, const EmbeddingResult& second, const Comparison& comparison,
                         const TableOptions& options) {
  const std::string how =
      comparison.paired
          ? fmt::format("Both have the same {} samples, so the differences are paired by source.", first.rows)
          : "The samples differ (class, transformation or source of some row), so the differences are not paired and "
            "the two are taken for independent.";
  const std::string models =
      first.run == second.run ? "" : " Intervals are over images alone: another training seed may differ by more.";
  return wrapped(words_of(fmt::format("In {}. {} Intervals hold what more rows would still add to either.{}",
                                      options.unit.name, how, models)),
                 " ", options.width, "  ");
}

}  // namespace

Comparison compare(const EmbeddingResult& first, const EmbeddingResult& second) {
  return compare(reading_of(first), reading_of(second), first.options.ci_level);
}

std::string difference_table(const EmbeddingResult& first, const EmbeddingResult& second, const TableOptions& options) {
  const Comparison comparison = compare(first, second);
  const Unit unit = options.unit;
  std::vector<std::vector<std::string>> rows{
      {"", "A", "B", "B − A", fmt::format("{:g} % interval ", 100.0 * comparison.ci_level)}};
  for (const Difference& d : comparison.differences) {
    const bool of_labels = d.quantity == Quantity::kYT || d.quantity == Quantity::kYTGivenZ;
    if (of_labels && first.design.independent && second.design.independent) continue;
    rows.push_back({std::string(symbol_of(d.quantity)), number_text(d.first, unit), number_text(d.second, unit),
                    number_text(d.nats, unit),
                    interval_text(shown_interval({d.ci_low, d.ci_high}, d.nats, d.possible), unit)});
  }
  return fmt::format("  A: {}\n  B: {}\n\n", name_of(first, options.width), name_of(second, options.width)) +
         aligned(rows, "lrrrr") + reading_text(first, second, comparison, options);
}

const CsvKind& difference_csv() {
  static const CsvKind kKind{"compare.csv",
                             {"run_a",   "file_a",          "epoch_a",     "layer_a",     "run_b",    "file_b",
                              "epoch_b", "layer_b",         "estimator_a", "estimator_b", "quantity", "nats_a",
                              "nats_b",  "difference_nats", "ci_low",      "ci_high",     "ci_level", "std_error",
                              "paired",  "runs_a",          "runs_b",      "seed",        "version"}};
  return kKind;
}

std::string difference_lines(const EmbeddingResult& first, const EmbeddingResult& second) {
  const Comparison comparison = compare(first, second);
  std::string lines;
  for (const Difference& d : comparison.differences) {
    std::vector<std::string> fields;
    for (const EmbeddingResult* r : {&first, &second}) {
      fields.insert(fields.end(), {r->run, r->file, r->epoch ? fmt::format("{}", *r->epoch) : "", r->layer});
    }
    fields.insert(fields.end(),
                  {first.headline().estimator, second.headline().estimator, std::string(name_of(d.quantity))});
    for (const double value : {d.first, d.second, d.nats, d.ci_low, d.ci_high, comparison.ci_level, d.std_error}) {
      fields.push_back(shortest_number(value));
    }
    fields.insert(fields.end(), {comparison.paired ? "1" : "0", "1", "1", fmt::format("{}", first.seed), version()});
    lines += csv_line(fields);
  }
  return lines;
}

}  // namespace equinfo
