#include "estimators/labels.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "core/error.h"
#include "estimators/independence.h"

namespace equinfo {
namespace {

/// Labels by their places among the distinct values, which ascend.
struct Coded {
  std::vector<std::int64_t> values;
  std::vector<std::int32_t> codes;
};

Coded coded(std::span<const std::int64_t> labels) {
  Coded result{{}, std::vector<std::int32_t>(labels.size())};
  const auto [least, most] = std::ranges::minmax(labels);
  const std::uint64_t span = static_cast<std::uint64_t>(most) - static_cast<std::uint64_t>(least);
  if (span < 4 * labels.size()) {  // one table of all that lies between them
    std::vector<std::int32_t> code(span + 1, -1);
    for (const std::int64_t label : labels) code[static_cast<std::size_t>(label - least)] = 0;
    for (std::size_t v = 0; v < code.size(); ++v) {
      if (code[v] < 0) continue;
      code[v] = static_cast<std::int32_t>(result.values.size());
      result.values.push_back(least + static_cast<std::int64_t>(v));
    }
    for (std::size_t i = 0; i < labels.size(); ++i) result.codes[i] = code[static_cast<std::size_t>(labels[i] - least)];
    return result;
  }
  result.values.assign(labels.begin(), labels.end());
  std::ranges::sort(result.values);
  result.values.erase(std::unique(result.values.begin(), result.values.end()), result.values.end());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    result.codes[i] =
        static_cast<std::int32_t>(std::ranges::lower_bound(result.values, labels[i]) - result.values.begin());
  }
  return result;
}

std::vector<double> log_shares(const std::vector<std::int64_t>& counts, std::int64_t rows) {
  std::vector<double> logs(counts.size());
  for (std::size_t c = 0; c < counts.size(); ++c) {
    logs[c] = counts[c] > 0 ? std::log(static_cast<double>(counts[c]) / static_cast<double>(rows))
                            : -std::numeric_limits<double>::infinity();
  }
  return logs;
}

}  // namespace

Labels code_labels(std::span<const std::int64_t> y, std::span<const std::int64_t> t,
                   const std::optional<std::vector<std::int64_t>>& source) {
  require(!y.empty(), "labels: there are no rows");
  require(y.size() == t.size(), "labels: y has {} rows but t has {}", y.size(), t.size());
  require(!source || source->size() == y.size(), "labels: y has {} rows but source has {}", y.size(),
          source ? source->size() : 0);
  require(y.size() < static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()), "labels: {} rows are too many",
          y.size());
  Labels labels;
  const auto code = [](std::span<const std::int64_t> of, auto& values, auto& codes) {
    Coded result = coded(of);
    values = std::move(result.values);
    codes = std::move(result.codes);
  };
  code(y, labels.y_values, labels.y);
  code(t, labels.t_values, labels.t);
  labels.classes = static_cast<std::int32_t>(labels.y_values.size());
  labels.transforms = static_cast<std::int32_t>(labels.t_values.size());
  labels.sources_given = source.has_value();
  if (source) {
    code(*source, labels.source_values, labels.source);
    labels.sources = static_cast<std::int64_t>(labels.source_values.size());
  } else {
    labels.source.resize(y.size());
    for (std::size_t i = 0; i < y.size(); ++i) labels.source[i] = static_cast<std::int32_t>(i);
    labels.sources = labels.rows();
  }
  return labels;
}

Labels select_rows(const Labels& labels, std::span<const std::int64_t> rows) {
  Labels chosen;
  chosen.y_values = labels.y_values;
  chosen.t_values = labels.t_values;
  chosen.classes = labels.classes;
  chosen.transforms = labels.transforms;
  chosen.sources_given = labels.sources_given;
  std::unordered_map<std::int32_t, std::int32_t> new_code;
  for (const std::int64_t row : rows) {
    const auto i = static_cast<std::size_t>(row);
    chosen.y.push_back(labels.y[i]);
    chosen.t.push_back(labels.t[i]);
    const auto next = static_cast<std::int32_t>(new_code.size());
    const auto [code, is_new] = new_code.try_emplace(labels.source[i], next);
    chosen.source.push_back(code->second);
    if (is_new && labels.sources_given) {
      chosen.source_values.push_back(labels.source_values.at(static_cast<std::size_t>(labels.source[i])));
    }
  }
  chosen.sources = static_cast<std::int64_t>(new_code.size());
  if (labels.continuous_t) {
    const Matrix<double>& values = labels.continuous_t->values;
    Matrix<double> kept(static_cast<std::int64_t>(rows.size()), values.cols());
    for (std::int64_t i = 0; i < kept.rows(); ++i) {
      std::ranges::copy(values.row(rows[static_cast<std::size_t>(i)]), kept.row(i).begin());
    }
    chosen.continuous_t = {std::move(kept), labels.continuous_t->period, labels.continuous_t->position,
                           labels.continuous_t->cuts};
  }
  return chosen;
}

LogPriors log_priors(const Labels& labels) {
  std::vector<std::int64_t> y(static_cast<std::size_t>(labels.classes)), t(static_cast<std::size_t>(labels.transforms)),
      cell(static_cast<std::size_t>(labels.cells()));
  for (std::int64_t i = 0; i < labels.rows(); ++i) {
    ++y[static_cast<std::size_t>(labels.y[static_cast<std::size_t>(i)])];
    ++t[static_cast<std::size_t>(labels.t[static_cast<std::size_t>(i)])];
    ++cell[static_cast<std::size_t>(labels.cell(i))];
  }
  LogPriors priors{log_shares(y, labels.rows()), log_shares(t, labels.rows()), log_shares(cell, labels.rows())};
  if (!is_independent(independence_p_value(labels))) return priors;
  for (std::size_t c = 0; c < cell.size(); ++c) priors.cell[c] = priors.y[c / t.size()] + priors.t[c % t.size()];
  return priors;
}

Labels class_alone(Labels labels) {
  std::ranges::fill(labels.t, 0);
  labels.transforms = 1;
  labels.t_values = {0};
  labels.continuous_t.reset();
  return labels;
}

Labels transform_alone(Labels labels) {
  std::ranges::fill(labels.y, 0);
  labels.classes = 1;
  labels.y_values = {0};
  labels.continuous_t.reset();
  return labels;
}

}  // namespace equinfo
