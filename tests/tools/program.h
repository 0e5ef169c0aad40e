#pragma once

#include <sys/wait.h>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "support/temporary_folder.h"

namespace equinfo {

/// What a program said and how it ended.
struct ProgramRun {
  int status = -1;
  std::string out, error;
};

inline std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Runs a command through the shell, inside `folder`.
inline ProgramRun run_command(const std::string& text, const TemporaryFolder& folder) {
  const TemporaryFolder words;
  const std::string command = "cd '" + folder.path().string() + "' && " + text + " >'" + (words / "out").string() +
                              "' 2>'" + (words / "error").string() + "'";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, file_text(words / "out"), file_text(words / "error")};
}

/// The path of one of the project's built programs, for the shell.
inline std::string program_path(const std::string& name) { return "'" EQUINFO_BINARY_DIR "/bin/" + name + "'"; }

/// Runs one of the project's built programs through the shell; `arguments` are shell text, run inside `folder`.
inline ProgramRun run_program(const std::string& name, const std::string& arguments, const TemporaryFolder& folder) {
  return run_command(program_path(name) + " " + arguments, folder);
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// How many files and folders are in a folder.
inline std::ptrdiff_t entries(const TemporaryFolder& folder) {
  return std::distance(std::filesystem::directory_iterator(folder.path()), {});
}

}  // namespace equinfo
