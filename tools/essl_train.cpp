#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "command_line.h"
#include "core/error.h"
#include "core/named_file.h"
#include "core/version.h"
#include "objective/objective.h"
#include "report/appended_csv.h"
#include "report/figure.h"
#include "train/config.h"
#include "train/dump_weights.h"
#include "train/evaluate.h"
#include "train/run.h"
#include "train/transform_sheet.h"
#include "transform/transform.h"

namespace {

volatile std::sig_atomic_t stop_signal = 0;

void request_stop(int signal) { stop_signal = signal; }

struct Arguments {
  std::string config, output, sheet, weights, run, csv;
  std::vector<std::string> assignments;
  bool print_config = false, tensorboard = false;
};

std::string footer() {
  return "Examples:\n"
         "  essl-train analysis/studies/demo.toml -o runs/demo\n"
         "  essl-train demo.toml --set train.epochs=20 --set encoder.preset=resnet18 -o runs/long\n"
         "  essl-train --print-config > mine.toml      every key, documented, with its default\n"
         "  essl-train demo.toml --show-transforms sheet.png\n"
         "  essl-train --evaluate runs/demo            probes of a finished run, into runs/demo/evaluation.csv\n"
         "  essl-train --dump resnet18.safetensors --set dataset.path=cifar10.tar.gz -o features.h5\n"
         "                                             features of an encoder from elsewhere\n"
         "  mpirun -n 2 essl-train demo.toml -o runs/two   several processes train one model (also srun, torchrun)\n"
         "The same command on the folder of an interrupted run goes on where that stopped.\n\n"
         "Keys of the configuration, with defaults:\n" +
         equinfo::config_key_list() + "\nObjectives (objective.name):\n" + equinfo::objective_list() +
         "\nTransformations (transform.name):\n" + equinfo::transform_list();
}

void declare(CLI::App& app, Arguments& arguments) {
  app.set_version_flag("--version", fmt::format("essl-train {} (commit {}, LibTorch {})", equinfo::version(),
                                                equinfo::git_commit(), equinfo::libtorch_version()));
  app.footer(footer());
  app.add_option("config", arguments.config, "configuration file (TOML)")->type_name("CONFIG.toml");
  app.add_option("-o,--output", arguments.output, "folder of the run, made if needed; of --dump the file of features")
      ->type_name("RUN");
  app.add_option("--set", arguments.assignments, "change keys, such as train.epochs=3; wins over the file")
      ->type_name("KEY=VALUE");
  app.add_flag("--print-config", arguments.print_config,
               "print every key with its meaning and default, or with the values of CONFIG.toml and --set");
  app.add_flag("--tensorboard", arguments.tensorboard,
               "also write metrics.csv as TensorBoard's event file into RUN, of a finished run too");
  app.add_option("--show-transforms", arguments.sheet,
                 "draw every transformation of some held-out images of CONFIG.toml's dataset, and do nothing else")
      ->type_name("FILE.png");
  auto* dump = app.add_option("--dump", arguments.weights,
                              "write the features of the encoder in a safetensors file (this project's, torchvision's) "
                              "on the held-out images: CONFIG.toml is optional, -o names the file");
  dump->type_name("WEIGHTS");
  auto* evaluate =
      app.add_option("--evaluate", arguments.run,
                     "linear probe, k-NN, online probe and head of a finished run on held-out images, with "
                     "confusion matrices");
  evaluate->type_name("RUN")->excludes(dump);
  app.add_option("--csv", arguments.csv, "where --evaluate appends its rows, instead of RUN/evaluation.csv")
      ->type_name("FILE")
      ->needs(evaluate);
}

int print_config(const Arguments& arguments) {
  equinfo::TrainConfig config;
  if (!arguments.config.empty() || !arguments.assignments.empty())
    config = equinfo::read_config(arguments.config, arguments.assignments);
  fmt::print("{}", equinfo::config_as_toml(config, true));
  return 0;
}

equinfo::TrainConfig read_config(const Arguments& arguments) {
  equinfo::require(!arguments.config.empty(), "CONFIG.toml is missing; essl-train --help shows examples");
  return equinfo::read_config(arguments.config, arguments.assignments);
}

int show_transforms(const Arguments& arguments) {
  auto config = read_config(arguments);
  equinfo::require(arguments.sheet.ends_with(".png"), "{}: --show-transforms writes a .png", arguments.sheet);
  equinfo::require_separate_files({{"CONFIG.toml", arguments.config}, {"dataset.path", config.dataset.path}},
                                  {{"--show-transforms", arguments.sheet}});
  config.dataset.test_limit = 200;
  const auto images = equinfo::load_images(config, equinfo::Split::kTest);
  equinfo::draw_figure(equinfo::transform_sheet(images), arguments.sheet);
  return 0;
}

const equinfo::CsvKind kEvaluationCsv{
    "evaluation.csv",
    {"run", "epoch", "task", "method", "measure", "truth", "predicted", "value", "n", "settings", "seed", "version"}};

int evaluate(const Arguments& arguments) {
  const std::filesystem::path path = arguments.csv.empty() ? arguments.run + "/evaluation.csv" : arguments.csv;
  if (!arguments.csv.empty() || std::filesystem::exists(path)) equinfo::check_appendable(path, kEvaluationCsv);
  std::string lines;
  for (const auto& row : equinfo::evaluate_run(arguments.run)) {
    lines += equinfo::csv_line({row.run, std::to_string(row.epoch), row.task, row.method, row.measure, row.truth,
                                row.predicted, equinfo::shortest_number(row.value), std::to_string(row.n), row.settings,
                                std::to_string(row.seed), equinfo::version()});
    if (row.measure == "accuracy") fmt::print("{}\n", equinfo::evaluation_line(row));
  }
  equinfo::append_csv(path, kEvaluationCsv, lines);
  return 0;
}

int dump(const Arguments& arguments) {
  equinfo::require(!arguments.output.empty(), "-o FILE is missing: the file of features");
  equinfo::dump_weights({arguments.weights, arguments.config, arguments.assignments, arguments.output});
  return 0;
}

/// Says how a run ended; gives the exit status.
int report(equinfo::RunOutcome outcome, const Arguments& arguments, const equinfo::Ranks& ranks) {
  const bool stopped = outcome == equinfo::RunOutcome::kStopped;
  // A rank that was stopped by another one's signal has seen none.
  const int status = stopped ? 128 + (stop_signal != 0 ? static_cast<int>(stop_signal) : SIGTERM) : 0;
  if (!ranks.first()) return status;
  if (stopped) {
    fmt::print(stderr, "{}: stopped and saved; the same command goes on from here\n", arguments.output);
  } else {
    fmt::print(stderr, "{0}: {1}; next: mi-estimate {0}/features.h5\n", arguments.output,
               outcome == equinfo::RunOutcome::kFinished ? "finished" : "this run is finished");
  }
  return status;
}

int train(const Arguments& arguments, equinfo::Ranks& ranks) {
  ranks = equinfo::join_ranks();
  const auto config = read_config(arguments);
  equinfo::require(!arguments.output.empty(), "-o RUN is missing: the folder of the run");
  std::signal(SIGTERM, request_stop);
  std::signal(SIGINT, request_stop);
  const auto outcome =
      equinfo::run_training(config, arguments.output, [] { return stop_signal != 0; }, ranks, {arguments.tensorboard});
  ranks.leave();
  return report(outcome, arguments, ranks);
}

int run(const Arguments& arguments, equinfo::Ranks& ranks) {
  if (arguments.print_config) return print_config(arguments);
  if (!arguments.sheet.empty()) return show_transforms(arguments);
  if (!arguments.weights.empty()) return dump(arguments);
  if (!arguments.run.empty()) return evaluate(arguments);
  return train(arguments, ranks);
}

/// Says what is wrong; gives the exit status. What goes wrong on every rank is said by the first alone, which ends the
/// others while they wait.
int fail(const std::exception& error, int status, const equinfo::Ranks& ranks) {
  if (!ranks.first()) std::this_thread::sleep_for(std::chrono::seconds(2));
  const auto who = ranks.count() == 1 ? "" : fmt::format(" (rank {} of {})", ranks.rank(), ranks.count());
  fmt::print(stderr, "essl-train{}: {}\n", who, error.what());
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Trains an encoder to predict a transformation, and keeps what it knows: features.h5 for mi-estimate.",
               "essl-train"};
  Arguments arguments;
  declare(app, arguments);
  equinfo::Ranks ranks;  // ends after what went wrong was said
  try {
    app.parse(argc, argv);
    return run(arguments, ranks);
  } catch (const CLI::Success& wanted) {  // --help, --version
    return app.exit(wanted);
  } catch (const CLI::ParseError& mistake) {
    if (equinfo::speaks_of_mistakes()) fmt::print(stderr, "essl-train: {} (see essl-train --help)\n", mistake.what());
    return 2;
  } catch (const std::invalid_argument& error) {
    return fail(error, 2, ranks);
  } catch (const std::exception& error) {
    return fail(error, 1, ranks);
  }
}
