#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <boost/math/special_functions/digamma.hpp>

namespace equinfo {

/// ψ(n) for n = 1..largest.
class DigammaTable {
 public:
  explicit DigammaTable(std::int64_t largest) : values_(static_cast<std::size_t>(largest) + 1) {
    for (std::size_t n = 1; n < values_.size(); ++n) values_[n] = boost::math::digamma(static_cast<double>(n));
  }
  double operator()(std::int64_t n) const { return values_[static_cast<std::size_t>(n)]; }

 private:
  std::vector<double> values_;
};

}  // namespace equinfo
