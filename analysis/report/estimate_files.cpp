#include "report/estimate_files.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "core/error.h"
#include "pid/probe_posteriors.h"
#include "report/p_values.h"

namespace equinfo {
namespace {

struct Task {
  const FeatureFile* file;
  EmbeddingInfo embedding;

  std::string name() const {
    const std::string epoch = embedding.epoch ? fmt::format("epoch {}, ", *embedding.epoch) : "";
    return fmt::format("{}: {}{}", file->path().string(), epoch, embedding.layer);
  }
};

bool fits(const EmbeddingInfo& embedding, const EmbeddingChoice& where) {
  return (!where.layer || embedding.layer == *where.layer) && (!where.epoch || embedding.epoch == where.epoch);
}

std::string there_is(const std::vector<FeatureFile>& files) {
  constexpr std::size_t kMostNamed = 6;
  std::vector<std::string> names;
  for (const auto& file : files) {
    for (const auto& e : file.embeddings()) {
      names.push_back((e.epoch ? fmt::format("epoch={},", *e.epoch) : "") + "layer=" + e.layer);
    }
  }
  const std::size_t all = names.size();
  names.resize(std::min(all, kMostNamed));
  const std::string text = fmt::format("{}", fmt::join(names, " or "));
  return all > kMostNamed ? fmt::format("{} or {} more", text, all - kMostNamed) : text;
}

std::vector<Task> chosen_tasks(const std::vector<FeatureFile>& files, const EmbeddingChoice& where) {
  std::vector<Task> tasks;
  for (const auto& file : files) {
    for (const auto& embedding : file.embeddings()) {
      if (fits(embedding, where)) tasks.push_back({&file, embedding});
    }
  }
  require(!tasks.empty(), "no embedding is the one asked for; there is {}", there_is(files));
  return tasks;
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

Labels kept_labels(const FeatureFile& file, const std::vector<std::int64_t>& rows) {
  const RawLabels& raw = file.labels();
  require(!rows.empty(), "{}: no row is left when the ignored labels are taken out", file.path().string());
  std::optional<std::vector<std::int64_t>> source;
  if (raw.source) source = picked(*raw.source, rows);
  return code_labels(picked(raw.y, rows), picked(raw.t, rows), source);
}

Matrix<float> kept_embedding(const Task& task, const std::vector<std::int64_t>& rows) {
  Matrix<float> z = task.file->read(task.embedding);
  if (static_cast<std::int64_t>(rows.size()) == z.rows()) return z;
  Matrix<float> kept(static_cast<std::int64_t>(rows.size()), z.cols());
  for (std::int64_t i = 0; i < kept.rows(); ++i) {
    std::ranges::copy(z.row(rows[static_cast<std::size_t>(i)]), kept.row(i).data());
  }
  return kept;
}

std::string attribute(const FeatureFile& file, const std::string& name) {
  const auto found = file.attributes().find(name);
  return found == file.attributes().end() ? "" : found->second;
}

/// RUN for RUN/features.h5 and for RUN/features/epoch_0007.h5; nothing for files of others.
std::string run_of(const FeatureFile& file) {
  if (attribute(file, "schema").empty()) return "";
  const auto folder = std::filesystem::absolute(file.path()).lexically_normal().parent_path();
  return (folder.filename() == "features" ? folder.parent_path() : folder).filename().string();
}

EmbeddingResult described(const Task& task, const EstimateJob& job, const Labels& labels) {
  EmbeddingResult result;
  result.run = job.run ? *job.run : run_of(*task.file);
  result.file = task.file->path().string();
  result.layer = task.embedding.layer;
  result.epoch = task.embedding.epoch;
  result.rows = labels.rows();
  result.sources = labels.sources;
  result.dims = task.embedding.dims;
  result.classes = labels.classes;
  result.transforms = labels.transforms;
  result.sources_given = labels.sources_given;
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

/// Posteriors of the probes that the headline took, fold by fold, and their decompositions.
std::vector<Pid> headline_pids(Matrix<float> z, const Labels& labels, const std::vector<std::string>& chosen,
                               const MeasureOptions& options) {
  standardise(z);
  const CrossFitOptions folds{options.folds, options.seed, 0, options.threads, options.show_progress};
  PidOptions pid;
  pid.ci_level = options.ci_level;
  pid.redundancy.threads = options.threads;
  return pid_from_posteriors(probe_posteriors(chosen, z, labels, folds), labels, pid);
}

void check(const EstimateJob& job) {
  require(job.top_rows >= 0, "{} is no number of rows", job.top_rows);
  const auto is_probe = [](const std::string& name) {
    return std::ranges::find(probe_kinds(), name, &ProbeKind::name) != probe_kinds().end();
  };
  require(!job.pid || std::ranges::any_of(job.measure.estimators, is_probe),
          "a decomposition needs posteriors: there is no probe among the estimators {}",
          fmt::join(job.measure.estimators, ","));
}

EmbeddingResult measured(const Task& task, const EstimateJob& job) {
  const auto start = std::chrono::steady_clock::now();
  const auto rows = kept_rows(task.file->labels(), job.ignored_labels);
  const Labels labels = kept_labels(*task.file, rows);
  EmbeddingResult result = described(task, job, labels);
  try {
    MeasureOptions options = job.measure;
    options.keep_rows = !job.by.empty() || job.top_rows > 0 || job.compare;
    Measurement measurement = measure(kept_embedding(task, rows), labels, options);
    locate(measurement, labels, rows, task.file->labels(), job, result);
    if (job.pid) result.pids = headline_pids(kept_embedding(task, rows), labels, measurement.chosen, job.measure);
    result.design = std::move(measurement.design);
    result.panels = std::move(measurement.panels);
    result.verdict = std::move(measurement.verdict);
    if (!measurement.tests.empty()) set_p_values(result, std::move(measurement.tests));
    if (job.compare) result.row_information = std::move(measurement.rows);
  } catch (const std::invalid_argument& mistake) {
    throw std::invalid_argument(fmt::format("{}: {}", task.name(), mistake.what()));
  } catch (const std::domain_error& undefined) {
    throw std::domain_error(fmt::format("{}: {}", task.name(), undefined.what()));
  }
  if (job.compare || job.measure.permutations > 0) result.labels = std::make_shared<const Labels>(labels);
  if (!job.compare) result.design.row_y_t = {};  // of no use any more, and large
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace

EmbeddingChoice parse_choice(std::string_view text) {
  EmbeddingChoice choice;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto equals = std::min(part.find('='), part.size());
    const std::string_view key = part.substr(0, equals), value = part.substr(std::min(equals + 1, part.size()));
    require(!value.empty() && (key == "layer" || key == "epoch"), "'{}' is neither layer=NAME nor epoch=NUMBER", part);
    if (key == "layer") {
      choice.layer = value;
    } else {
      std::int64_t epoch = 0;
      const auto [rest, failure] = std::from_chars(value.data(), value.data() + value.size(), epoch);
      require(failure == std::errc{} && rest == value.data() + value.size(), "epoch '{}' is no whole number", value);
      choice.epoch = epoch;
    }
  }
  return choice;
}

void estimate_files(const EstimateJob& job, const std::function<void(EmbeddingResult)>& receive) {
  check(job);
  std::vector<FeatureFile> files;
  files.reserve(job.files.size());
  for (const auto& path : job.files) files.emplace_back(path, job.names, job.pooling);
  const auto tasks = chosen_tasks(files, job.where);
  require(!job.compare || tasks.size() == 2, "a comparison takes two embeddings, not {}: there is {}", tasks.size(),
          there_is(files));
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (job.measure.show_progress && tasks.size() > 1) {
      fmt::print(stderr, "[{}/{}] {}\n", i + 1, tasks.size(), tasks[i].name());
    }
    receive(measured(tasks[i], job));
  }
}

}  // namespace equinfo
