#include "estimators/labels.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "core/error.h"
#include "estimators/independence.h"

namespace equinfo {
namespace {

std::vector<std::int64_t> distinct_values(std::span<const std::int64_t> labels) {
  std::vector<std::int64_t> values(labels.begin(), labels.end());
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

std::vector<std::int32_t> coded(std::span<const std::int64_t> labels, const std::vector<std::int64_t>& values) {
  std::vector<std::int32_t> codes(labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    codes[i] = static_cast<std::int32_t>(std::lower_bound(values.begin(), values.end(), labels[i]) - values.begin());
  }
  return codes;
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
  labels.y_values = distinct_values(y);
  labels.t_values = distinct_values(t);
  labels.y = coded(y, labels.y_values);
  labels.t = coded(t, labels.t_values);
  labels.classes = static_cast<std::int32_t>(labels.y_values.size());
  labels.transforms = static_cast<std::int32_t>(labels.t_values.size());
  labels.sources_given = source.has_value();
  if (source) {
    labels.source_values = distinct_values(*source);
    labels.source = coded(*source, labels.source_values);
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
