#include "report/estimate_files.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <set>

#include "core/error.h"
#include "core/named_file.h"
#include "estimators/probe_posteriors.h"
#include "estimators/transform_bins.h"
#include "report/p_values.h"

namespace equinfo {
namespace {

/// A class that is to be left out must be in one of the files at least: a mistyped one would leave its rows in.
void check_ignored(const std::vector<FeatureFile>& files, const std::vector<std::int64_t>& ignored) {
  std::set<std::int64_t> all;
  if (!ignored.empty()) {
    for (const FeatureFile& file : files) all.insert(file.labels().y.begin(), file.labels().y.end());
  }
  for (const std::int64_t value : ignored) {
    const std::string there = all.size() > 12
                                  ? fmt::format("are {} from {} to {}", all.size(), *all.begin(), *all.rbegin())
                                  : fmt::format("is {}", fmt::join(all, ", "));
    require(all.contains(value), "{}: no row has the class {} that is to be ignored; there {}",
            files.front().path().string(), value, there);
  }
}

std::vector<std::int64_t> kept_rows(const RawLabels& labels, const std::vector<std::int64_t>& ignored) {
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < labels.y.size(); ++i) {
    if (std::ranges::find(ignored, labels.y[i]) == ignored.end()) rows.push_back(static_cast<std::int64_t>(i));
  }
  return rows;
}

std::vector<std::int64_t> picked(const std::vector<std::int64_t>& values, const std::vector<std::int64_t>& rows) {
  std::vector<std::int64_t> result;
  result.reserve(rows.size());
  for (const std::int64_t row : rows) result.push_back(values[static_cast<std::size_t>(row)]);
  return result;
}

Matrix<double> picked(const Matrix<double>& values, const std::vector<std::int64_t>& rows) {
  Matrix<double> result(static_cast<std::int64_t>(rows.size()), values.cols());
  for (std::int64_t i = 0; i < result.rows(); ++i) {
    std::ranges::copy(values.row(rows[static_cast<std::size_t>(i)]), result.row(i).begin());
  }
  return result;
}

/// The rows of a file that are measured, and their labels: coded once for all embeddings of the file.
struct KeptRows {
  const FeatureFile* file = nullptr;
  std::vector<std::int64_t> rows;
  std::shared_ptr<const Labels> labels;
};

Labels kept_labels(const FeatureFile& file, const std::vector<std::int64_t>& rows, int t_bins) {
  const RawLabels& raw = file.labels();
  require(!rows.empty(), "{}: no row is left when the ignored labels are taken out", file.path().string());
  std::optional<std::vector<std::int64_t>> source;
  if (raw.source) source = picked(*raw.source, rows);
  require(t_bins == 0 || raw.continuous(), "{}: t is discrete and is not cut into bins: leave out --t-bins",
          file.path().string());
  if (raw.continuous()) {
    return code_labels(picked(raw.y, rows), picked(raw.t_continuous, rows), raw.t_period, source, t_bins);
  }
  return code_labels(picked(raw.y, rows), picked(raw.t, rows), source);
}

/// The rows that are measured: all of them as they are stored, else a copy of those that are.
StoredRows kept_embedding(const ChosenEmbedding& task, const std::vector<std::int64_t>& rows) {
  StoredRows z = task.file->rows(task.embedding);
  if (static_cast<std::int64_t>(rows.size()) == z.view().rows()) return z;
  LargeMatrix kept(static_cast<std::int64_t>(rows.size()), z.view().cols());
  ScaledRows(z.view()).gather(rows, kept.view());
  return StoredRows(std::move(kept));
}

std::string attribute(const FeatureFile& file, const std::string& name) {
  const auto found = file.attributes().find(name);
  return found == file.attributes().end() ? "" : found->second;
}

EmbeddingResult described(const ChosenEmbedding& task, const EstimateJob& job, const Labels& labels) {
  EmbeddingResult result;
  result.run = job.run ? *job.run : run_folder_of(*task.file).filename().string();
  result.file = task.file->path().string();
  result.layer = task.embedding.layer;
  result.epoch = task.embedding.epoch;
  result.rows = labels.rows();
  result.sources = labels.sources;
  result.dims = task.embedding.dims;
  result.classes = labels.classes;
  result.transforms = labels.transforms;
  result.sources_given = labels.sources_given;
  if (labels.continuous_t) result.bins = bin_ranges(labels);
  result.transform_name = attribute(*task.file, "transform");
  result.split = attribute(*task.file, "split");
  result.options = job.measure;
  result.seed = job.measure.seed;
  return result;
}

/// Where the synergy lives, in the file's own row numbers and sources.
void locate(const Measurement& measurement, const Labels& labels, const std::vector<std::int64_t>& rows,
            const RawLabels& raw, const EstimateJob& job, EmbeddingResult& result) {
  for (const Grouping by : job.by) {
    result.groups.push_back(group_rows(measurement.rows, labels, measurement.design, by, job.measure.ci_level));
  }
  if (job.top_rows == 0) return;
  result.top_rows = top_synergy_rows(measurement.rows, labels, job.top_rows);
  for (TopRow& top : result.top_rows) {
    top.row = rows[static_cast<std::size_t>(top.row)];
    top.source = raw.source ? (*raw.source)[static_cast<std::size_t>(top.row)] : top.row;
  }
}

/// Posteriors of the probes that the headline took, fold by fold, their decompositions, and the null of these.
void decompose_headline(MatrixView<const float> embedding, const Labels& labels, const std::vector<std::string>& chosen,
                        const EstimateJob& job, EmbeddingResult& result) {
  const MeasureOptions& options = job.measure;
  const ScaledRows z = standardised_rows(embedding, options.threads);
  const CrossFitOptions folds{options.folds, options.seed, 0, options.threads, options.show_progress};
  PidOptions pid;
  pid.ci_level = options.ci_level;
  pid.redundancy.threads = options.threads;
  pid.redundancy.tolerance = kSampleTolerance;
  const PosteriorFit fit = [&](const Labels& of_rows) { return probe_posteriors(chosen, z, of_rows, folds); };
  result.pids = pid_from_posteriors(fit(labels), labels, pid);
  if (job.pid_permutations == 0) return;
  result.pid_nulls =
      pid_null(result.pids, labels, fit, {job.pid_permutations, options.seed, options.show_progress}, pid);
}

/// How many images would do, and what would have been seen.
void plan_and_plant(const ChosenEmbedding& task, const std::vector<std::int64_t>& rows, const Labels& labels,
                    const EstimateJob& job, EmbeddingResult& result) {
  if (job.plan_nats) result.plan = plan_images(result.headline(), labels.sources, *job.plan_nats);
  if (job.plants == 0) return;
  MeasureOptions options = job.measure;
  if (!job.plant_estimators.empty()) options.estimators = job.plant_estimators;
  result.power = planted_power(kept_embedding(task, rows).view(), labels, options, job.plants);
}

/// Rows of a file that is measured twice would count twice.
void check_distinct(const std::vector<std::filesystem::path>& files) {
  for (std::size_t i = 0; i < files.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      require(!is_one_file(files[k], files[i]), "{} and {} are the same file; give each file once", files[k].string(),
              files[i].string());
    }
  }
}

void check(const EstimateJob& job) {
  require(!job.plan_nats || *job.plan_nats > 0.0, "plan: an interval of width {}", *job.plan_nats);
  require(job.plants >= 0, "{} is no number of planted signals", job.plants);
  require(job.top_rows >= 0, "{} is no number of rows", job.top_rows);
  require(job.pid_permutations >= 0, "{} is no number of permutations", job.pid_permutations);
  const auto is_probe = [](const std::string& name) {
    return std::ranges::find(probe_kinds(), name, &ProbeKind::name) != probe_kinds().end();
  };
  require(!job.pid || std::ranges::any_of(job.measure.estimators, is_probe),
          "a decomposition needs posteriors: there is no probe among the estimators {}",
          fmt::join(job.measure.estimators, ","));
}

KeptRows kept_of(const FeatureFile& file, const EstimateJob& job) {
  KeptRows kept{&file, kept_rows(file.labels(), job.ignored_labels), nullptr};
  kept.labels = std::make_shared<const Labels>(kept_labels(file, kept.rows, job.t_bins));
  try {
    check_labels(*kept.labels);
  } catch (const std::invalid_argument& mistake) {
    throw std::invalid_argument(fmt::format("{}: {}", file.path().string(), mistake.what()));
  }
  return kept;
}

EmbeddingResult measured(const ChosenEmbedding& task, const KeptRows& kept, const EstimateJob& job) {
  const auto start = std::chrono::steady_clock::now();
  const bool together = job.compare || job.groups.kind != GroupRule::Kind::kNone;  // with other embeddings
  const std::vector<std::int64_t>& rows = kept.rows;
  const Labels& labels = *kept.labels;
  EmbeddingResult result = described(task, job, labels);
  try {
    MeasureOptions options = job.measure;
    options.keep_rows = !job.by.empty() || job.top_rows > 0 || together;
    Measurement measurement = measure(kept_embedding(task, rows).view(), labels, options);
    locate(measurement, labels, rows, task.file->labels(), job, result);
    if (job.pid) decompose_headline(kept_embedding(task, rows).view(), labels, measurement.chosen, job, result);
    result.design = std::move(measurement.design);
    result.panels = std::move(measurement.panels);
    result.verdict = std::move(measurement.verdict);
    plan_and_plant(task, rows, labels, job, result);
    if (!measurement.tests.empty()) set_p_values(result, std::move(measurement.tests));
    if (together) result.row_information = std::move(measurement.rows);
  } catch (const std::invalid_argument& mistake) {
    throw std::invalid_argument(fmt::format("{}: {}", task.name(), mistake.what()));
  } catch (const std::domain_error& undefined) {
    throw std::domain_error(fmt::format("{}: {}", task.name(), undefined.what()));
  }
  if (together || job.measure.permutations > 0) result.labels = kept.labels;
  if (!together) result.design.row_y_t = {};  // of no use any more, and large
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace

void estimate_files(const EstimateJob& job, const std::function<void(EmbeddingResult)>& receive) {
  check(job);
  check_distinct(job.files);
  std::vector<FeatureFile> files;
  files.reserve(job.files.size());
  for (const auto& path : job.files) files.emplace_back(path, job.names, job.pooling, job.transform);
  check_ignored(files, job.ignored_labels);
  const auto tasks = chosen_embeddings(files, job.where);
  const bool grouped = job.groups.kind != GroupRule::Kind::kNone;
  const std::vector<std::string> groups = group_names(files, job.groups);
  if (job.compare && grouped) require_two_groups(groups);
  require(!job.compare || grouped || tasks.size() == 2, "a comparison takes two embeddings, not {}: there is {}",
          tasks.size(), there_is(files));
  KeptRows kept;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (job.measure.show_progress && tasks.size() > 1) {
      fmt::print(stderr, "[{}/{}] {}\n", i + 1, tasks.size(), tasks[i].name());
    }
    if (kept.file != tasks[i].file) kept = kept_of(*tasks[i].file, job);
    EmbeddingResult result = measured(tasks[i], kept, job);
    result.group = groups[static_cast<std::size_t>(tasks[i].file - files.data())];
    receive(std::move(result));
  }
}

}  // namespace equinfo
