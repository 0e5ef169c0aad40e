#include "synergy/probe_checks.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "core/random.h"
#include "estimators/lda.h"

namespace equinfo {
namespace {

constexpr double kHarmlessExcess = 0.01, kHarmlessLoss = 0.02;  // nats

const ProbeKind& lda_kind() { return *std::ranges::find(probe_kinds(), true, &ProbeKind::is_lda); }

LargeMatrix with_noise(const ScaledRows& z, std::int64_t columns, std::uint64_t seed) {
  RandomStream stream(seed, "columns of noise");
  LargeMatrix wide(z.rows(), z.cols() + columns);
  for (std::int64_t i = 0; i < z.rows(); ++i) {
    const auto row = wide.row(i);
    z.copy_row(i, row.first(static_cast<std::size_t>(z.cols())));
    for (auto j = static_cast<std::size_t>(z.cols()); j < row.size(); ++j) row[j] = static_cast<float>(stream.normal());
  }
  return wide;
}

/// What a fit reads, as the headline does: extrapolated or not.
RowInformation rows_of(const CrossFit& fit, bool limit) { return limit ? extrapolated(fit) : fit.full; }

ClusteredMean gap(const std::vector<double>& more, const std::vector<double>& less, const Labels& labels) {
  std::vector<double> gaps(more.size());
  std::ranges::transform(more, less, gaps.begin(), std::minus<>());
  return clustered_mean(gaps, labels.source, labels.sources);
}

bool fails(const ClusteredMean& gap, double harmless) { return gap.mean > std::max(harmless, 2.0 * gap.std_error); }

void tell_excess(Quantity quantity, const ClusteredMean& excess, Verdict& verdict) {
  if (!fails(excess, kHarmlessExcess)) return;
  const char* label = quantity == Quantity::kZY ? "class" : "transformation";
  raise(verdict, VerdictLevel::kAmber,
        {fmt::format("a linear probe that knows the {} alone reads {{}} more of {} than the headline, which knows "
                     "both labels: the probes fit these data badly; take the estimate for a lower bound, and compare "
                     "mlp and knn_logits",
                     label, symbol_of(quantity)),
         {excess.mean}});
}

}  // namespace

LdaFits lda_fits(const CrossFitter& fitter) {
  const Labels y = class_alone(fitter.labels()), t = transform_alone(fitter.labels());
  const CrossFitter of_class = fitter.merged(y), of_transform = fitter.merged(t);
  std::vector<CrossFit> fits = fitter.fit_with(lda_kind(), std::array{&of_class, &of_transform});
  return {std::move(fits[0]), std::move(fits[1]), std::move(fits[2])};
}

ProbeChecks check_probes(const ScaledRows& z, const Labels& labels, const ProbePanels& headline,
                         const ProbeCheckOptions& options) {
  const bool limit = headline.extrapolation_reliable;
  std::optional<CrossFitter> fitter;
  std::optional<LdaFits> own;
  const LdaFits& lda = options.lda ? *options.lda : own.emplace(lda_fits(fitter.emplace(z, labels, options.cross_fit)));
  const RowInformation of_class = rows_of(lda.of_class, limit), of_t = rows_of(lda.of_transform, limit);
  ProbeChecks checks;
  checks.excess_y = gap(of_class.z_y, headline.rows.z_y, labels);
  checks.excess_t = gap(of_t.z_t, headline.rows.z_t, labels);
  const double synergy = headline.extrapolated.at(Quantity::kSynergy).nats;
  checks.s_y = synergy - checks.excess_y.mean;
  checks.s_t = synergy - checks.excess_t.mean;
  if (options.noise_columns == 0) return checks;
  const LargeMatrix noisy = with_noise(z, options.noise_columns, options.cross_fit.seed);
  checks.noise_loss = gap(rows_of(lda.joint, limit).z_yt,
                          rows_of(cross_fit(lda_kind(), noisy, labels, options.cross_fit), limit).z_yt, labels);
  return checks;
}

void tell_checks(const ProbeChecks& checks, Panel& headline, Verdict& verdict) {
  headline.details.emplace_back("separate probes", fmt::format("S_Y {:.4f}, S_T {:.4f}", checks.s_y, checks.s_t));
  headline.numbers.insert(headline.numbers.end(),
                          {{"s_y", Quantity::kSynergy, checks.s_y},
                           {"s_t", Quantity::kSynergy, checks.s_t},
                           {"one_label_excess", Quantity::kZY, checks.excess_y.mean},
                           {"one_label_excess", Quantity::kZT, checks.excess_t.mean},
                           {"one_label_excess_error", Quantity::kZY, checks.excess_y.std_error},
                           {"one_label_excess_error", Quantity::kZT, checks.excess_t.std_error}});
  tell_excess(Quantity::kZY, checks.excess_y, verdict);
  tell_excess(Quantity::kZT, checks.excess_t, verdict);
  if (!checks.noise_loss) return;
  const ClusteredMean& loss = *checks.noise_loss;
  headline.numbers.push_back({"noise_loss", Quantity::kZYT, loss.mean});
  headline.numbers.push_back({"noise_loss_error", Quantity::kZYT, loss.std_error});
  if (!fails(loss, kHarmlessLoss)) return;
  for (Estimate& estimate : headline.estimates) {
    if (estimate.quantity != Quantity::kYT) estimate.flags.emplace_back("dimension_limited");
  }
  raise(verdict, VerdictLevel::kAmber,
        {"columns of noise beside Z cost lda {} {unit} of I(Z;Y,T), so that Z has more dimensions than the images can "
         "serve: add images, or reduce Z (by principal components, say)",
         {loss.mean}});
}

}  // namespace equinfo
