#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "core/atomic_file.h"
#include "core/error.h"
#include "report/figure.h"
#include "report/locked_file.h"

extern char** environ;

namespace equinfo {
namespace {

/// How a kind of figure is asked for, and what the last bytes of a whole one hold.
struct Terminal {
  std::string_view ending, command, end;
};
constexpr std::array kTerminals{
    Terminal{".svg", "svg noenhanced size 960,680 font 'sans-serif,15' background rgb 'white'", "</svg>"},
    Terminal{".png", "pngcairo noenhanced size 1920,1360 font 'sans,12' fontscale 2.2 linewidth 2 pointscale 2",
             "IEND"},
    Terminal{".pdf", "pdfcairo noenhanced size 8in,5.67in font 'sans,12' linewidth 1.4", "%%EOF"}};

constexpr std::size_t kTail = 64;  // bytes in which a figure's end is looked for

const Terminal* terminal_for(const std::filesystem::path& path) {
  for (const auto& terminal : kTerminals) {
    if (path.extension() == terminal.ending) return &terminal;
  }
  return nullptr;
}

/// A file without a name, for what gnuplot reads, draws and says: nothing to clean up, no pipe that could block, no
/// disk that could be full.
class UnnamedFile {
 public:
  explicit UnnamedFile(const char* purpose) : handle_(memfd_create(purpose, MFD_CLOEXEC)) {
    if (handle_ < 0) throw std::runtime_error(fmt::format("no memory for {}: {}", purpose, std::strerror(errno)));
  }
  ~UnnamedFile() { close(handle_); }
  UnnamedFile(const UnnamedFile&) = delete;
  UnnamedFile& operator=(const UnnamedFile&) = delete;

  int handle() const { return handle_; }
  void write(std::string_view text) const {
    for (ssize_t done = 0; !text.empty(); text.remove_prefix(static_cast<std::size_t>(done))) {
      done = ::write(handle_, text.data(), text.size());
      if (done < 0) throw std::runtime_error(fmt::format("gnuplot's script: {}", std::strerror(errno)));
    }
    lseek(handle_, 0, SEEK_SET);
  }
  std::string read() const {
    lseek(handle_, 0, SEEK_SET);
    std::string text;
    std::array<char, 4096> piece;
    for (ssize_t got = 0; (got = ::read(handle_, piece.data(), piece.size())) > 0;) {
      text.append(piece.data(), static_cast<std::size_t>(got));
    }
    return text;
  }

 private:
  int handle_;
};

/// The line of gnuplot's complaint that says what is wrong.
std::string complaint(const std::string& said) {
  std::string text = said.substr(0, said.find_last_not_of(" \n") + 1);
  if (const auto line = text.rfind('\n'); line != std::string::npos) text = text.substr(line + 1);
  return text.substr(text.find_first_not_of(' ') == std::string::npos ? 0 : text.find_first_not_of(' '));
}

/// What gnuplot draws on its standard output.
std::string run_gnuplot(const std::string& script) {
  const UnnamedFile input("gnuplot script"), drawn("gnuplot output"), messages("gnuplot messages");
  input.write(script);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input.handle(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, drawn.handle(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, messages.handle(), STDERR_FILENO);
  std::array<char*, 3> arguments{const_cast<char*>("gnuplot"), const_cast<char*>("-d"), nullptr};
  pid_t process = 0;
  const int failure = posix_spawnp(&process, "gnuplot", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  require_file(failure != ENOENT, "gnuplot is not installed (Debian: gnuplot-nox)");
  require_file(failure == 0, "gnuplot cannot be started: {}", std::strerror(failure));
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  require_file(status == 0, "gnuplot failed: {}", complaint(messages.read()));
  return drawn.read();
}

}  // namespace

std::string figure_mistake(const std::filesystem::path& path) {
  if (terminal_for(path) != nullptr) return "";
  return fmt::format("{}: a figure ends in .svg, .png or .pdf, not in '{}'", path.string(), path.extension().string());
}

void draw_figure(const std::string& script, const std::filesystem::path& path) {
  require(figure_mistake(path).empty(), "{}", figure_mistake(path));
  require_writable(path);
  const Terminal& terminal = *terminal_for(path);
  const std::string figure = run_gnuplot(fmt::format("set terminal {}\n{}", terminal.command, script));
  const std::string_view tail = std::string_view(figure).substr(figure.size() - std::min(figure.size(), kTail));
  require_file(tail.find(terminal.end) != std::string_view::npos, "{}: gnuplot drew only a part of it ({} bytes)",
               path.string(), figure.size());
  write_file_atomically(path, figure);
}

}  // namespace equinfo
