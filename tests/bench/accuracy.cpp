// Accuracy on every problem of known information with discrete labels, plain and wrapped (padded with independent
// coordinates, rotated, bent elementwise): estimates, errors, intervals, verdicts, as CSV on standard output and a
// summary on standard error.
//
//   accuracy FILE.csv [ROWS] [fast]      what FILE.csv holds already is not done again

#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include <fmt/format.h>

#include "support/ground_truth.h"
#include "synergy/measure.h"

using namespace equinfo;
using namespace equinfo::testing;

namespace {

constexpr const char* kHeader =
    "problem,wrapped,dims,cells,rows,estimator,quantity,truth,nats,error,ci_low,ci_high,covers,kind,verdict,chosen";

constexpr std::array kJudged{Quantity::kZY,       Quantity::kZT,  Quantity::kZYGivenT,
                             Quantity::kZTGivenY, Quantity::kZYT, Quantity::kSynergy};

double truth_of(const GroundTruth& truth, Quantity quantity) {
  switch (quantity) {
    case Quantity::kZY:
      return truth.z_y;
    case Quantity::kZT:
      return truth.z_t;
    case Quantity::kZYGivenT:
      return truth.z_y_given_t;
    case Quantity::kZTGivenY:
      return truth.z_t_given_y;
    case Quantity::kZYT:
      return truth.z_yt;
    default:
      return truth.synergy;
  }
}

std::string detail(const Panel& panel, const std::string& name) {
  for (const auto& [key, text] : panel.details) {
    if (key == name) return "\"" + text + "\"";
  }
  return {};
}

/// The lines of one problem in one wrapping; empty where the problem does not fit (own dimension larger, continuous T).
std::string lines_of(const GroundTruth& truth, std::int64_t dims, std::int64_t rows, bool fast) {
  SampleOptions options{rows, 1};
  options.dims = dims;
  options.rotate = options.warp = dims > 0;
  Sample sample;
  try {
    sample = draw(truth.problem, options);
  } catch (const std::invalid_argument&) {
    return {};  // the problem has more dimensions of its own
  }
  if (sample.t.empty()) return {};
  const Labels labels = code_labels(sample.y, sample.t, sample.source);
  MeasureOptions measure_options;
  if (fast) measure_options.estimators = kFastEstimators;
  const std::int64_t own_dims = sample.z.cols();
  const Measurement measurement = measure(std::move(sample.z), labels, measure_options);
  std::string lines;
  for (const Panel& panel : measurement.panels) {
    for (const Quantity quantity : kJudged) {
      const Estimate& estimate = panel.at(quantity);
      const double value = truth_of(truth, quantity);
      // Truths are tabled to four digits.
      const bool covers = value >= *estimate.ci_low - 1e-4 && value <= *estimate.ci_high + 1e-4;
      lines += fmt::format("{},{},{},{},{},{},{},{:.4f},{:.5f},{:.5f},{:.5f},{:.5f},{},{},{},{}\n", truth.problem,
                           dims == 0 ? 0 : 1, own_dims, labels.cells(), labels.rows(), panel.estimator,
                           name_of(quantity), value, estimate.nats, estimate.nats - value, *estimate.ci_low,
                           *estimate.ci_high, covers ? 1 : 0, name_of(estimate.kind),
                           measurement.verdict ? name_of(measurement.verdict->level) : "", detail(panel, "chosen"));
    }
  }
  return lines;
}

/// Problems and dimensions that a file holds: only whole problems are ever written.
std::set<std::string> finished(const std::filesystem::path& path) {
  std::set<std::string> keys;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const auto wrapped = line.find(',') + 1, dims = line.find(',', wrapped) + 1;
    keys.insert(line.substr(0, line.find(',', dims)));
  }
  return keys;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: accuracy FILE.csv [ROWS] [fast]\n");
    return 2;
  }
  const std::filesystem::path path = argv[1];
  const std::int64_t rows = argc > 2 ? std::stoll(argv[2]) : 8000;
  const bool fast = argc > 3 && std::string(argv[3]) == "fast";
  const auto done = finished(path);
  std::ofstream file(path, std::ios::app);
  if (done.empty()) file << kHeader << '\n';
  for (const std::int64_t dims : {0, 16, 64, 512}) {
    for (const GroundTruth& truth : ground_truths()) {
      const std::int64_t own = draw(truth.problem, {16, 1}).z.cols();
      if (done.contains(fmt::format("{},{},{}", truth.problem, dims == 0 ? 0 : 1, dims == 0 ? own : dims))) continue;
      fmt::print(stderr, "{} d={}\n", truth.problem, dims == 0 ? own : dims);
      file << lines_of(truth, dims, rows, fast) << std::flush;
    }
  }
  return 0;
}
