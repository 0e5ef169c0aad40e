#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compute/cuda_device.h"
#include "report/csv.h"
#include "report/results_csv.h"
#include "report/small_features.h"
#include "store/features_writer.h"
#include "synergy/measure.h"
#include "tools/program.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

ProgramRun estimate(const std::string& arguments, const TemporaryFolder& folder) {
  return run_program("mi-estimate", arguments, folder);
}

/// A refusal: nothing on standard output, one line on standard error.
void check_refused(const ProgramRun& run, int status, const std::string& line) {
  CHECK(run.status == status);
  CHECK(run.out == "");
  CHECK(run.error == "mi-estimate: " + line + "\n");
}

}  // namespace

TEST_CASE("mi-estimate: a table on standard output, rows appended to results.csv, everything as JSON") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  const ProgramRun run = estimate("f.h5 --fast --csv r.csv --json r.json --run demo --seed 3", folder);
  CHECK(run.status == 0);
  CHECK(run.error == "");
  CHECK(contains(run.out, "f.h5 · epoch 0 (untrained) · encoder · 120 rows of 60 images · d = 4"));
  CHECK(contains(run.out, "3 classes × 2 rotations, balanced, independent"));
  CHECK(contains(run.out, "In words: Z holds "));
  CHECK(contains(run.out, "seed 3"));
  const auto rows = read_results(folder / "r.csv");
  CHECK(rows.size() == 4 * kQuantities.size());  // best, best_bound, lda, knn
  CHECK((rows[0].run == "demo" && rows[0].file == "f.h5" && rows[0].estimator == "best" && rows[0].seed == 3u));
  CHECK(nlohmann::json::parse(file_text(folder / "r.json"))["embeddings"].size() == 1);
  CHECK(estimate("f.h5 --fast --csv r.csv --quiet", folder).out == "");
  CHECK(read_results(folder / "r.csv").size() == 8 * kQuantities.size());
}

TEST_CASE("mi-estimate: whatever is too large for the memory it may take lies in files, and the bytes are the same") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  const std::string work =
      "f.h5 --estimators lda,qda_y,logistic,mlp,knn,quantized --permutations 9 --power 1 --ignore-label 2 --quiet ";
  CHECK(estimate(work + "--csv 1.csv --details 1", folder).status == 0);
  CHECK(estimate(work + "--csv 2.csv --details 2 --memory 0", folder).status == 0);
  CHECK(file_text(folder / "1.csv") != "");
  CHECK(file_text(folder / "1.csv") == file_text(folder / "2.csv"));
  CHECK(file_text(folder / "1" / "details.csv") == file_text(folder / "2" / "details.csv"));
  const ProgramRun nowhere = run_command(
      "TMPDIR=/nowhere " + program_path("mi-estimate") + " f.h5 --fast --memory 0 --ignore-label 2", folder);
  check_refused(nowhere, 1,
                "/nowhere: 1.92 kB are needed here for rows that memory has no room for: No such file or directory "
                "(TMPDIR names the folder)");
  check_refused(estimate("f.h5 --memory -1", folder), 2,
                "--memory: '-1' is no number of GB from 0 on (see mi-estimate --help)");
}

TEST_CASE("mi-estimate: the whole ladder by default, its table no wider than a terminal") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  const ProgramRun run = estimate("f.h5 --csv r.csv", folder);
  CHECK(run.status == 0);
  CHECK(contains(run.out, " bound "));
  CHECK(contains(run.out, " chosen"));
  CHECK(!contains(run.out, "logistic  "));
  std::set<std::string> estimators;
  for (const auto& row : read_results(folder / "r.csv")) estimators.insert(row.estimator);
  CHECK(estimators ==
        std::set<std::string>{"best", "best_bound", "knn", "lda", "logistic", "mlp", "qda", "qda_t", "qda_y"});
}

TEST_CASE("mi-estimate: where the synergy lives, on the terminal and in side tables that sum to results.csv") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  const ProgramRun run =
      estimate("f.h5 --fast --by class,transform --top-rows 2 --ignore-label 0 --details out/deep --csv r.csv", folder);
  CHECK(run.status == 0);
  CHECK(run.error == "");
  CHECK(contains(run.out, "By class, in nats"));
  CHECK(contains(run.out, "By rotation, in nats"));
  CHECK(contains(run.out, "Rows (from 0) that contribute most to S"));
  const auto records = [&](const std::string& name) { return parse_csv(file_text(folder / "out/deep" / name), name); };
  double total = 0.0;
  for (const CsvRecord& line : records("groups.csv")) {
    if (line.fields[5] == "class" && line.fields[9] == "synergy") total += std::stod(line.fields[15]);
  }
  const auto rows = read_results(folder / "r.csv");
  const auto synergy = std::ranges::find(rows, Quantity::kSynergy, &ResultRow::quantity);
  CHECK(std::abs(total - *synergy->nats) < 1e-12);
  for (std::size_t k = 1; k <= 2; ++k) {  // the file's own rows and sources, with those of class 0 counted
    const auto top = records("rows.csv").at(k).fields;
    const std::int64_t row = std::stoll(top[6]), source = std::stoll(top[7]);
    CHECK((source == row / 2 && std::stoll(top[8]) == source % 3 && std::stoll(top[9]) == row % 2));
  }
  CHECK(records("details.csv").size() > 40);
  CHECK(!std::filesystem::exists(folder / "out/deep/pid.csv"));
}

TEST_CASE("mi-estimate: decompositions of the headline's posteriors keep the bound's identities") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  const ProgramRun run =
      estimate("f.h5 --estimators lda,logistic --pid --pid-null 3 --details out --csv r.csv --seed 2", folder);
  CHECK(run.status == 0);
  CHECK(contains(run.out, "unique class"));
  CHECK(contains(run.out, "Null: the mean"));
  double difference = 0.0;
  for (const CsvRecord& line : parse_csv(file_text(folder / "out/pid.csv"), "pid.csv")) {
    if (line.fields[5] == "measure") continue;          // the header
    const double p_value = std::stod(line.fields[14]);  // of three permutations
    CHECK(std::abs(4.0 * p_value - std::round(4.0 * p_value)) < 1e-12);
    CHECK((p_value >= 0.25 && p_value <= 1.0));
    CHECK(std::abs(std::stod(line.fields[13])) < 0.1);  // the null's mean, in nats
    if (line.fields[5] != "broja") continue;
    if (line.fields[6] == "synergy") difference += std::stod(line.fields[7]);
    if (line.fields[6] == "redundancy") difference -= std::stod(line.fields[7]);
  }
  // Posteriors and readings are computed in float32 along two ways, and the gates are fitted to 1e-6.
  for (const auto& row : read_results(folder / "r.csv")) {
    if (row.estimator == "best_bound" && row.quantity == Quantity::kSynergy) {
      CHECK(std::abs(difference - *row.nats) < 1e-4);
    }
  }
}

TEST_CASE("mi-estimate: a table of probabilities is decomposed without any features") {
  const TemporaryFolder folder;
  std::ofstream(folder / "xor.csv") << "source_1,source_2,target,probability\n"
                                       "0,0,0,.25\n0,1,1,.25\n1,0,1,.25\n1,1,0,.25\n";
  const ProgramRun run = estimate("--pid-table xor.csv --unit bits --details out", folder);
  CHECK(run.status == 0);
  CHECK(contains(run.out, "broja       0.000     0.000     0.000    1.000"));
  CHECK(contains(file_text(folder / "out/pid.csv"), ",xor.csv,,,table,broja,synergy,"));
  const ProgramRun missing = estimate("--pid-table none.csv", folder);
  CHECK(missing.status == 1);
  CHECK(missing.error.starts_with("mi-estimate: none.csv"));
}

TEST_CASE("mi-estimate: data on standard output come alone, the table moves to standard error") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  const ProgramRun csv = estimate("f.h5 --csv - --estimators knn", folder);
  CHECK(csv.out.starts_with(results_header()));
  CHECK(std::ranges::count(csv.out, '\n') == 1 + static_cast<std::ptrdiff_t>(kQuantities.size()));
  CHECK(contains(csv.error, "I(Z;Y,T)"));
  const ProgramRun json = estimate("f.h5 --json - --quiet", folder);
  CHECK(nlohmann::json::accept(json.out));
  CHECK(json.error == "");
}

TEST_CASE("mi-estimate: the same numbers for any number of threads") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  const std::string one = estimate("f.h5 --csv - --quiet --threads 1", folder).out;
  CHECK(!one.empty());
  CHECK(estimate("f.h5 --csv - --quiet --threads 2", folder).out == one);
  CHECK(estimate("f.h5 --csv - --quiet --seed 1", folder).out != one);
}

TEST_CASE("mi-estimate: several embeddings are compared and one is shown in full") {
  const TemporaryFolder folder;
  SmallFeatures two;
  two.embeddings = {{"a", "encoder", 0, 4}, {"b", "encoder", 3, 4}};
  write_small_features(folder / "f.h5", two);
  const ProgramRun run = estimate("f.h5 --unit bits", folder);
  CHECK(contains(run.out, "in bits; epoch 0 is the untrained encoder"));
  CHECK(contains(run.out, "f.h5 · epoch 3 · encoder"));
  CHECK(contains(run.error, "[2/2] f.h5: epoch 3, encoder"));
  CHECK(!contains(estimate("f.h5 --where epoch=3,layer=encoder", folder).out, "untrained"));
}

TEST_CASE("mi-estimate: other dataset names, ignored labels, a list of estimators before the file") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  const ProgramRun run =
      estimate("--estimators lda,knn --ignore-label 2 --z /z/encoder --y /y --t /t --source /source f.h5", folder);
  CHECK(run.status == 0);
  CHECK(contains(run.out, "80 rows of 40 images"));
  CHECK(contains(run.out, "2 classes"));
  check_refused(estimate("f.h5 --ignore-label 2 --ignore-label -1", folder), 1,
                "f.h5: no row has the class -1 that is to be ignored; there is 0, 1, 2");
}

TEST_CASE("mi-estimate: images needed, and what planted signals would have shown") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  const ProgramRun run = estimate("f.h5 --fast --plan 0.1 --power 2 --details out --json r.json", folder);
  CHECK(run.status == 0);
  CHECK(contains(run.out, "images needed"));
  CHECK(contains(run.out, "Signals planted into noise like this embedding's, 2 of each strength"));
  CHECK(parse_csv(file_text(folder / "out/plan.csv"), "plan.csv").size() == 1 + 6);
  CHECK(parse_csv(file_text(folder / "out/power.csv"), "power.csv").size() == 1 + 7 * 6);
  const auto embedding = nlohmann::json::parse(file_text(folder / "r.json"))["embeddings"][0];
  CHECK(embedding["power"]["plants"] == 2);
  CHECK(embedding["plan"]["width_nats"] == 0.1);
  check_refused(estimate("f.h5 --plan 0", folder), 2, "--plan: '0' is no width above zero (see mi-estimate --help)");
}

TEST_CASE("mi-estimate: two groups of runs, given as quoted patterns, compared over their seeds") {
  const TemporaryFolder folder;
  for (const std::string name : {"a1", "a2", "b1", "b2"}) {
    SmallFeatures features;
    features.seed = name[0] + 2 * name[1];
    write_small_features(folder / (name + ".h5"), features);
  }
  const ProgramRun run = estimate("--compare 'a?.h5' 'b?.h5' --fast --details out", folder);
  CHECK(run.status == 0);
  CHECK(contains(run.out, "a?.h5 · epoch 0 · encoder · 2 runs"));
  CHECK(contains(run.out, "Intervals are over runs"));
  CHECK(parse_csv(file_text(folder / "out/pooled.csv"), "pooled.csv").size() == 1 + 2 * (kQuantities.size() - 1));
  check_refused(estimate("a1.h5 --group config", folder), 1,
                "a1.h5: has no attribute config, so its runs cannot be told by it; --group folder or --group "
                "NAME=FILE,FILE do without");
}

TEST_CASE("mi-estimate: help and version") {
  const TemporaryFolder folder;
  const ProgramRun help = estimate("--help", folder);
  CHECK(help.status == 0);
  CHECK(contains(help.out, "Examples:"));
  CHECK(estimate("--version", folder).out.starts_with("mi-estimate 0."));
}

TEST_CASE("mi-estimate: a wrong command line is one line and exit status 2") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  const auto refused = [&](const std::string& arguments, const std::string& line) {
    CAPTURE(arguments);
    check_refused(estimate(arguments, folder), 2, line + " (see mi-estimate --help)");
  };
  refused("", "FILE is required");
  refused("f.h5 --bogus", "The following argument was not expected: --bogus");
  refused("f.h5 --estimators lda,nope",
          fmt::format("--estimators: nope not in {{{}}}", fmt::join(estimator_names(), ",")));
  refused("f.h5 --pool none", "--pool: none not in {max,mean}");
  refused("f.h5 --t-kind maybe", "--t-kind: maybe not in {continuous,discrete}");
  refused("f.h5 --unit bans", "--unit: bans not in {nats,bits}");
  refused("f.h5 --device tpu", "--device: tpu not in {auto,cpu,cuda}");
  refused("f.h5 --ci-level 1", "--ci-level: '1' does not lie between 0 and 1");
  refused("f.h5 --knn-k 0", "--knn-k: '0' is no number from 1 on");
  refused("f.h5 --threads -1", "--threads: '-1' is no number from 0 on");
  refused("f.h5 --permutations 2.5", "--permutations: '2.5' is no whole number, or a number too large");
  refused("f.h5 --threads 99999999999", "--threads: '99999999999' is no whole number, or a number too large");
  refused("f.h5 --where depth=3", "--where: 'depth=3' is neither layer=NAME nor epoch=NUMBER");
  refused("f.h5 --by angle", "--by: angle not in {class,transform}");
  refused("f.h5 --top-rows -1", "--top-rows: '-1' is no number from 0 on");
  refused("f.h5 --pid-table p.csv", "--pid-table: takes no FILE");
  refused("--pid-table p.csv --plan 0.1", "--pid-table: takes no --plan");
  refused("--pid-table p.csv --quiet", "--quiet: needs --details, or nothing would come out");
  refused("f.h5 --quiet", "--quiet: needs --csv, --json or --details, or nothing would come out");
}

TEST_CASE("mi-estimate: an option that another one leaves without effect is a mistake") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  write_small_features(folder / "g.h5");
  const auto refused = [&](const std::string& arguments, const std::string& line) {
    CAPTURE(arguments);
    check_refused(estimate(arguments, folder), 2, line + " (see mi-estimate --help)");
  };
  for (const std::string option : {"--plan 0.1", "--power 2", "--pid"}) {
    const std::string name = option.substr(0, option.find(' '));
    refused("--compare f.h5 g.h5 " + option, name +
                                                 ": would not be seen, since --compare shows no table of a single "
                                                 "embedding: add --details or --json");
  }
  refused("--group x=f.h5,g.h5 --by class",
          "--by: would not be seen, since --group shows no table of a single embedding: add --details");
  refused("f.h5 --quiet --csv r.csv --top-rows 3 --json r.json",
          "--top-rows: would not be seen, since --quiet shows no table of a single embedding: add --details");
  refused("f.h5 --quiet --csv r.csv --unit bits",
          "--unit: is for the table, which --quiet leaves out; files are in nats");
  refused("f.h5 --fast --estimators lda", "--fast: is a choice of --estimators; give one of the two");
  refused("f.h5 --pid-null 3", "--pid-null: is the null of --pid, which is missing");
  refused("f.h5 --estimators lda --knn-k 3", "--knn-k: needs knn or knn_own or knn_logits among the estimators");
  refused("f.h5 --estimators knn_logits,lda --knn-dims 3", "--knn-dims: needs knn or knn_own among the estimators");
  refused("f.h5 --estimators knn_own --knn-subsamples 3", "--knn-subsamples: needs knn among the estimators");
  refused("f.h5 --estimators lda --knn-engine product", "--knn-engine: needs knn among the estimators");
  refused("f.h5 --fast --device cuda", "--device: needs logistic among the estimators");
  refused("f.h5 --fast --codewords 8", "--codewords: needs quantized among the estimators");
  refused("f.h5 --entropy nsb", "--entropy: needs quantized among the estimators");
  CHECK(
      estimate("f.h5 --estimators knn --repeats 2", folder).error.starts_with("mi-estimate: --repeats: needs lda or"));
  CHECK(estimate("--compare f.h5 g.h5 --fast --plan 0.1 --details out", folder).status == 0);
  CHECK(std::filesystem::exists(folder / "out/plan.csv"));
}

TEST_CASE("mi-estimate: the same bytes for one thread and two, in every file and with everything that can be asked") {
  const TemporaryFolder folder;
  SmallFeatures angles;
  angles.transforms = 6;
  write_small_features(folder / "angles.h5", angles);
  for (const std::string name : {"a1", "a2", "b1", "b2"}) {
    SmallFeatures features;
    features.seed = name[0] + 2 * name[1];
    write_small_features(folder / (name + ".h5"), features);
  }
  const std::vector<std::pair<std::string, std::size_t>> commands{
      {"a1.h5 --estimators lda,qda,knn,knn_own,knn_logits,quantized --repeats 2 --knn-subsamples 3 --by "
       "class,transform "
       "--top-rows 3 --pid --pid-null 2 --permutations 5 --plan 0.1 --power 1",
       7},
      {"angles.h5 --fast --t-kind continuous --t-period 6 --repeats 2 --by transform --pid --pid-null 1 --permutations "
       "3 "
       "--power 1",
       5},
      {"--compare 'a?.h5' 'b?.h5' --fast --by class --pid --pid-null 0", 6}};
  for (const auto& [command, files] : commands) {
    CAPTURE(command);
    for (const std::string threads : {"1", "2"}) {
      const std::string out = "out" + threads;
      std::filesystem::remove_all(folder / out);
      std::filesystem::create_directory(folder / out);
      const ProgramRun run = estimate(
          fmt::format("{} --threads {} --details {} --csv {}/results.csv --quiet", command, threads, out, out), folder);
      CHECK(run.status == 0);
      CHECK(run.error == "");
    }
    std::size_t compared = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "out1")) {
      CAPTURE(entry.path().filename());
      CHECK(file_text(entry.path()) == file_text(folder / "out2" / entry.path().filename()));
      ++compared;
    }
    CHECK(compared == files);
  }
}

TEST_CASE("mi-estimate: a failure is one line and exit status 1") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  if (const std::string absence = cuda_absence(); !absence.empty()) {
    check_refused(estimate("f.h5 --device cuda", folder), 1, "--device cuda: " + absence);
  }
  check_refused(estimate("f.h5 --csv - --json -", folder), 1, "CSV and JSON cannot both go to standard output");
  check_refused(estimate("f.h5 --where layer=x", folder), 1,
                "no embedding is the one asked for; there is epoch=0,layer=encoder");
  std::ofstream(folder / "other.csv") << "a,b\n";
  check_refused(estimate("f.h5 --csv other.csv", folder), 1,
                "other.csv: is not a results.csv of this version: column 1 is 'a', not 'run'");
  CHECK(file_text(folder / "other.csv") == "a,b\n");
  const ProgramRun missing = estimate("none.h5", folder);
  CHECK(missing.status == 1);
  CHECK(missing.error.starts_with("mi-estimate: none.h5"));
  CHECK(std::ranges::count(missing.error, '\n') == 1);
  check_refused(estimate("f.h5 --pid --estimators knn", folder), 1,
                "a decomposition needs posteriors: there is no probe among the estimators knn");
  CHECK(entries(folder) == 2);
}

TEST_CASE("mi-estimate: an output may be a pipe, but not an input or another output") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  std::filesystem::create_symlink("f.h5", folder / "link.h5");
  const std::string before = file_text(folder / "f.h5");
  check_refused(estimate("f.h5 --fast --json link.h5", folder), 1,
                "--json link.h5: is the same file as the input FILE f.h5");
  check_refused(estimate("f.h5 --fast --csv r --json ./r", folder), 1, "--csv r and --json ./r are the same file");
  CHECK(file_text(folder / "f.h5") == before);
  CHECK(entries(folder) == 2);
  write_feature_index(folder / "index.h5", {"f.h5"}, true);
  check_refused(estimate("index.h5 --fast --json f.h5", folder), 1,
                "--json f.h5: is the same file as the input FILE index.h5, which links to f.h5");
  CHECK(file_text(folder / "f.h5") == before);
  std::filesystem::remove(folder / "index.h5");
  const ProgramRun piped = run_command(
      "bash -c \"" + program_path("mi-estimate") + " f.h5 --fast --quiet --json >(cat >all.json; echo >done)\"",
      folder);
  CHECK(piped.status == 0);
  for (int tenths = 0; tenths < 100 && !std::filesystem::exists(folder / "done"); ++tenths) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  CHECK(nlohmann::json::accept(file_text(folder / "all.json")));
}

TEST_CASE("mi-estimate: a file given twice is refused, and a run's folder leads to its features") {
  const TemporaryFolder folder;
  write_small_features(folder / "features.h5");
  check_refused(estimate("features.h5 ./features.h5", folder), 1,
                "features.h5 and ./features.h5 are the same file; give each file once");
  check_refused(estimate(".", folder), 1, ".: is a folder; its file of features is ./features.h5");
}

TEST_CASE("mi-estimate: of the processes of mpirun the first alone speaks of a wrong command line") {
  const TemporaryFolder folder;
  const std::string wrong = program_path("mi-estimate") + " --bogus";
  CHECK(contains(run_command("OMPI_COMM_WORLD_RANK=0 " + wrong, folder).error, "--bogus"));
  const ProgramRun other = run_command("OMPI_COMM_WORLD_RANK=1 " + wrong, folder);
  CHECK((other.status == 2 && other.error.empty()));
}

TEST_CASE("mi-estimate: a full disk under standard output is noticed") {
  const TemporaryFolder folder;
  if (!std::filesystem::exists("/dev/full")) return;
  write_small_features(folder / "f.h5");
  const std::string command =
      "cd '" + folder.path().string() + "' && '" EQUINFO_BINARY_DIR "/bin/mi-estimate' f.h5 >/dev/full 2>error";
  CHECK(WEXITSTATUS(std::system(command.c_str())) == 1);
  CHECK(file_text(folder / "error") == "mi-estimate: standard output: No space left on device\n");
}

TEST_CASE("mi-estimate: exact p-values in the table and in results.csv, the same for any number of threads") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  const ProgramRun run = estimate("f.h5 --estimators lda --permutations 19 --csv one.csv --threads 1", folder);
  CHECK(run.status == 0);
  CHECK(contains(run.out, "by 19 permutations"));
  CHECK(contains(run.out, "T within source"));
  CHECK(estimate("f.h5 --estimators lda --permutations 19 --csv two.csv --threads 2 --quiet", folder).status == 0);
  CHECK(file_text(folder / "one.csv") == file_text(folder / "two.csv"));
  for (const auto& row : read_results(folder / "one.csv")) {
    const bool tested = row.quantity <= Quantity::kZYT || row.quantity == Quantity::kYT;
    CHECK(row.p_value.has_value() == tested);
    if (row.p_value) CHECK((*row.p_value >= 1.0 / 20.0 && *row.p_value <= 1.0));
  }
  check_refused(estimate("f.h5 --permutations -1", folder), 2,
                "--permutations: '-1' is no number from 0 on (see mi-estimate --help)");
}

TEST_CASE("mi-estimate: two files compared on the same images, and one embedding is not enough") {
  const TemporaryFolder folder;
  write_small_features(folder / "a.h5");
  write_small_features(folder / "b.h5");
  const ProgramRun run = estimate("--compare a.h5 b.h5 --estimators lda --details out", folder);
  CHECK(run.status == 0);
  CHECK(contains(run.out, "A: a.h5 · epoch 0 · encoder"));
  CHECK(contains(run.out, "paired by source"));
  CHECK(contains(file_text(folder / "out/compare.csv"), "run_a,file_a,epoch_a,layer_a,run_b"));
  check_refused(estimate("--compare a.h5 --estimators lda", folder), 1,
                "a comparison takes two embeddings, not 1: there is epoch=0,layer=encoder");
}

TEST_CASE("mi-estimate: a continuous T is read in bins, has no ceiling, and no number of values") {
  const TemporaryFolder folder;
  SmallFeatures what;
  what.transforms = 6;
  write_small_features(folder / "f.h5", what);
  const ProgramRun run = estimate("f.h5 --fast --t-kind continuous --t-period 6 --csv r.csv --details d", folder);
  CHECK(run.status == 0);
  CHECK(run.error == "");
  CHECK(contains(run.out, "3 classes × a continuous rotation in 6 bins"));
  std::set<std::string> estimators;
  for (const auto& row : read_results(folder / "r.csv")) {
    estimators.insert(row.estimator);
    CHECK(!row.transforms);
    if (row.quantity == Quantity::kZT) CHECK(!row.ceiling_nats);
  }
  CHECK(estimators == std::set<std::string>{"best", "best_bound", "knn", "lda", "lda_smooth"});
  CHECK(contains(file_text(folder / "d" / "details.csv"), ",bin_curve_6,z_t,"));
  check_refused(estimate("f.h5 --fast --t-period 6", folder), 1,
                "f.h5: /t: is read as labels, which have no period: --t-period needs a continuous parameter (--t-kind "
                "continuous)");
  CHECK(estimate("f.h5 --t-bins 1", folder).status == 2);
  CHECK(estimate("f.h5 --t-period -1", folder).status == 2);
  CHECK(estimate("f.h5 --t-kind maybe", folder).status == 2);
}
