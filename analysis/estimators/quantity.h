#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace equinfo {

/// What is measured of a representation Z, a class Y and a transformation T. All in nats but kSynergyShare.
enum class Quantity {
  kZY,           ///< I(Z;Y)
  kZT,           ///< I(Z;T)
  kZYGivenT,     ///< I(Z;Y|T)
  kZTGivenY,     ///< I(Z;T|Y)
  kZYT,          ///< I(Z;Y,T)
  kYT,           ///< I(Y;T): a property of the labels alone
  kYTGivenZ,     ///< I(Y;T|Z)
  kSynergy,      ///< S = I(Z;T|Y) − I(Z;T) = I(Y;T|Z) − I(Y;T)
  kSynergyShare  ///< S / H(T|Z), a ratio
};

inline constexpr std::array kQuantities{Quantity::kZY,       Quantity::kZT,      Quantity::kZYGivenT,
                                        Quantity::kZTGivenY, Quantity::kZYT,     Quantity::kYT,
                                        Quantity::kYTGivenZ, Quantity::kSynergy, Quantity::kSynergyShare};

/// The name in results.csv, such as "z_y_given_t".
std::string_view name_of(Quantity quantity);
/// The inverse of name_of; throws std::invalid_argument naming an unknown text.
Quantity quantity_named(std::string_view name);
/// How people write it, such as "I(Z;Y|T)".
std::string_view symbol_of(Quantity quantity);

/// Readings come from float32 evidence: what is closer than this to zero or to a ceiling is at it.
inline constexpr double kRoundingNats = 1e-6;

/// What an estimate claims: the value itself, a bound in expectation, the difference of two bounds (itself no bound).
enum class EstimateKind { kPoint, kLowerBound, kUpperBound, kDifference, kRatio };

/// The name in results.csv, such as "lower_bound".
std::string_view name_of(EstimateKind kind);
EstimateKind estimate_kind_named(std::string_view name);

/// One measured quantity. Never clipped: a negative estimate stays negative, one above its ceiling stays above.
struct Estimate {
  Quantity quantity = Quantity::kZY;
  EstimateKind kind = EstimateKind::kPoint;
  double nats = 0.0;
  std::optional<double> ci_low, ci_high;  ///< interval for the quantity (not for the estimator's mean)
  double ci_level = 0.95;
  std::optional<double> std_error;  ///< clustered by source
  std::optional<double> p_value;
  std::optional<double> ceiling_nats;  ///< largest possible value, such as H(Y)
  std::vector<std::string> flags;      ///< from the documented set; empty if there is nothing to say
};

}  // namespace equinfo
