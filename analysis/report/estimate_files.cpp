#include "report/estimate_files.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "core/error.h"

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
  result.seed = job.measure.seed;
  return result;
}

EmbeddingResult measured(const Task& task, const EstimateJob& job) {
  const auto start = std::chrono::steady_clock::now();
  const auto rows = kept_rows(task.file->labels(), job.ignored_labels);
  const Labels labels = kept_labels(*task.file, rows);
  EmbeddingResult result = described(task, job, labels);
  try {
    Measurement measurement = measure(kept_embedding(task, rows), labels, job.measure);
    result.design = std::move(measurement.design);
    result.panels = std::move(measurement.panels);
    result.verdict = std::move(measurement.verdict);
  } catch (const std::invalid_argument& mistake) {
    throw std::invalid_argument(fmt::format("{}: {}", task.name(), mistake.what()));
  } catch (const std::domain_error& undefined) {
    throw std::domain_error(fmt::format("{}: {}", task.name(), undefined.what()));
  }
  result.design.row_y_t = {};  // of no use any more, and large
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
  std::vector<FeatureFile> files;
  files.reserve(job.files.size());
  for (const auto& path : job.files) files.emplace_back(path, job.names, job.pooling);
  const auto tasks = chosen_tasks(files, job.where);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (job.measure.show_progress && tasks.size() > 1) {
      fmt::print(stderr, "[{}/{}] {}\n", i + 1, tasks.size(), tasks[i].name());
    }
    receive(measured(tasks[i], job));
  }
}

}  // namespace equinfo
