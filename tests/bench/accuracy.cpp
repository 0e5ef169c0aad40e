/// Accuracy on every problem of known information: estimates, errors, intervals, verdicts, of
/// every estimator, beside what the usual recipe with scikit-learn reads (usual_recipe.py). run-accuracy does it all.

#include <algorithm>
#include <array>
#include <filesystem>

#include "bench/accuracy_rows.h"
#include "bench/accuracy_summary.h"
#include "bench/judged.h"
#include "bench/resumable_csv.h"
#include "command_line.h"
#include "compute/parallel.h"
#include "core/error.h"
#include "core/progress.h"
#include "report/figure.h"
#include "store/features_writer.h"

using namespace equinfo;
using namespace equinfo::bench;

namespace {

struct Arguments {
  std::string file, figure, problem;
  std::int64_t rows = 8000, dims = 0;
  int workers = 0;
  bool fast = false;
};

/// The table in the samples' order; throws IoError if it holds samples of another size.
ResumableCsv open_table(const std::string& path, const std::vector<KnownSample>& samples) {
  if (std::filesystem::exists(path)) {
    const auto results = read_accuracy(path);
    require_file(results.empty() || results.front().rows == samples.front().rows,
                 "{}: holds samples of {} rows, not of {}", path, results.empty() ? 0 : results.front().rows,
                 samples.front().rows);
  }
  std::vector<std::string> keys;
  for (const KnownSample& sample : samples) keys.push_back(sample.key());
  return {path, kAccuracyHeader, keys};
}

void run(const Arguments& arguments) {
  const std::vector<KnownSample> samples = known_samples(arguments.rows);
  ResumableCsv file = open_table(arguments.file, samples);
  std::vector<KnownSample> open;
  for (const KnownSample& sample : samples) {
    if (!file.has(sample.key() + ",best")) open.push_back(sample);
  }
  // The longest first, so that no worker is left with one at the end.
  std::ranges::stable_sort(open, std::greater{}, &KnownSample::dims);
  Progress progress("accuracy", static_cast<std::int64_t>(open.size()), "samples");
  parallel_for(static_cast<std::int64_t>(open.size()), arguments.workers, [&](std::int64_t k) {
    file.add(accuracy_lines(open[static_cast<std::size_t>(k)], arguments.fast));
    progress.advance();
  });
}

/// For programs: every sample with its seed and truths.
void list_samples(const Arguments& arguments) {
  fmt::print("problem,wrapped,dims,rows,seed");
  for (const Quantity quantity : kJudged) fmt::print(",{}", name_of(quantity));
  fmt::print("\n");
  for (const KnownSample& sample : known_samples(arguments.rows)) {
    fmt::print("{},{}", sample.key(), sample.seed);
    for (const Quantity quantity : kJudged) fmt::print(",{:.4f}", truth_of(sample.truth, quantity));
    fmt::print("\n");
  }
}

void write_sample(const Arguments& arguments) {
  const auto samples = known_samples(arguments.rows);
  const bool wrapped = arguments.dims > 0;
  const auto sample = std::ranges::find_if(samples, [&](const KnownSample& candidate) {
    return candidate.truth.problem == arguments.problem && candidate.wrapped == wrapped &&
           (!wrapped || candidate.dims == arguments.dims);
  });
  require(sample != samples.end(), "there is no sample of {} wrapped at {} dimensions", arguments.problem,
          arguments.dims);
  const testing::Sample drawn = sample->draw();
  const Matrix<double> parameter = parameter_of(drawn);
  const std::array period{sample->t_period};
  ShardWriter::Labels labels{drawn.y, drawn.t, drawn.source};
  if (parameter.rows() > 0) labels.parameter = parameter, labels.period = period;
  ShardWriter writer(arguments.file, labels, {{"sample", "sample", 0, drawn.z.cols()}},
                     {.type = FeatureType::kFloat32, .seed = static_cast<std::int64_t>(sample->seed)});
  writer.append(0, drawn.z);
  writer.finish();
}

void show_table(const Arguments& arguments) {
  open_table(arguments.file, known_samples(arguments.rows));  // puts the lines in order
  const auto results = read_accuracy(arguments.file);
  fmt::print("{}\n{}", accuracy_table(results), accuracy_summary(results));
}

struct Command {
  const char *name, *what;
  void (*body)(const Arguments&);
  bool file = true;
};

void show_summary(const Arguments& arguments) { fmt::print("{}", accuracy_summary(read_accuracy(arguments.file))); }

void draw(const Arguments& arguments) { draw_figure(accuracy_figure(read_accuracy(arguments.file)), arguments.figure); }

constexpr Command kCommands[]{{"run", "measure what the table lacks; it may be stopped at any time", run},
                              {"table", "print the table in full, then the summary", show_table},
                              {"summary", "print errors by estimator, and what the headline promises", show_summary},
                              {"figure", "draw the errors", draw},
                              {"samples", "list the samples: seeds and truths, as CSV", list_samples, false},
                              {"sample", "write one sample as a features.h5", write_sample}};

CLI::App* declare(CLI::App& app, const Command& command, Arguments& arguments) {
  CLI::App* sub = app.add_subcommand(command.name, command.what);
  if (command.file) sub->add_option("FILE", arguments.file, "accuracy.csv")->required()->type_name("");
  sub->add_option("--rows", arguments.rows, "rows of each sample")->capture_default_str()->type_name("N");
  return sub;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Accuracy on problems of known information.", "bench_accuracy");
  describe_program(app,
                   "  tests/bench/run-accuracy                          everything, as make bench-accuracy does it\n"
                   "  bench_accuracy run accuracy.csv --workers 2\n"
                   "  bench_accuracy sample sample.h5 G03_xor_A2 64     the very sample of the table\n");
  Arguments arguments;
  void (*body)(const Arguments&) = nullptr;
  app.require_subcommand(1);
  for (const Command& command : kCommands) {
    CLI::App* sub = declare(app, command, arguments);
    const std::string name = command.name;
    if (name == "run") sub->add_option("--workers", arguments.workers, "samples at a time (0: one a core)");
    if (name == "run") sub->add_flag("--fast", arguments.fast, "lda and knn alone");
    if (name == "figure") sub->add_option("-o,--output", arguments.figure, ".svg, .png or .pdf")->required();
    if (name == "sample") sub->add_option("PROBLEM", arguments.problem, "such as G03_xor_A2")->required();
    if (name == "sample") sub->add_option("DIMS", arguments.dims, "dimensions of the wrapped one; 0: as it is");
    sub->callback([&body, &command] { body = command.body; });
  }
  return run_program(app, argc, argv, [&] { body(arguments); });
}
