#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/error.h"
#include "core/version.h"
#include "report/figure.h"
#include "train/config.h"
#include "train/run.h"
#include "train/transform_sheet.h"
#include "transform/transform.h"

namespace {

volatile std::sig_atomic_t stop_signal = 0;

void request_stop(int signal) { stop_signal = signal; }

struct Arguments {
  std::string config, folder, sheet;
  std::vector<std::string> assignments;
  bool print_config = false;
};

std::string footer() {
  return "Examples:\n"
         "  essl-train analysis/studies/demo.toml -o runs/demo\n"
         "  essl-train demo.toml --set train.epochs=20 --set encoder.preset=resnet18 -o runs/long\n"
         "  essl-train --print-config > mine.toml      every key, documented, with its default\n"
         "  essl-train demo.toml --show-transforms sheet.png\n"
         "The same command on the folder of an interrupted run goes on where that stopped.\n\n"
         "Keys of the configuration, with defaults:\n" +
         equinfo::config_key_list() + "\nTransformations (transform.name):\n" + equinfo::transform_list();
}

void declare(CLI::App& app, Arguments& arguments) {
  app.set_version_flag("--version", fmt::format("essl-train {} (commit {}, LibTorch {})", equinfo::version(),
                                                equinfo::git_commit(), equinfo::libtorch_version()));
  app.footer(footer());
  app.add_option("config", arguments.config, "configuration file (TOML)")->type_name("CONFIG.toml");
  app.add_option("-o,--output", arguments.folder, "folder of the run; made if needed")->type_name("RUN");
  app.add_option("--set", arguments.assignments, "change keys, such as train.epochs=3; wins over the file")
      ->type_name("KEY=VALUE");
  app.add_flag("--print-config", arguments.print_config,
               "print every key with its meaning and default, or with the values of CONFIG.toml and --set");
  app.add_option("--show-transforms", arguments.sheet,
                 "draw every transformation of some held-out images of CONFIG.toml's dataset, and do nothing else")
      ->type_name("FILE.png");
}

int print_config(const Arguments& arguments) {
  equinfo::TrainConfig config;
  if (!arguments.config.empty()) config = equinfo::read_config(arguments.config, arguments.assignments);
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
  config.dataset.test_limit = 200;
  const auto images = equinfo::load_images(config, equinfo::Split::kTest);
  equinfo::draw_figure(equinfo::transform_sheet(images), arguments.sheet);
  return 0;
}

int train(const Arguments& arguments) {
  const auto config = read_config(arguments);
  equinfo::require(!arguments.folder.empty(), "-o RUN is missing: the folder of the run");
  std::signal(SIGTERM, request_stop);
  std::signal(SIGINT, request_stop);
  switch (equinfo::run_training(config, arguments.folder, [] { return stop_signal != 0; })) {
    case equinfo::RunOutcome::kAlreadyFinished:
      fmt::print(stderr, "{0}: this run is finished; next: mi-estimate {0}/features.h5\n", arguments.folder);
      return 0;
    case equinfo::RunOutcome::kStopped:
      fmt::print(stderr, "{}: stopped and saved; the same command goes on from here\n", arguments.folder);
      return 128 + static_cast<int>(stop_signal);
    case equinfo::RunOutcome::kFinished:
      fmt::print(stderr, "{0}: finished; next: mi-estimate {0}/features.h5\n", arguments.folder);
      break;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Trains an encoder to predict a transformation, and keeps what it knows: features.h5 for mi-estimate.",
               "essl-train"};
  Arguments arguments;
  declare(app, arguments);
  try {
    app.parse(argc, argv);
    if (arguments.print_config) return print_config(arguments);
    return arguments.sheet.empty() ? train(arguments) : show_transforms(arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::invalid_argument& error) {
    fmt::print(stderr, "essl-train: {}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "essl-train: {}\n", error.what());
  }
  return 1;
}
