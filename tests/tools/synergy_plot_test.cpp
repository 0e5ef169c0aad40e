#include "report/small_features.h"
#include "tools/program.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

ProgramRun plot(const std::string& arguments, const TemporaryFolder& folder) {
  return run_program("synergy-plot", arguments, folder);
}

void write_results(const TemporaryFolder& folder) {
  SmallFeatures two;
  two.embeddings = {{"a", "encoder", 0, 4}, {"b", "encoder", 3, 4}, {"c", "stem", 3, 4}};
  write_small_features(folder / "f.h5", two);
  REQUIRE(run_program("mi-estimate", "f.h5 --fast --csv r.csv --run demo --quiet", folder).status == 0);
}

}  // namespace

TEST_CASE("synergy-plot: from features to a figure of each kind") {
  const TemporaryFolder folder;
  write_results(folder);
  const ProgramRun run = plot("r.csv -o course.svg --unit bits", folder);
  CHECK(run.status == 0);
  CHECK(run.out == "");
  CHECK(run.error == "synergy-plot: of the layers 'encoder', 'stem' only 'encoder' is drawn; choose with --layer\n");
  const std::string svg = file_text(folder / "course.svg");
  CHECK(contains(svg, "demo, encoder"));
  CHECK(contains(svg, "untrained"));
  CHECK(contains(svg, "synergy (bits)"));
  CHECK(plot("r.csv -o one.png --layer stem --estimator knn --title Stem", folder).status == 0);
  CHECK(file_text(folder / "one.png").starts_with("\x89PNG"));
  CHECK(plot("r.csv -o one.pdf --layer stem --run demo", folder).status == 0);
  CHECK(file_text(folder / "one.pdf").starts_with("%PDF"));
  CHECK(entries(folder) == 5);
}

TEST_CASE("synergy-plot: mistakes are one line each and leave no figure") {
  const TemporaryFolder folder;
  write_results(folder);
  std::ofstream(folder / "other.csv") << "a,b\n";
  const auto refused = [&](const std::string& arguments, int status, const std::string& line) {
    CAPTURE(arguments);
    const ProgramRun run = plot(arguments, folder);
    CHECK(run.status == status);
    CHECK(run.error == "synergy-plot: " + line + "\n");
  };
  refused("r.csv", 2, "--output is required (see synergy-plot --help)");
  refused("-o f.svg", 2, "RESULTS is required (see synergy-plot --help)");
  refused("r.csv -o f.gif", 2,
          "--output: f.gif: a figure ends in .svg, .png or .pdf, not in '.gif' (see synergy-plot --help)");
  refused("none.csv -o f.svg", 1, "none.csv: cannot be opened: No such file or directory");
  refused("other.csv -o f.svg", 1, "other.csv: is not a results.csv of this version: column 1 is 'a', not 'run'");
  refused("r.csv -o f.svg --estimator mlp", 1,
          "nothing to plot: there is no estimator 'mlp', only 'best', 'best_bound', 'lda', 'knn'");
  refused("r.csv --layer stem -o none/f.svg", 1, "none/f.svg: cannot be written: No such file or directory");
  CHECK(entries(folder) == 3);
  std::filesystem::create_symlink("r.csv", folder / "r.svg");
  refused("r.csv -o r.svg", 1, "--output r.svg: is the same file as the input RESULTS r.csv");
  std::filesystem::create_symlink("/dev/full", folder / "full.svg");
  refused("r.csv --layer stem -o full.svg", 1, "full.svg: cannot be written: No space left on device");
  CHECK(entries(folder) == 5);
}

TEST_CASE("synergy-plot: without gnuplot it says what to install") {
  const TemporaryFolder folder;
  write_results(folder);
  const std::string command = "cd '" + folder.path().string() +
                              "' && PATH=/none '" EQUINFO_BINARY_DIR
                              "/bin/synergy-plot' r.csv --layer stem -o f.svg "
                              "2>error";
  CHECK(WEXITSTATUS(std::system(command.c_str())) == 1);
  CHECK(file_text(folder / "error") == "synergy-plot: gnuplot is not installed (Debian: gnuplot-nox)\n");
  CHECK(!std::filesystem::exists(folder / "f.svg"));
}
