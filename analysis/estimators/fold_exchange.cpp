#include "estimators/fold_exchange.h"

#include <algorithm>

#include "compute/byte_archive.h"
#include "compute/team.h"

namespace equinfo {
namespace {

/// The three informations of the three readings.
template <class Fit>
auto columns_of(Fit& fit) {
  return std::array{&fit.full.z_y,  &fit.full.z_t,    &fit.full.z_yt,   &fit.half.z_y,    &fit.half.z_t,
                    &fit.half.z_yt, &fit.quarter.z_y, &fit.quarter.z_t, &fit.quarter.z_yt};
}

void write(const CrossFit& fit, std::size_t fold, const std::vector<std::int64_t>& rows, ByteWriter& out) {
  for (const std::vector<double>* column : columns_of(fit)) {
    std::vector<double> values;
    for (const std::int64_t row : rows) values.push_back((*column)[static_cast<std::size_t>(row)]);
    out.put(values);
  }
  out.put(std::vector<double>(fit.gates[fold].begin(), fit.gates[fold].end()));
  out.put(fit.inner[fold].rows);
  out.put(fit.inner[fold].z_yt);
}

void read(ByteReader& in, std::size_t fold, const std::vector<std::int64_t>& rows, CrossFit& fit) {
  for (std::vector<double>* column : columns_of(fit)) {
    const std::vector<double> values = in.take<double>();
    for (std::size_t k = 0; k < rows.size(); ++k) (*column)[static_cast<std::size_t>(rows[k])] = values[k];
  }
  std::ranges::copy(in.take<double>(), fit.gates[fold].begin());
  fit.inner[fold].rows = in.take<std::int64_t>();
  fit.inner[fold].z_yt = in.take<double>();
}

}  // namespace

void exchange_folds(std::vector<CrossFit>& fits, const SourceFolds& folds, const std::vector<int>& owner) {
  std::vector<std::vector<std::int64_t>> rows(owner.size());
  for (std::size_t i = 0; i < folds.chunk.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    rows[static_cast<std::size_t>(folds.fold(row))].push_back(row);
  }
  ByteWriter own;
  for (std::size_t fold = 0; fold < owner.size(); ++fold) {
    if (owner[fold] != team_rank()) continue;
    for (const CrossFit& fit : fits) write(fit, fold, rows[fold], own);
  }
  const auto of_ranks = gather_over_team(own.bytes());
  std::vector<ByteReader> readers(of_ranks.begin(), of_ranks.end());
  for (std::size_t fold = 0; fold < owner.size(); ++fold) {
    for (CrossFit& fit : fits) read(readers[static_cast<std::size_t>(owner[fold])], fold, rows[fold], fit);
  }
}

}  // namespace equinfo
