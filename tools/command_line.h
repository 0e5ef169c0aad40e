#pragma once

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>

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

/// A choice among names, each with its value; the library's own complains of the numbers behind them as well.
template <class Value>
CLI::Validator choice_among(const std::map<std::string, Value>& values) {
  const auto choose = [values](std::string& text) -> std::string {
    const auto found = values.find(text);
    if (found != values.end()) {
      text = std::to_string(static_cast<int>(found->second));
      return "";
    }
    std::string names;
    for (const auto& [name, value] : values) names += (names.empty() ? "" : ",") + name;
    return fmt::format("{} not in {{{}}}", text, names);
  };
  return CLI::Validator(choose, "");
}

/// Whether this process speaks of a mistake in the command line: of those that mpirun started, which all find it, the
/// first does, and ends the others while they wait.
inline bool speaks_of_mistakes() {
  const char* rank = std::getenv("OMPI_COMM_WORLD_RANK");
  if (rank == nullptr || std::string(rank) == "0") return true;
  std::this_thread::sleep_for(std::chrono::seconds(2));
  return false;
}

/// What is wrong with a command line, in words: the library's own do not say why a value "could not" be converted.
inline std::string usage_message(const CLI::ParseError& mistake) {
  const std::string text = mistake.what(), start = "Could not convert: ", between = " = ";
  const auto middle = text.find(between);
  if (!text.starts_with(start) || middle == std::string::npos) return text;
  return fmt::format("{}: '{}' is no whole number, or a number too large",
                     text.substr(start.size(), middle - start.size()), text.substr(middle + between.size()));
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
    if (speaks_of_mistakes())
      fmt::print(stderr, "{}: {} (see {} --help)\n", app.get_name(), usage_message(mistake), app.get_name());
    return 2;
  } catch (const std::exception& failure) {
    fmt::print(stderr, "{}: {}\n", app.get_name(), failure.what());
    return 1;
  }
}

}  // namespace equinfo
