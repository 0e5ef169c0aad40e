#include "estimators/quantity.h"

#include "core/error.h"

namespace equinfo {
namespace {

struct QuantityRow {
  Quantity quantity;
  std::string_view name, symbol;
};
constexpr std::array kQuantityRows{QuantityRow{Quantity::kZY, "z_y", "I(Z;Y)"},
                                   QuantityRow{Quantity::kZT, "z_t", "I(Z;T)"},
                                   QuantityRow{Quantity::kZYGivenT, "z_y_given_t", "I(Z;Y|T)"},
                                   QuantityRow{Quantity::kZTGivenY, "z_t_given_y", "I(Z;T|Y)"},
                                   QuantityRow{Quantity::kZYT, "z_yt", "I(Z;Y,T)"},
                                   QuantityRow{Quantity::kYT, "y_t", "I(Y;T)"},
                                   QuantityRow{Quantity::kYTGivenZ, "y_t_given_z", "I(Y;T|Z)"},
                                   QuantityRow{Quantity::kSynergy, "synergy", "synergy S"},
                                   QuantityRow{Quantity::kSynergyShare, "synergy_share", "S / H(T|Z)"}};

struct KindRow {
  EstimateKind kind;
  std::string_view name;
};
constexpr std::array kKindRows{
    KindRow{EstimateKind::kPoint, "point"}, KindRow{EstimateKind::kLowerBound, "lower_bound"},
    KindRow{EstimateKind::kUpperBound, "upper_bound"}, KindRow{EstimateKind::kDifference, "difference"},
    KindRow{EstimateKind::kRatio, "ratio"}};

const QuantityRow& row_of(Quantity quantity) { return kQuantityRows[static_cast<std::size_t>(quantity)]; }

}  // namespace

std::string_view name_of(Quantity quantity) { return row_of(quantity).name; }

std::string_view symbol_of(Quantity quantity) { return row_of(quantity).symbol; }

Quantity quantity_named(std::string_view name) {
  for (const auto& row : kQuantityRows) {
    if (row.name == name) return row.quantity;
  }
  throw std::invalid_argument(fmt::format("'{}' is no quantity", name));
}

std::string_view name_of(EstimateKind kind) { return kKindRows[static_cast<std::size_t>(kind)].name; }

EstimateKind estimate_kind_named(std::string_view name) {
  for (const auto& row : kKindRows) {
    if (row.name == name) return row.kind;
  }
  throw std::invalid_argument(fmt::format("'{}' is no kind of estimate", name));
}

}  // namespace equinfo
