#include "neighbors/max_norm.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "compute/parallel.h"
#include "compute/vectorised.h"
#include "core/error.h"
#include "core/progress.h"
#include "neighbors/workspace_pool.h"

namespace equinfo {
namespace {

constexpr std::int64_t kTaskRows = 64;
constexpr std::int64_t kBlockCols = 1024;  ///< distances of a block stay in the nearest cache

EQUINFO_VECTORISED
void add_squares(const float* column, float own, std::int64_t count, double* sum) {
  for (std::int64_t j = 0; j < count; ++j) {
    const double apart = static_cast<double>(own) - static_cast<double>(column[j]);
    sum[j] += apart * apart;
  }
}

EQUINFO_VECTORISED
void raise_to_squares(const double* column, double own, std::int64_t count, double* top) {
  for (std::int64_t j = 0; j < count; ++j) {
    const double apart = own - column[j];
    const double square = apart * apart;
    top[j] = square > top[j] ? square : top[j];
  }
}

EQUINFO_VECTORISED
void raise_to_circular_squares(const double* column, double own, double period, std::int64_t count, double* top) {
  for (std::int64_t j = 0; j < count; ++j) {
    const double direct = std::abs(own - column[j]), other_way = period - direct;
    const double apart = direct < other_way ? direct : other_way;
    const double square = apart * apart;
    top[j] = square > top[j] ? square : top[j];
  }
}

struct Near {
  std::int32_t z = 0, t = 0, zt = 0;
};

EQUINFO_VECTORISED
Near count_below(const double* z, const double* t, std::int64_t count, double limit) {
  std::int32_t in_z = 0, in_t = 0, in_both = 0;
  for (std::int64_t j = 0; j < count; ++j) {
    const std::int32_t near_z = z[j] < limit ? 1 : 0, near_t = t[j] < limit ? 1 : 0;
    in_z += near_z;
    in_t += near_t;
    in_both += near_z & near_t;
  }
  return {in_z, in_t, in_both};
}

void check(const MaxNormProblem& problem, std::span<const int> ks) {
  const std::int64_t rows = problem.z.rows();
  const auto agrees = [rows](std::size_t size) { return static_cast<std::int64_t>(size) == rows; };
  require(rows > 0, "neighbors: there are no rows");
  for (const int k : ks) require(k >= 1, "neighbors: k = {} is below 1", k);
  require(problem.t.rows() == rows, "neighbors: z has {} rows but t has {}", rows, problem.t.rows());
  require(agrees(problem.y.size()), "neighbors: z has {} rows but y has {}", rows, problem.y.size());
  require(problem.source.empty() || agrees(problem.source.size()), "neighbors: z has {} rows but source has {}", rows,
          problem.source.size());
  require(static_cast<std::int64_t>(problem.period.size()) == problem.t.cols(),
          "neighbors: t has {} components but {} periods", problem.t.cols(), problem.period.size());
  const auto finite = [rows](const auto& values, const char* name) {
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < values.cols(); ++j) {
        require(std::isfinite(values(i, j)), "neighbors: {}[{}, {}] = {} is not finite", name, i, j, values(i, j));
      }
    }
  };
  finite(problem.z, "z");
  finite(problem.t, "t");
}

/// Rows sorted by class, column by column.
struct SortedColumns {
  std::vector<std::int64_t> order;                              ///< row of the problem
  Matrix<float> z;                                              ///< [d, N]
  Matrix<double> t;                                             ///< [p, N]
  std::vector<std::pair<std::int64_t, std::int64_t>> in_class;  ///< [N] rows of the same class: begin, end
  std::vector<std::vector<std::int64_t>> members;               ///< of each source
  std::vector<std::size_t> source;                              ///< [N] index into members
};

template <class Number>
Matrix<Number> columns_of(MatrixView<const Number> rows, const std::vector<std::int64_t>& order) {
  Matrix<Number> columns(rows.cols(), rows.rows());
  for (std::int64_t i = 0; i < rows.rows(); ++i) {
    const auto row = rows.row(order[static_cast<std::size_t>(i)]);
    for (std::int64_t j = 0; j < rows.cols(); ++j) columns(j, i) = row[static_cast<std::size_t>(j)];
  }
  return columns;
}

SortedColumns sorted_columns(const MaxNormProblem& problem) {
  SortedColumns sorted;
  const auto rows = static_cast<std::size_t>(problem.z.rows());
  const auto class_of = [&](std::int64_t row) { return problem.y[static_cast<std::size_t>(row)]; };
  sorted.order.resize(rows);
  std::iota(sorted.order.begin(), sorted.order.end(), 0);
  std::ranges::stable_sort(sorted.order, {}, class_of);
  sorted.z = columns_of(problem.z, sorted.order);
  sorted.t = columns_of(problem.t, sorted.order);
  for (std::size_t i = 0; i < rows;) {
    std::size_t end = i;
    while (end < rows && class_of(sorted.order[end]) == class_of(sorted.order[i])) ++end;
    for (const std::size_t begin = i; i < end; ++i) sorted.in_class.emplace_back(begin, end);
  }
  std::vector<std::int64_t> codes(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::int64_t row = sorted.order[i];
    codes[i] = problem.source.empty() ? row : problem.source[static_cast<std::size_t>(row)];
  }
  std::vector<std::int64_t> distinct = codes;
  std::ranges::sort(distinct);
  distinct.erase(std::ranges::unique(distinct).begin(), distinct.end());
  sorted.members.resize(distinct.size());
  for (std::size_t i = 0; i < rows; ++i) {
    sorted.source.push_back(static_cast<std::size_t>(std::ranges::lower_bound(distinct, codes[i]) - distinct.begin()));
    sorted.members[sorted.source.back()].push_back(static_cast<std::int64_t>(i));
  }
  return sorted;
}

struct Workspace {
  std::vector<double> z, t, both;
};

/// Squared distances of sorted row i to all sorted rows.
void measure_row(const SortedColumns& sorted, std::span<const double> period, std::int64_t i, Workspace& work) {
  const auto rows = static_cast<std::int64_t>(sorted.order.size());
  work.z.assign(sorted.order.size(), 0.0);
  work.t.assign(sorted.order.size(), 0.0);
  for (std::int64_t first = 0; first < rows; first += kBlockCols) {
    const std::int64_t count = std::min(kBlockCols, rows - first);
    for (std::int64_t c = 0; c < sorted.z.rows(); ++c) {
      add_squares(sorted.z.row(c).data() + first, sorted.z(c, i), count, work.z.data() + first);
    }
    for (std::int64_t c = 0; c < sorted.t.rows(); ++c) {
      const double* column = sorted.t.row(c).data() + first;
      const double length = period[static_cast<std::size_t>(c)];
      if (length > 0.0) {
        raise_to_circular_squares(column, sorted.t(c, i), length, count, work.t.data() + first);
      } else {
        raise_to_squares(column, sorted.t(c, i), count, work.t.data() + first);
      }
    }
  }
}

/// The k-th smallest max(d_Z, d_T)² inside the class, and how many eligible rows lie at most that far.
std::pair<double, std::int32_t> joint_radius(const SortedColumns& sorted, std::int64_t i, int k, Workspace& work) {
  const auto row = static_cast<std::size_t>(i);
  const auto [begin, end] = sorted.in_class[row];
  work.both.clear();
  for (std::int64_t j = begin; j < end; ++j) {
    const auto other = static_cast<std::size_t>(j);
    if (sorted.source[other] != sorted.source[row]) work.both.push_back(std::max(work.z[other], work.t[other]));
  }
  require(work.both.size() >= static_cast<std::size_t>(k),
          "neighbors: k = {} but row {} has only {} eligible rows in its class", k, sorted.order[row],
          work.both.size());
  const auto kth = work.both.begin() + (k - 1);
  std::nth_element(work.both.begin(), kth, work.both.end());
  const double radius = *kth;
  return {radius, k + static_cast<std::int32_t>(std::count(kth + 1, work.both.end(), radius))};
}

MaxNormCounts count_row(const SortedColumns& sorted, std::int64_t i, int k, Workspace& work) {
  const auto [radius, within] = joint_radius(sorted, i, k, work);
  const bool tied = within > k;
  const double limit = tied ? std::nextafter(radius, std::numeric_limits<double>::infinity()) : radius;
  const auto [begin, end] = sorted.in_class[static_cast<std::size_t>(i)];
  Near all = count_below(work.z.data(), work.t.data(), static_cast<std::int64_t>(work.z.size()), limit);
  Near own = count_below(work.z.data() + begin, work.t.data() + begin, end - begin, limit);
  for (const std::int64_t j : sorted.members[sorted.source[static_cast<std::size_t>(i)]]) {
    const Near one = count_below(work.z.data() + j, work.t.data() + j, 1, limit);
    for (Near* near : {&all, &own}) {
      if (near == &own && (j < begin || j >= end)) continue;
      near->z -= one.z;
      near->t -= one.t;
      near->zt -= one.zt;
    }
  }
  const std::int32_t more = tied ? 0 : 1;
  return {all.z + more, all.t + more, all.zt + more, own.z + more, own.t + more, within};
}

}  // namespace

std::vector<std::vector<MaxNormCounts>> max_norm_counts(const MaxNormProblem& problem, std::span<const int> ks,
                                                        const MaxNormOptions& options) {
  check(problem, ks);
  const SortedColumns sorted = sorted_columns(problem);
  const auto rows = static_cast<std::int64_t>(sorted.order.size());
  const std::int64_t tasks = (rows + kTaskRows - 1) / kTaskRows;
  std::vector<std::vector<MaxNormCounts>> counts(ks.size(), std::vector<MaxNormCounts>(sorted.order.size()));
  std::optional<Progress> progress;
  if (options.show_progress) progress.emplace("neighbours", tasks, "blocks");
  WorkspacePool<Workspace> pool;
  const auto count_rows = [&](std::int64_t first, Workspace& work) {
    for (std::int64_t i = first; i < std::min(first + kTaskRows, rows); ++i) {
      const auto row = static_cast<std::size_t>(sorted.order[static_cast<std::size_t>(i)]);
      measure_row(sorted, problem.period, i, work);
      for (std::size_t c = 0; c < ks.size(); ++c) counts[c][row] = count_row(sorted, i, ks[c], work);
    }
  };
  parallel_for(tasks, options.threads, [&](std::int64_t task) {
    pool.with([] { return Workspace(); }, [&](Workspace& work) { count_rows(task * kTaskRows, work); });
    if (progress) progress->advance();
  });
  return counts;
}

}  // namespace equinfo
