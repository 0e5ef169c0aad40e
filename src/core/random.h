#pragma once

#include <cstdint>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/random/mersenne_twister.hpp>

namespace equinfo {

/// An explicit stream of random numbers for one purpose. Two streams with different purposes or indices are
/// unrelated; the same (seed, purpose, index) gives the same numbers on every machine and library version.
///
///     RandomStream stream(seed, "folds", repetition);
///     std::vector<std::int64_t> order = stream.permutation(sources);
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::string_view purpose, std::uint64_t index = 0);

  /// Uniform in [0, 1).
  double uniform();
  /// N(0, 1).
  double normal();
  /// Uniform in {0, …, bound − 1}; bound ≥ 1.
  std::int64_t below(std::int64_t bound);
  /// A uniformly random order of {0, …, count − 1} (Fisher–Yates).
  std::vector<std::int64_t> permutation(std::int64_t count);

  template <class T>
  void shuffle(std::vector<T>& values) {
    for (std::int64_t i = static_cast<std::int64_t>(values.size()) - 1; i > 0; --i) {
      std::swap(values[static_cast<std::size_t>(i)], values[static_cast<std::size_t>(below(i + 1))]);
    }
  }

 private:
  boost::random::mt19937_64 engine_;
};

}  // namespace equinfo
