#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace equinfo {

/// The entropy of a discrete variable, in nats, from a histogram: `counts` [K] holds how often each of its K possible
/// values was seen, zeros included. The plug-in value falls short by about (m − 1)/2N (m values seen, N observations);
/// the others correct for that, each by an idea of its own. All suppose independent observations.
/// Each throws std::invalid_argument for a negative count and std::domain_error if there is no observation. O(K).

/// −Σ (n/N) ln(n/N). Never above the truth in expectation.
double plug_in_entropy(std::span<const std::int64_t> counts);

/// Plug-in + (m − 1)/2N, the first term of its bias (Miller 1955).
double miller_madow_entropy(std::span<const std::int64_t> counts);

/// ln N − (1/N) Σ n G(n) with G(n) = ψ(n) + ½ (−1)ⁿ [ψ((n+1)/2) − ψ(n/2)] (Grassberger 2003, eq. 35; not the
/// form of 1988, which some toolkits have under this name). May be negative by a trifle for a constant.
double grassberger_entropy(std::span<const std::int64_t> counts);

/// Horvitz–Thompson on coverage-adjusted frequencies (Chao & Shen 2003): C = 1 − f₁/N with f₁ the values seen once,
/// p̃ = C n/N, −Σ p̃ ln p̃ / (1 − (1 − p̃)^N). Throws std::domain_error if every value was seen once: then C = 0.
double chao_shen_entropy(std::span<const std::int64_t> counts);

/// The posterior mean of nsb_entropy (estimators/nsb.h), K = the length of `counts`.
double nsb_mean_entropy(std::span<const std::int64_t> counts);

/// One way to estimate an entropy, by name.
struct EntropyCorrection {
  std::string name;     ///< "plug-in", "miller-madow", "grassberger", "chao-shen", "nsb"
  std::string summary;  ///< one line for people
  double (*entropy)(std::span<const std::int64_t> counts);
};

/// All corrections there are.
const std::vector<EntropyCorrection>& entropy_corrections();
/// One of them; throws std::invalid_argument that names an unknown name and the nearest known one.
const EntropyCorrection& entropy_correction_named(std::string_view name);

/// The number of observations, after the checks that all estimators share.
std::int64_t observations(std::span<const std::int64_t> counts);

}  // namespace equinfo
