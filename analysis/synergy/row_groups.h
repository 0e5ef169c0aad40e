#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "synergy/panel.h"

namespace equinfo {

/// By what rows are put together.
enum class Grouping { kClass, kTransform };

/// "class" or "transform".
std::string_view name_of(Grouping by);
/// The inverse of name_of; throws std::invalid_argument naming an unknown text.
Grouping grouping_named(std::string_view name);

/// One quantity of one group.
struct GroupEstimate {
  Quantity quantity = Quantity::kZY;
  double nats = 0.0;  ///< mean over the group's own rows
  /// Clustered by source, over the group's rows alone; absent for a group with a single source. The interval is the
  /// mean's: what the probe misses is not in it.
  std::optional<double> std_error, ci_low, ci_high;
  double contribution_nats = 0.0;  ///< rows / N · nats; over the groups these sum to the total
  std::optional<double> share;     ///< contribution / total, may be negative or above 1; absent for a total of zero
};

/// The rows of one class or transformation.
struct RowGroup {
  std::int64_t value = 0;  ///< the label in the file
  std::int64_t rows = 0, sources = 0;
  std::vector<GroupEstimate> estimates;  ///< every quantity that is a mean over rows

  /// Throws std::invalid_argument if the group lacks the quantity.
  const GroupEstimate& at(Quantity quantity) const;
};

struct RowGroups {
  Grouping by = Grouping::kClass;
  double ci_level = 0.95;
  std::vector<RowGroup> groups;  ///< in the order of the labels
};

/// Splits every total into what the classes (or transformation values) contribute. In expectation I(Z;Y) of a class is
/// KL(p(z|y) ‖ p(z)), I(Z;T|Y) the information inside that class, and S, when Y and T are independent, never negative;
/// I(Z;T) of a class is what reading T without knowing the class earns on its rows, and may be negative. Labels without
/// rows are left out. Throws std::invalid_argument if `rows` and `labels` differ in length. O(N · groups).
RowGroups group_rows(const RowInformation& rows, const Labels& labels, const Design& design, Grouping by,
                     double ci_level);

/// One row and its contribution to the synergy.
struct TopRow {
  std::int64_t row = 0;                                    ///< of the labels measured
  std::int64_t source = 0;                                 ///< code in those labels
  std::int64_t y = 0, t = 0;                               ///< the labels in the file
  double z_y = 0.0, z_t = 0.0, z_yt = 0.0, synergy = 0.0;  ///< the row's log ratios, nats
};

/// The `count` rows with the largest contribution to the synergy, the largest first, ties by row; all rows if there are
/// fewer. A contribution is the logarithm of a ratio of posteriors at the row's own labels: a single one is noisy and
/// may be negative. Throws std::invalid_argument for a negative count or unequal lengths. O(N log count).
std::vector<TopRow> top_synergy_rows(const RowInformation& rows, const Labels& labels, std::int64_t count);

}  // namespace equinfo
