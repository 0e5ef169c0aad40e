// What mi-estimate shows and writes, option by option.

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "report/csv.h"
#include "report/results_csv.h"
#include "report/small_features.h"
#include "tools/mi_estimate.h"

#include <doctest/doctest.h>

using namespace equinfo;

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
