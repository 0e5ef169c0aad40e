// Pieces of work that run-speed times: each prints `wall processor` in seconds, of the work alone, then what else there
// is to say as name=value.

#include <cmath>
#include <fstream>
#include <functional>

#include "bench/yardsticks.h"
#include "command_line.h"
#include "compute/blas.h"
#include "compute/parallel.h"
#include "core/error.h"
#include "core/random.h"
#include "estimators/cross_fit.h"
#include "estimators/gate.h"
#include "estimators/logistic.h"
#include "neighbors/shared_radius.h"
#include "store/features_reader.h"
#include "synergy/measure.h"

using namespace equinfo;

namespace {

struct Arguments {
  std::string file, out, engine = "auto";
  std::int64_t rows = 0, cols = 0;
  double penalty = 0.0;
  int k = 5, threads = 0;
};

void report(const bench::Seconds& seconds, const std::string& more = "") {
  fmt::print("{:.6f} {:.6f} {}\n", seconds.wall, seconds.processor, more);
}

Matrix<float> embedding_of(const FeatureFile& file) { return file.read(file.embeddings().front()); }

Labels labels_of(const FeatureFile& file) {
  return code_labels(file.labels().y, file.labels().t, file.labels().source);
}

/// Raw numbers, as numpy.fromfile reads them.
template <class T>
void write_numbers(const std::string& path, std::span<const T> values) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size_bytes()));
  require_file(file.good(), "{}: cannot be written", path);
}

void product(const Arguments& arguments) {
  const Matrix<float> z = embedding_of(FeatureFile(arguments.file));
  report(bench::timed([&] { bench::bare_product(z, arguments.threads); }));
}

void registers(const Arguments& arguments) {
  const double pairs = 0.5 * static_cast<double>(arguments.rows) * static_cast<double>(arguments.rows);
  report(bench::timed(
      [&] { bench::multiply_adds_in_registers(pairs * static_cast<double>(arguments.cols), arguments.threads); }));
}

void counts(const Arguments& arguments) {
  const FeatureFile file(arguments.file);
  const Matrix<float> z = embedding_of(file);
  const Labels labels = labels_of(file);
  const NeighborProblem problem{z, labels.y, labels.t, labels.classes, labels.transforms, labels.source};
  SharedRadius found;
  const auto seconds = bench::timed([&] {
    found = shared_radius(problem, {arguments.k, arguments.threads, neighbor_engine_named(arguments.engine)});
  });
  if (!arguments.out.empty()) write_numbers(arguments.out, std::span<const LabelCounts>(found.counts));
  double near = 0.0;
  for (const LabelCounts& count : found.counts) near += count.all;
  report(seconds, fmt::format("near={:.1f}", near / static_cast<double>(found.counts.size())));
}

/// Standard normal rows of 10 × 4 cells, each shifted by 2 in one coordinate, without a file: for sizes and engines
/// that run-speed does not look at. `opening` is what an engine needs before its first rows.
void drawn(const Arguments& arguments) {
  constexpr std::int32_t kTransforms = 4, kCells = 40;
  Matrix<float> z(arguments.rows, arguments.cols);
  std::vector<std::int32_t> y(static_cast<std::size_t>(z.rows())), t(y.size());
  constexpr std::int64_t kBlock = 4096;
  parallel_for((z.rows() + kBlock - 1) / kBlock, arguments.threads, [&](std::int64_t block) {
    RandomStream stream(static_cast<std::uint64_t>(block), "bench_speed");
    for (std::int64_t i = block * kBlock; i < std::min(z.rows(), (block + 1) * kBlock); ++i) {
      const auto cell = static_cast<std::int32_t>(stream.below(kCells));
      y[static_cast<std::size_t>(i)] = cell / kTransforms;
      t[static_cast<std::size_t>(i)] = cell % kTransforms;
      for (float& x : z.row(i)) x = static_cast<float>(stream.normal());
      z(i, cell % z.cols()) += 2.0F;
    }
  });
  const NeighborOptions options{arguments.k, arguments.threads, neighbor_engine_named(arguments.engine)};
  const auto counted = [&](std::int64_t rows) {
    const auto n = static_cast<std::size_t>(rows);
    return shared_radius({z.view().middle_rows(0, rows), std::span(y).first(n), std::span(t).first(n), 10, kTransforms},
                         options);
  };
  const auto opening = bench::timed([&] { counted(std::min<std::int64_t>(z.rows(), 2000)); });
  SharedRadius found;
  const auto seconds = bench::timed([&] { found = counted(z.rows()); });
  if (!arguments.out.empty()) write_numbers(arguments.out, std::span<const LabelCounts>(found.counts));
  report(seconds, fmt::format("opening={:.3f}", opening.wall));
}

/// Reading the file and forming ZᵀZ once, in float32 blocks on all threads.
void gram_of_file(const Arguments& arguments) {
  constexpr std::int64_t kRows = 2048;
  report(bench::timed([&] {
    const Matrix<float> z = embedding_of(FeatureFile(arguments.file));
    const std::int64_t blocks = (z.rows() + kRows - 1) / kRows, workers = resolve_threads(arguments.threads);
    std::vector<Matrix<float>> sums(static_cast<std::size_t>(workers), Matrix<float>(z.cols(), z.cols()));
    parallel_for(workers, static_cast<int>(workers), [&](std::int64_t w) {
      for (std::int64_t b = w; b < blocks; b += workers) {
        gram(z.view().middle_rows(b * kRows, std::min(kRows, z.rows() - b * kRows)), 1.0F,
             sums[static_cast<std::size_t>(w)].view());
      }
    });
  }));
}

/// Mean loss in nats over some rows.
double mean_loss(const CellScorer& scorer, const Matrix<float>& z, const Labels& labels,
                 std::span<const std::int64_t> rows) {
  double loss = 0.0;
  for (const std::int64_t i : rows) {
    Matrix<float> scores(1, labels.cells());
    scorer(z.view().middle_rows(i, 1), scores);
    double sum = 0.0;
    for (std::int64_t c = 0; c < scores.cols(); ++c) sum += std::exp(scores(0, c) - scores(0, labels.cell(i)));
    loss += std::log(sum) / static_cast<double>(rows.size());
  }
  return loss;
}

/// Logistic regression with its choice of a penalty, or with a given one, trained on four folds of five and judged on
/// these and on the fifth; writes the fold of each row.
void logistic(const Arguments& arguments) {
  const FeatureFile file(arguments.file);
  Matrix<float> z = embedding_of(file);
  standardise(z);
  const Labels labels = labels_of(file);
  const SourceFolds folds = cross_fit_folds(labels, {});
  const LogPriors priors = log_priors(labels);
  std::vector<std::int32_t> fold, chunks;
  std::vector<std::int64_t> held_out, trained;
  for (std::int64_t i = 0; i < labels.rows(); ++i) {
    fold.push_back(folds.fold(i));
    (fold.back() == 0 ? held_out : trained).push_back(i);
  }
  for (std::int32_t chunk = folds.parts; chunk < folds.chunks(); ++chunk) chunks.push_back(chunk);
  CellScorer scorer;
  const auto seconds = bench::timed([&] {
    const ProbeInput input{z, labels, folds, priors, 0, arguments.threads};
    scorer = (arguments.penalty > 0.0 ? bind_single_logistic(input, arguments.penalty) : bind_logistic(input))(chunks);
  });
  write_numbers(arguments.out, std::span<const std::int32_t>(fold));
  report(seconds, fmt::format("loss={:.6f} training_loss={:.6f}", mean_loss(scorer, z, labels, held_out),
                              mean_loss(scorer, z, labels, trained)));
}

struct Command {
  const char *name, *what;
  void (*body)(const Arguments&);
  bool file = true;
};

constexpr Command kCommands[]{
    {"product", "Z Zᵀ in float32 by this program's library, blocked, output discarded", product},
    {"registers", "N² d / 2 multiply-adds that never leave the registers", registers, false},
    {"counts", "counts within the shared radius, in process", counts},
    {"drawn", "counts within the shared radius of rows drawn here", drawn, false},
    {"gram", "reading the file and ZᵀZ", gram_of_file},
    {"logistic", "the logistic probe on four folds; its losses", logistic}};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Pieces of work for tests/bench/run-speed.", "bench_speed");
  describe_program(app, "  bench_speed product sample.h5\n  bench_speed registers 80000 16\n");
  Arguments arguments;
  void (*body)(const Arguments&) = nullptr;
  app.require_subcommand(1);
  for (const Command& command : kCommands) {
    CLI::App* sub = app.add_subcommand(command.name, command.what);
    if (command.file) {
      sub->add_option("FILE", arguments.file, "features.h5")->required()->type_name("");
    } else {
      sub->add_option("ROWS", arguments.rows, "rows")->required()->type_name("");
      sub->add_option("COLS", arguments.cols, "columns")->required()->type_name("");
    }
    sub->add_option("--threads", arguments.threads, "0: all cores");
    sub->add_option("--k", arguments.k, "neighbours");
    sub->add_option("--engine", arguments.engine, "auto, product, avx2, avx512, amx or cuda");
    sub->add_option("--penalty", arguments.penalty, "of the logistic probe; 0: chosen");
    sub->add_option("--out", arguments.out, "raw numbers: int32 counts [N, 4] (yt, y, t, all), or folds [N]");
    sub->callback([&body, &command] { body = command.body; });
  }
  return run_program(app, argc, argv, [&] { body(arguments); });
}
