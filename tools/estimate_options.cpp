#include "estimate_options.h"

#include <cmath>
#include <map>

#include <fmt/format.h>

#include "command_line.h"
#include "estimators/entropy.h"

namespace equinfo {
namespace {

/// Help shows the type's name alone; what is allowed is said in words.
CLI::Validator silent(CLI::Validator validator) { return validator.description(""); }

CLI::Validator one_of(const std::vector<std::string>& names) { return silent(CLI::IsMember(names)); }

/// A number that `holds` accepts; the library's own ranges complain in digits nobody can read.
template <class Condition>
CLI::Validator number_that(Condition holds, const std::string& complaint) {
  const auto check = [=](const std::string& text) {
    double number = 0.0;
    return CLI::detail::lexical_cast(text, number) && holds(number) ? "" : fmt::format("'{}' {}", text, complaint);
  };
  return CLI::Validator(check, "");
}

std::vector<std::string> corrections() {
  std::vector<std::string> names;
  for (const EntropyCorrection& correction : entropy_corrections()) names.push_back(correction.name);
  return names;
}

void choose(EstimateJob& job, const std::string& text) {
  try {
    job.where = parse_choice(text);
  } catch (const std::invalid_argument& mistake) {
    throw CLI::ValidationError("--where", mistake.what());
  }
}

void declare_input(CLI::App& app, EstimateJob& job) {
  app.add_option("FILE", job.files, "features.h5, one of its shards, or an .npz; several may be given")->type_name("");
  app.add_option("--z", job.names.z, "representation: a dataset, or a group of them")
      ->type_name("PATH")
      ->capture_default_str();
  app.add_option("--y", job.names.y, "class")->type_name("PATH")->capture_default_str();
  app.add_option("--t", job.names.t, "transformation")->type_name("PATH")->capture_default_str();
  const std::map<std::string, TransformKind> kinds{{"discrete", TransformKind::kDiscrete},
                                                   {"continuous", TransformKind::kContinuous}};
  app.add_option("--t-kind", job.transform.kind,
                 "discrete or continuous (default: integers are discrete, floats continuous)")
      ->transform(choice_among(kinds))
      ->type_name("KIND");
  app.add_option("--t-period", job.transform.period,
                 "period of a continuous T, 360 for degrees; 0: not circular; one a component, with commas")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(number_that([](double x) { return x >= 0.0 && x < HUGE_VAL; }, "is no number from 0 on"))
      ->type_name("P");
  app.add_option("--t-bins", job.t_bins, "bins of a continuous T at most (default: 32, fewer for few rows)")
      ->check(number_that([](double x) { return x >= 2.0 && x <= 1024.0; }, "does not lie between 2 and 1024"))
      ->type_name("B");
  app.add_option("--source", job.names.source, "the image a row comes from")->type_name("PATH")->capture_default_str();
  app.add_option("--ignore-label", job.ignored_labels, "leave out the rows of this class; may be repeated")
      ->type_name("V")
      ->allow_extra_args(false);
  app.add_option_function<std::string>(
         "--where", [&job](const std::string& text) { choose(job, text); },
         "only these embeddings: layer=NAME,epoch=N or one of the two")
      ->type_name("CHOICE");
  const std::map<std::string, Pooling> poolings{{"mean", Pooling::kMean}, {"max", Pooling::kMax}};
  app.add_option("--pool", job.pooling, "mean or max: make vectors of [N, C, H, W] maps")
      ->transform(choice_among(poolings))
      ->type_name("HOW");
}

void declare_choice(CLI::App& app, MeasureOptions& measure) {
  const auto names = estimator_names();
  app.add_option("--estimators", measure.estimators, fmt::format("some of {}, with commas", fmt::join(names, ",")))
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(one_of(names))
      ->type_name("LIST")
      ->default_str(fmt::format("{}", fmt::join(measure.estimators, ",")));
  app.add_flag_callback(
      "--fast", [&measure] { measure.estimators = kFastEstimators; },
      fmt::format("the same as --estimators {}: seconds, but blind to codes other than in means",
                  fmt::join(kFastEstimators, ",")));
  app.add_option("--repeats", measure.repeats, "sets of folds the probes are averaged over; R times as slow")
      ->check(number_that([](double x) { return x >= 1.0; }, "is no number from 1 on"))
      ->type_name("R")
      ->capture_default_str();
}

void declare_estimators(CLI::App& app, MeasureOptions& measure) {
  app.add_option("--knn-k", measure.knn_k, "neighbours for knn")
      ->check(number_that([](double x) { return x >= 1.0; }, "is no number from 1 on"))
      ->type_name("K")
      ->capture_default_str();
  app.add_option("--knn-dims", measure.knn_dims, "principal components for knn; 0: no reduction")
      ->check(number_that([](double x) { return x >= 0.0; }, "is no number from 0 on"))
      ->type_name("D")
      ->capture_default_str();
  app.add_option("--anchors", measure.knn_anchors,
                 "read knn at K rows (of random images) alone, against all rows:\nfor more than 100,000; 0: all rows")
      ->check(number_that([](double x) { return x >= 0.0; }, "is no number from 0 on"))
      ->type_name("K")
      ->capture_default_str();
  app.add_option_function<std::string>(
         "--knn-engine", [&measure](const std::string& name) { measure.knn_engine = neighbor_engine_named(name); },
         "what counts the neighbours: auto, product, avx2, avx512, amx or cuda; does not change the\nresult")
      ->check(one_of({"auto", "product", "avx2", "avx512", "vnni", "amx", "cuda"}))
      ->type_name("NAME")
      ->default_str("auto");
  app.add_option("--codewords", measure.codewords, "k-means codewords for quantized")
      ->check(number_that([](double x) { return x >= 2.0; }, "is no number from 2 on"))
      ->type_name("K")
      ->capture_default_str();
  app.add_option("--entropy", measure.entropy,
                 fmt::format("entropies for quantized: {}", fmt::join(corrections(), ", ")))
      ->check(one_of(corrections()))
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--knn-subsamples", measure.knn_subsamples,
                 "errors of knn from R subsamples of half of the images; 0: clustered errors of the row terms")
      ->check(number_that([](double x) { return x == 0.0 || x >= 2.0; }, "is neither 0 nor a number from 2 on"))
      ->type_name("R")
      ->capture_default_str();
}

void declare_questions(CLI::App& app, EstimateArguments& arguments) {
  MeasureOptions& measure = arguments.job.measure;
  app.add_option("--ci-level", measure.ci_level, "level of the intervals")
      ->check(number_that([](double x) { return x > 0.0 && x < 1.0; }, "does not lie between 0 and 1"))
      ->type_name("P")
      ->capture_default_str();
  app.add_option("--permutations", measure.permutations, "test that informations are zero, by B permutations of labels")
      ->check(number_that([](double x) { return x >= 0.0; }, "is no number from 0 on"))
      ->type_name("B");
  app.add_option("--plan", arguments.job.plan_nats, "how many images an interval of this full width takes, in nats")
      ->check(number_that([](double x) { return x > 0.0; }, "is no width above zero"))
      ->type_name("NATS");
  app.add_option("--power", arguments.job.plants,
                 "plant known signals into noise like this one, R of each of 7 strengths: what would be seen?\n"
                 "(by lda, unless --estimators names others; 10 is usual)")
      ->check(number_that([](double x) { return x >= 0.0; }, "is no number from 0 on"))
      ->type_name("R");
  app.add_flag("--compare", arguments.job.compare,
               "differences between two embeddings (paired by source) or\ntwo groups of runs, B - A");
  app.add_option("--group", arguments.groups,
                 "pool runs that differ by their training seed: config (their configuration agrees), folder, or\n"
                 "NAME=FILE,FILE; may be repeated")
      ->allow_extra_args(false)
      ->type_name("HOW");
}

void declare_machine(CLI::App& app, EstimateArguments& arguments) {
  MeasureOptions& measure = arguments.job.measure;
  app.add_option("--seed", measure.seed, "of the folds")->type_name("N")->capture_default_str();
  app.add_option("--threads", measure.threads, "0: all cores; does not change the result")
      ->check(number_that([](double x) { return x >= 0.0; }, "is no number from 0 on"))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--memory", arguments.memory,
                 "GB that rows may take in memory, copies of them included (default: half of what is free); what is\n"
                 "beyond lies in files without a name in $TMPDIR (default: /var/tmp); does not change the result")
      ->check(number_that([](double x) { return x >= 0.0 && x < 1e9; }, "is no number of GB from 0 on"))
      ->type_name("GB");
  const std::map<std::string, DeviceChoice> devices{
      {"auto", DeviceChoice::kCpu}, {"cpu", DeviceChoice::kCpu}, {"cuda", DeviceChoice::kCuda}};
  app.add_option("--device", measure.device,
                 "what trains logistic: cpu (auto), or cuda, which changes the result by no more than rounding")
      ->transform(choice_among(devices))
      ->type_name("NAME")
      ->default_str("auto");
}

void declare_where(CLI::App& app, EstimateArguments& arguments) {
  app.add_option("--by", arguments.by, "split S and the informations by class, transform or class,transform")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(one_of({"class", "transform"}))
      ->type_name("LIST");
  app.add_option("--top-rows", arguments.job.top_rows, "show the K rows that contribute most to S")
      ->check(number_that([](double x) { return x >= 0.0; }, "is no number from 0 on"))
      ->type_name("K");
  app.add_flag("--pid", arguments.job.pid, "partial information decomposition of the headline's posteriors");
  app.add_option("--pid-null", arguments.job.pid_permutations,
                 "refits with permuted labels for the null of --pid; 0: none")
      ->check(number_that([](double x) { return x >= 0.0; }, "is no number from 0 on"))
      ->type_name("B")
      ->capture_default_str();
  app.add_option("--pid-table", arguments.pid_table, "decompose this table of probabilities; needs no features")
      ->type_name("CSV");
}

void declare_output(CLI::App& app, EstimateArguments& arguments) {
  app.add_option("--csv", arguments.output.csv, "append rows to this results.csv; -: standard output")
      ->type_name("FILE");
  app.add_option("--json", arguments.output.json, "write everything as JSON; -: standard output")->type_name("FILE");
  app.add_option("--details", arguments.output.details, "append details.csv and other side tables in this folder")
      ->type_name("DIR");
  app.add_option("--run", arguments.job.run, "name of the run in the results (default: the run's folder)")
      ->type_name("NAME");
  app.add_option("--unit", arguments.unit, "nats or bits, for the table; files are in nats")
      ->check(one_of({"nats", "bits"}))
      ->type_name("NAME")
      ->capture_default_str();
  app.add_flag("--quiet", arguments.quiet, "no table and no progress; needs --csv, --json or --details");
}

}  // namespace

void declare_options(CLI::App& app, EstimateArguments& arguments) {
  declare_input(app, arguments.job);
  declare_choice(app, arguments.job.measure);
  declare_estimators(app, arguments.job.measure);
  declare_questions(app, arguments);
  declare_machine(app, arguments);
  declare_where(app, arguments);
  declare_output(app, arguments);
}

}  // namespace equinfo
