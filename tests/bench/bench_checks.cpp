// What the further probes of synergy/probe_checks.h say where the truth is known:
//   bench_checks PROBLEM DIMS ROWS SEED…        DIMS: wrapped to so many dimensions; 0: the problem as it is
// The headline is chosen among the closed-form probes. One line a seed: I(Z;Y,T) minus the truth, S_Y and S_T minus S,
// then what a probe of one label reads more, and what noise columns cost, each with its standard error; the verdict.

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "support/ground_truth.h"
#include "synergy/measure.h"

using namespace equinfo;

namespace {

double number(const Panel& panel, const std::string& item, Quantity quantity) {
  for (const PanelNumber& one : panel.numbers) {
    if (one.item == item && one.quantity == quantity) return one.value;
  }
  throw std::domain_error("no " + item);
}

void check(const std::string& problem, std::int64_t dims, std::int64_t rows, std::uint64_t seed) {
  testing::SampleOptions how{rows, seed};
  how.dims = dims;
  how.rotate = how.warp = how.rotate_again = dims > 0;
  testing::Sample sample = testing::draw(problem, how);
  MeasureOptions options;
  options.estimators = {"lda", "qda", "qda_y", "qda_t", "knn"};
  const Measurement m = measure(std::move(sample.z), code_labels(sample.y, sample.t, sample.source), options);
  const Panel& best = m.panels.front();
  const double synergy = best.at(Quantity::kSynergy).nats;
  std::printf("%s,%lld,%lld,%llu,%.4f,%.4f,%.4f", problem.c_str(), static_cast<long long>(dims),
              static_cast<long long>(rows), static_cast<unsigned long long>(seed),
              best.at(Quantity::kZYT).nats - testing::ground_truth(problem).z_yt,
              number(best, "s_y", Quantity::kSynergy) - synergy, number(best, "s_t", Quantity::kSynergy) - synergy);
  for (const Quantity quantity : {Quantity::kZY, Quantity::kZT}) {
    std::printf(",%.4f,%.4f", number(best, "one_label_excess", quantity),
                number(best, "one_label_excess_error", quantity));
  }
  std::printf(",%.4f,%.4f,%s\n", number(best, "noise_loss", Quantity::kZYT),
              number(best, "noise_loss_error", Quantity::kZYT), std::string(name_of(m.verdict->level)).c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: bench_checks PROBLEM DIMS ROWS SEED...\n");
    return 2;
  }
  std::puts(
      "problem,dims,rows,seed,z_yt_error,s_y_minus_s,s_t_minus_s,excess_y,excess_y_se,excess_t,excess_t_se,noise_loss,"
      "noise_loss_se,verdict");
  for (int k = 4; k < argc; ++k) {
    check(argv[1], std::atoll(argv[2]), std::atoll(argv[3]), std::strtoull(argv[k], nullptr, 10));
  }
}
