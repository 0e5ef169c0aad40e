#include "report/embedding_choice.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "core/error.h"

namespace equinfo {
namespace {

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// The full name of the layer that is meant; a name that no layer has or ends with comes back as it is.
std::string layer_meant(const std::vector<FeatureFile>& files, const EmbeddingChoice& where) {
  std::set<std::string> ending;
  for (const auto& file : files) {
    for (const auto& embedding : file.embeddings()) {
      if (embedding.layer == *where.layer) return *where.layer;
      const bool of_epoch = !where.epoch || embedding.epoch == where.epoch;
      if (of_epoch && last_part(embedding.layer) == *where.layer) ending.insert(embedding.layer);
    }
  }
  if (ending.empty()) return *where.layer;
  require(ending.size() == 1, "layer '{}' may be {}: give the whole name", *where.layer, fmt::join(ending, " or "));
  return *ending.begin();
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

std::string ChosenEmbedding::name() const {
  const std::string epoch = embedding.epoch ? fmt::format("epoch {}, ", *embedding.epoch) : "";
  return fmt::format("{}: {}{}", file->path().string(), epoch, embedding.layer);
}

std::vector<ChosenEmbedding> chosen_embeddings(const std::vector<FeatureFile>& files, const EmbeddingChoice& where) {
  const std::string layer = where.layer ? layer_meant(files, where) : "";
  std::vector<ChosenEmbedding> chosen;
  for (const auto& file : files) {
    for (const auto& embedding : file.embeddings()) {
      const bool fits = (!where.layer || embedding.layer == layer) && (!where.epoch || embedding.epoch == where.epoch);
      if (fits) chosen.push_back({&file, embedding});
    }
  }
  require(!chosen.empty(), "no embedding is the one asked for; there is {}", there_is(files));
  return chosen;
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

}  // namespace equinfo
