#include "estimators/probe_device.h"

#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "compute/cuda_device.h"
#include "core/random.h"
#include "estimators/product_program.h"
#include "estimators/row_loss.h"

namespace equinfo {
namespace {

TrainingRows drawn_rows(std::int64_t rows, std::int64_t cols, std::int64_t cells, RandomStream& stream) {
  TrainingRows drawn{{}, LargeMatrix(rows, cols), {}};
  for (std::int64_t i = 0; i < rows; ++i) {
    for (float& x : drawn.x.row(i)) x = static_cast<float>(stream.normal());
    drawn.row.push_back(i);
    drawn.cell.push_back(static_cast<std::int32_t>(stream.below(cells)));
  }
  return drawn;
}

/// Whether two numbers are equal but for rounding in sums of this size.
bool agree(double a, double b, double size) { return std::abs(a - b) <= 1e-5 * size; }

}  // namespace

ProbeDevice::ProbeDevice(Accelerator& accelerator) : accelerator_(accelerator) {
  // More than one part of rows and two tiles of columns.
  constexpr std::int64_t kRows = 1100, kCols = 130, kCells = 7;
  RandomStream stream(0, "probe device");
  const TrainingRows rows = drawn_rows(kRows, kCols, kCells, stream);
  std::vector<float> weights(static_cast<std::size_t>((kCols + 1) * kCells));
  for (float& w : weights) w = static_cast<float>(0.1 * stream.normal());
  std::vector<double> here(weights.size()), there(weights.size());
  const double loss = (*row_loss(rows, kCells, nullptr))(weights, here);
  bool equal = agree((*row_loss(rows, kCells, this))(weights, there), loss, loss);
  for (std::size_t k = 0; k < here.size(); ++k) equal = equal && agree(there[k], here[k], std::sqrt(1.0 * kRows));
  if (equal) return;
  throw AcceleratorError(
      fmt::format("{}: computes another loss than the processor; please report this", accelerator.name()));
}

const ProbeDevice* probe_device(DeviceChoice choice) {
  return choice == DeviceChoice::kCuda ? &cuda_probe_device() : nullptr;
}

}  // namespace equinfo
