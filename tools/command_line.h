#pragma once

#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/version.h"

namespace equinfo {

/// Help without the "..." that the library puts behind an option that takes its list as one word, with commas.
class PlainFormatter : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    std::string text = CLI::Formatter::make_option_opts(option);
    const std::string dots = " ...";
    if (!option->get_positional() && !option->get_allow_extra_args() && text.ends_with(dots)) {
      text.resize(text.size() - dots.size());
    }
    return text;
  }
};

/// Gives a program `--version`, and its help the examples at the end.
inline void describe_program(CLI::App& app, const std::string& examples) {
  app.set_version_flag("--version", fmt::format("{} {} ({})", app.get_name(), version(), git_commit()));
  app.footer("Examples:\n" + examples);
  app.formatter(std::make_shared<PlainFormatter>());
  app.get_formatter()->column_width(34);
}

/// Parses the command line and runs the program: the only place that catches. Returns the exit status: 0, 2 for a
/// wrong command line, 1 for a failure; both say what is wrong in one line on standard error.
inline int run_program(CLI::App& app, int argc, char** argv, const std::function<void()>& body) {
  try {
    app.parse(argc, argv);
    body();
    return 0;
  } catch (const CLI::Success& wanted) {  // --help, --version
    return app.exit(wanted);
  } catch (const CLI::ParseError& mistake) {
    fmt::print(stderr, "{}: {} (see {} --help)\n", app.get_name(), mistake.what(), app.get_name());
    return 2;
  } catch (const std::exception& failure) {
    fmt::print(stderr, "{}: {}\n", app.get_name(), failure.what());
    return 1;
  }
}

}  // namespace equinfo
