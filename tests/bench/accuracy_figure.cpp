#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "bench/accuracy_summary.h"
#include "core/error.h"
#include "report/figure_parts.h"

namespace equinfo::bench {
namespace {

constexpr double kFloor = 3e-4, kTop = 3.0;  // nats; what is smaller is drawn at the floor
constexpr double kJitter = 0.2;

struct Look {
  const char *estimator, *words, *colour;
  double offset;  ///< from the middle of a place
  double height;  ///< of the row of means, in heights of the panel
  int shape;
};
constexpr std::array kLooks{
    Look{"best", "best, equinfo’s headline", "#0072B2", -0.27, 1.16, 7},
    Look{"knn", "k nearest neighbours", "#C98500", 0.0, 1.105, 9},
    Look{"usual_recipe", "usual recipe: cross-validated logistic regression, labels appended one-hot", "#C03A00", 0.27,
         1.05, 5}};

struct Place {
  bool wrapped;
  std::int64_t dims;  // of wrapped samples
  const char* words;
};
constexpr std::array kPlaces{Place{false, 0, "as it is"}, Place{true, 16, "d = 16"}, Place{true, 64, "d = 64"},
                             Place{true, 512, "d = 512"}};

struct Panel {
  const char *title, *block, *placing;
  bool synergy;
};
constexpr std::array kPanels{
    Panel{"informations, mean of five", "information", "set lmargin at screen 0.115\nset rmargin at screen 0.53\n",
          false},
    Panel{"synergy S", "synergy", "set lmargin at screen 0.585\nset rmargin at screen 0.985\n", true}};

/// The looks of the estimators that are there.
std::vector<Look> looks_of(const std::vector<AccuracyResult>& results) {
  std::vector<Look> looks;
  for (const Look& look : kLooks) {
    const auto has = [&](const AccuracyResult& result) { return result.by_estimator.contains(look.estimator); };
    if (std::ranges::any_of(results, has)) looks.push_back(look);
  }
  return looks;
}

/// Mean absolute error over a sample's informations, or that of its synergy; absent without that estimator.
std::optional<double> error_of(const AccuracyResult& result, const std::string& estimator, bool synergy) {
  const auto rows = result.by_estimator.find(estimator);
  if (rows == result.by_estimator.end()) return std::nullopt;
  double sum = 0.0;
  int count = 0;
  for (const auto& [quantity, row] : rows->second) {
    if ((quantity == Quantity::kSynergy) != synergy) continue;
    sum += std::abs(row.error());
    ++count;
  }
  return count > 0 ? std::optional(sum / count) : std::nullopt;
}

/// What one estimator adds to a panel: data blocks "$…_points" (x, error of each sample) and "$…_means" (x, mean), and
/// the means as numbers above the panel.
std::string blocks_of(const std::vector<AccuracyResult>& results, const Panel& panel, const Look& look) {
  std::string points = fmt::format("${}_{}_points << EOD\n", panel.block, look.estimator);
  std::string means = fmt::format("${}_{}_means << EOD\n", panel.block, look.estimator);
  std::string labels;
  for (std::size_t p = 0; p < kPlaces.size(); ++p) {
    double sum = 0.0;
    int count = 0;
    const double middle = static_cast<double>(p) + look.offset;
    for (const AccuracyResult& result : results) {
      if (result.wrapped != kPlaces[p].wrapped || (result.wrapped && result.dims != kPlaces[p].dims)) continue;
      const auto error = error_of(result, look.estimator, panel.synergy);
      if (!error) continue;
      // Multiples of the golden ratio spread points evenly, however many there are.
      const double spread = std::fmod(0.618034 * ++count, 1.0) - 0.5;
      points += fmt::format("{:.4f} {:.6f}\n", middle + kJitter * spread, std::clamp(*error, kFloor, kTop));
      sum += *error;
    }
    if (count == 0) continue;
    means += fmt::format("{:.4f} {:.6f}\n", middle, std::clamp(sum / count, kFloor, kTop));
    labels += fmt::format("set label '{:.3f}' at first {},graph {} center font ',13' tc rgb '{}'\n", sum / count, p,
                          look.height, look.colour);
  }
  return points + "EOD\n" + means + "EOD\n" + labels;
}

std::string plots_of(const Panel& panel, const std::vector<Look>& looks) {
  std::string text = "plot ";
  for (const Look& look : looks) {
    const std::string block = fmt::format("${}_{}", panel.block, look.estimator);
    text += fmt::format(
        "{0}_points using 1:2 with points pt {1} ps 0.7 lc rgb '#80{2}' notitle, \\\n"
        "  {0}_means using ($1-0.12):2:(0.24):(0) with vectors nohead lw 3.5 lc rgb '#{2}' notitle{3}",
        block, look.shape, look.colour + 1, &look == &looks.back() ? "\n" : ", \\\n  ");
  }
  return text;
}

std::string axes() {
  std::string tics;
  for (std::size_t p = 0; p < kPlaces.size(); ++p)
    tics += fmt::format("{}'{}' {}", p == 0 ? "" : ", ", kPlaces[p].words, p);
  return fmt::format(
      "unset grid\nset grid y lc rgb '#e4e4e4' lw 0.7\nset logscale y\nset yrange [{}:{}]\nset xrange [-0.6:3.6]\n"
      "set xtics ({}) scale 0\nset ytics ('0.001' 0.001, '0.01' 0.01, '0.1' 0.1, '1' 1)\n"
      "set tmargin at screen 0.645\nset bmargin at screen 0.075\n",
      kFloor, kTop, tics);
}

std::string legend(std::int64_t rows, const std::vector<Look>& looks) {
  std::string text = fmt::format(
      "set label 'How far off? One point a problem of known information, {} rows' at screen 0.02,0.965 font ',16'\n",
      rows);
  for (std::size_t k = 0; k < looks.size(); ++k) {
    text += fmt::format("set label '■  {}' at screen 0.02,{:.3f} tc rgb '{}' font ',13'\n", looks[k].words,
                        0.925 - 0.035 * static_cast<double>(k), looks[k].colour);
  }
  return text;
}

}  // namespace

std::string accuracy_figure(const std::vector<AccuracyResult>& results) {
  const std::vector<Look> looks = looks_of(results);
  require(!looks.empty(), "nothing to draw: the table has no line of best, knn or usual_recipe");
  std::string script =
      std::string(figure_preamble()) + axes() + legend(results.empty() ? 0 : results.front().rows, looks);
  for (const Panel& panel : kPanels) {
    for (const Look& look : looks) script += blocks_of(results, panel, look);
    script += fmt::format(
        "{}set label '{}' at graph 0,graph 1.24\nset label 'mean' at graph -0.02,graph 1.105 right font ',13'\n{}",
        panel.placing, panel.title, panel.synergy ? "unset ylabel\n" : "set ylabel 'absolute error in nats'\n");
    script += plots_of(panel, looks) + "unset label\n";
  }
  return script + "unset multiplot\n";
}

}  // namespace equinfo::bench
