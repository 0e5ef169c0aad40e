/// mi-estimate: what a representation knows of class and transformation, from a features.h5.

#include <chrono>
#include <thread>

#include "command_line.h"
#include "compute/blas.h"
#include "compute/cuda_device.h"
#include "compute/team.h"
#include "core/available_memory.h"
#include "core/error.h"
#include "core/large_buffer.h"
#include "estimate_options.h"
#include "option_pairs.h"
#include "store/linked_files.h"

using namespace equinfo;

namespace {

constexpr const char* kExamples =
    "  mi-estimate runs/demo/features.h5                            a table; every embedding in the file\n"
    "  mi-estimate runs/demo/features.h5 --csv results.csv          ... and rows appended to results.csv\n"
    "  mi-estimate features.h5 --where layer=encoder,epoch=7 --unit bits\n"
    "  mi-estimate mine.h5 --z /activations --y /labels --t /angle --source /image --ignore-label -1\n"
    "  mi-estimate turned.h5 --t-period 360                         T is a float angle in degrees\n"
    "  mi-estimate huge.h5 --fast                                   closed form only: seconds\n"
    "  mi-estimate mine.h5 --by class --top-rows 20 --details out   where the synergy lives\n"
    "  mi-estimate mine.h5 --pid                                    unique, redundant and synergistic parts\n"
    "  mi-estimate mine.h5 --permutations 199                       exact p-values\n"
    "  mi-estimate mine.h5 --plan 0.02 --power 10                   images needed; what would have been seen\n"
    "  mi-estimate --compare a.h5 b.h5                              differences on the same images, with intervals\n"
    "  mi-estimate runs/seed*/features.h5 --group config            training seeds pooled, with their spread\n"
    "  mi-estimate --compare 'a*/features.h5' 'b*/features.h5'      two groups of runs, intervals over runs\n"
    "  mpirun -n 4 mi-estimate huge.h5 --csv results.csv            shared out over processes, same results\n"
    "  mi-estimate maps.h5 --pool mean --estimators lda --csv - --quiet | column -s, -t\n"
    "FILE holds z [N, d], y [N], t [N] and, if rows share images, source [N]: HDF5 or .npz.\n";

void check_device(DeviceChoice device) {
  const std::string absence = device == DeviceChoice::kCuda ? cuda_absence() : std::string();
  require(absence.empty(), "--device cuda: {}", absence);
}

void group_runs(EstimateArguments& arguments) {
  EstimateJob& job = arguments.job;
  job.groups = parse_groups(arguments.groups, job.files);
  if (job.compare && arguments.groups.empty()) job.groups = groups_of_patterns(job.files);
  arguments.output.pool = job.groups.kind != GroupRule::Kind::kNone;
}

void estimate_and_report(EstimateArguments& arguments) {
  for (const auto& file : arguments.job.files) {
    arguments.output.inputs.push_back({"FILE", file});
    for (const auto& linked : linked_files(file, arguments.job.names)) {
      arguments.output.inputs.push_back({fmt::format("FILE {}, which links to", file.string()), linked});
    }
  }
  arguments.output.inputs.push_back({"--pid-table", arguments.pid_table});
  if (!arguments.pid_table.empty()) return report_pid_table(arguments.pid_table, arguments.output);
  Output output(arguments.output);
  estimate_files(arguments.job, [&](EmbeddingResult result) { output.add(std::move(result)); });
  output.finish();
}

/// What rows may take in memory, in bytes: the share of one process.
std::int64_t memory_for_rows(const EstimateArguments& arguments) {
  const double bytes = arguments.memory ? 1e9 * *arguments.memory : 0.5 * static_cast<double>(available_memory());
  return static_cast<std::int64_t>(bytes / team_members_here());
}

/// A process that does its share for the one that reports. What strikes it alone it says; what strikes all of them it
/// leaves to the other, whose end ends this one too.
void estimate_in_silence(const EstimateJob& job) {
  constexpr std::chrono::seconds kHeadStart{2};
  try {
    if (!job.files.empty()) estimate_files(job, [](const EmbeddingResult&) {});
  } catch (...) {
    std::this_thread::sleep_for(kHeadStart);
    throw;
  }
}

}  // namespace

int main(int argc, char** argv) {
  stop_blas_threads();
  CLI::App app(
      "Measures what a representation Z knows of class Y and transformation T: I(Z;Y), I(Z;T), their\n"
      "conditionals, and the synergy S = I(Y;T|Z) - I(Y;T), with intervals.",
      "mi-estimate");
  EstimateArguments arguments;
  describe_program(app, kExamples);
  declare_options(app, arguments);
  return run_program(app, argc, argv, [&] {
    OptionPairs(app, arguments.job, arguments.output, arguments.quiet).check();
    check_device(arguments.job.measure.device);
    group_runs(arguments);
    if (app.count("--estimators") == 0) arguments.job.plant_estimators = kFastEstimators;
    arguments.output.unit = unit_named(arguments.unit);
    arguments.output.compare = arguments.job.compare;
    Team team;
    const MemoryForRows memory(memory_for_rows(arguments));
    arguments.output.table = arguments.job.measure.show_progress = !arguments.quiet && team.speaks();
    for (const std::string& by : arguments.by) arguments.job.by.push_back(grouping_named(by));
    team.speaks() ? estimate_and_report(arguments) : estimate_in_silence(arguments.job);
    team.leave();
  });
}
