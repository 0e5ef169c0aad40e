#include "core/random.h"

#include <boost/random/normal_distribution.hpp>
#include <boost/random/seed_seq.hpp>
#include <boost/random/uniform_01.hpp>
#include <boost/random/uniform_int_distribution.hpp>

namespace equinfo {
namespace {

/// FNV-1a: names the purpose by a number that does not depend on the standard library.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

}  // namespace

RandomStream::RandomStream(std::uint64_t seed, std::string_view purpose, std::uint64_t index) {
  const std::uint64_t name = hash_of(purpose);
  const std::vector<std::uint32_t> words{static_cast<std::uint32_t>(seed),  static_cast<std::uint32_t>(seed >> 32),
                                         static_cast<std::uint32_t>(name),  static_cast<std::uint32_t>(name >> 32),
                                         static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32)};
  boost::random::seed_seq sequence(words.begin(), words.end());
  engine_.seed(sequence);
}

double RandomStream::uniform() { return boost::random::uniform_01<double>()(engine_); }

double RandomStream::normal() { return boost::random::normal_distribution<double>()(engine_); }

std::int64_t RandomStream::below(std::int64_t bound) {
  return boost::random::uniform_int_distribution<std::int64_t>(0, bound - 1)(engine_);
}

std::vector<std::int64_t> RandomStream::permutation(std::int64_t count) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  shuffle(order);
  return order;
}

}  // namespace equinfo
