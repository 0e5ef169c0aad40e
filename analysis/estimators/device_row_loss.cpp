#include "estimators/device_row_loss.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "core/error.h"
#include "estimators/product_tasks.h"

namespace equinfo {
namespace {

using products::kThreads;
using products::kTile;

constexpr int kPartRows = 1024;

int ratio_up(std::int64_t count, std::int64_t step) { return static_cast<int>((count + step - 1) / step); }

int checked_int(std::int64_t count) {
  require(count < std::numeric_limits<int>::max(), "probes on a device: {} rows are too many", count);
  return static_cast<int>(count);
}

std::size_t area(int rows, int cols) { return static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols); }

}  // namespace

DeviceRowLoss::DeviceRowLoss(Accelerator& device, std::unique_lock<std::mutex> reserved, const TrainingRows& rows,
                             std::int64_t cells)
    : reserved_(std::move(reserved)),
      device_(device),
      rows_(checked_int(rows.x.rows())),
      inputs_(checked_int(rows.x.cols() + 1)),
      cells_(checked_int(cells)),
      x_(device, area(rows_, inputs_)),
      cell_(device, rows.cell),
      weights_(device, area(inputs_, cells_)),
      scores_(device, area(rows_, cells_)),
      losses_(device, static_cast<std::size_t>(ratio_up(rows_, kThreads))),
      parts_(device, static_cast<std::size_t>(ratio_up(rows_, kPartRows)) * area(inputs_, cells_)),
      gradient_(device, area(inputs_, cells_)) {
  write_rows(rows.x);
}

/// Some rows at a time, so that this process holds few of them twice.
void DeviceRowLoss::write_rows(MatrixView<const float> x) {
  constexpr std::int64_t kRows = 4096;
  std::vector<float> values;
  for (std::int64_t first = 0; first < x.rows(); first += kRows) {
    values.clear();
    for (std::int64_t i = first; i < std::min(x.rows(), first + kRows); ++i) {
      values.insert(values.end(), x.row(i).begin(), x.row(i).end());
      values.push_back(1.0F);
    }
    x_.write(values, static_cast<std::size_t>(first) * static_cast<std::size_t>(inputs_));
  }
}

void DeviceRowLoss::compute_errors() {
  const products::ProductTask product{
      {x_.data(), inputs_, 1}, {weights_.data(), 1, cells_}, rows_, cells_, inputs_, inputs_, scores_.data()};
  device_.run("multiply", ratio_up(rows_, kTile) * ratio_up(cells_, kTile), kThreads, &product);
  const products::SoftmaxTask softmax{scores_.data(), cell_.data(), losses_.data(), rows_, cells_};
  device_.run("soften", ratio_up(rows_, kThreads), kThreads, &softmax);
}

void DeviceRowLoss::compute_gradient() {
  const int parts = ratio_up(rows_, kPartRows), size = inputs_ * cells_;
  const products::ProductTask product{
      {x_.data(), 1, inputs_}, {scores_.data(), 1, cells_}, inputs_, cells_, rows_, kPartRows, parts_.data()};
  device_.run("multiply", parts * ratio_up(inputs_, kTile) * ratio_up(cells_, kTile), kThreads, &product);
  const products::SumTask sum{parts_.data(), gradient_.data(), parts, size};
  device_.run("sum_up", ratio_up(size, kThreads), kThreads, &sum);
}

double DeviceRowLoss::operator()(std::span<const float> weights, std::span<double> gradient) {
  weights_.write(weights);
  compute_errors();
  compute_gradient();
  gradient_.read(gradient);
  std::vector<double> losses(losses_.size());
  losses_.read(losses);
  return std::accumulate(losses.begin(), losses.end(), 0.0);
}

}  // namespace equinfo
