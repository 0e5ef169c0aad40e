// What the README tells people to type, typed: its Python lines make a file that mi-estimate measures.

#include <cstdlib>
#include <fstream>

#include "tools/program.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

/// The first block of Python in the README.
std::string python_of_readme() {
  const std::string readme = file_text(EQUINFO_SOURCE_DIR "/README.md");
  const std::string fence = "```python\n";
  const auto start = readme.find(fence) + fence.size();
  return readme.substr(start, readme.find("```", start) - start);
}

/// A Python that has h5py and NumPy, or nothing.
std::string python_with_h5py() {
  for (const std::string python : {EQUINFO_SOURCE_DIR "/.venv/bin/python", "python3"}) {
    if (std::system(("'" + python + "' -c 'import h5py, numpy' >/dev/null 2>&1").c_str()) == 0) return python;
  }
  return {};
}

constexpr const char* kSample = R"(
import numpy as np
rng = np.random.default_rng(0)
image = np.repeat(np.arange(150), 4)
y = np.repeat(rng.integers(0, 3, 150) * 10 - 5, 4)
t = np.tile(np.arange(4), 150)
z = rng.standard_normal((600, 5))
z[:, 0] += y / 5
z[:, 1] += t
)";

}  // namespace

TEST_CASE("README: features written by its Python lines are measured, the same from HDF5 and from .npz") {
  const std::string python = python_with_h5py();
  if (python.empty()) {
    MESSAGE("no Python with h5py here: skipped");
    return;
  }
  const TemporaryFolder folder;
  std::ofstream(folder / "write.py") << kSample << python_of_readme()
                                     << "np.savez('features.npz', z=z, y=y, t=t, source=image)\n";
  const std::string command = "cd '" + folder.path().string() + "' && '" + python + "' write.py";
  REQUIRE(std::system(command.c_str()) == 0);
  const ProgramRun hdf5 = run_program("mi-estimate", "features.h5 --fast --csv -", folder);
  CHECK(hdf5.status == 0);
  CHECK(contains(hdf5.error, "600 rows of 150 images · d = 5"));
  const ProgramRun npz = run_program("mi-estimate", "features.npz --fast --csv -", folder);
  CHECK(npz.status == 0);
  // The file's name and the path of the dataset are all that differs.
  std::string renamed = npz.out;
  for (auto at = renamed.find("features.npz"); at != std::string::npos; at = renamed.find("features.npz")) {
    renamed.replace(at, 12, "features.h5");
  }
  CHECK(renamed == hdf5.out);
}
