// mi-estimate where the system does not grant the tile registers that the processor has.

#include <fstream>
#include <string>

#include "report/small_features.h"
#include "tools/mi_estimate.h"

#if defined(__x86_64__) && defined(__linux__)
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <iterator>
#endif

#include <doctest/doctest.h>

#if defined(__x86_64__) && defined(__linux__)

using namespace equinfo;

namespace {

constexpr int kNoFilter = 99;  ///< an exit status that mi-estimate has not

/// From now on this process and those that it starts are told what a kernel says that knows no such request. Whether
/// the system takes such a filter.
bool refuse_tile_registers() {
  constexpr std::uint32_t kRequestPermission = 0x1023;  // of arch_prctl; headers have no name for it yet
  sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_arch_prctl, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),  // of the first argument the lower half
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kRequestPermission, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{static_cast<unsigned short>(std::size(steps)), steps};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/// Runs mi-estimate below a process that refuses it the tile registers. A filter lasts as long as its process.
ProgramRun estimate_without_tiles(const std::string& arguments, const TemporaryFolder& folder) {
  const TemporaryFolder words;
  const pid_t child = fork();
  if (child == 0) {
    if (!refuse_tile_registers()) _exit(kNoFilter);
    const ProgramRun run = estimate(arguments, folder);
    std::ofstream(words / "out") << run.out;
    std::ofstream(words / "error") << run.error;
    _exit(run.status);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, file_text(words / "out"), file_text(words / "error")};
}

}  // namespace

TEST_CASE("mi-estimate: without leave for the tile registers, amx is refused and auto gives the same bytes") {
  const TemporaryFolder folder;
  SmallFeatures wide;
  wide.embeddings = {{"encoder", "encoder", 0, 16}};  // enough columns for auto to take amx where it can
  write_small_features(folder / "f.h5", wide);
  const std::string work = "f.h5 --estimators knn --knn-dims 0 --csv - --quiet --knn-engine ";
  const ProgramRun granted = estimate(work + "amx", folder);
  if (granted.status != 0) {
    MESSAGE("skipped: this processor has no tile registers");
    return;
  }
  const ProgramRun refused = estimate_without_tiles(work + "amx", folder);
  if (refused.status == kNoFilter) {
    MESSAGE("skipped: this system takes no filter of system calls");
    return;
  }
  check_refused(refused, 1,
                "f.h5: epoch 0, encoder: neighbors: this processor or its system cannot run the engine 'amx'");
  const ProgramRun automatic = estimate_without_tiles(work + "auto", folder);
  CHECK(automatic.status == 0);
  CHECK(automatic.out == granted.out);
}

#endif
