#include "compute/team.h"

#include <atomic>
#include <numeric>
#include <stdexcept>
#include <string>

#include "compute/byte_archive.h"
#include "compute/parallel.h"

#include <doctest/doctest.h>

using namespace equinfo;

TEST_CASE("team: a process alone has all of the work") {
  CHECK(team_rank() == 0);
  CHECK(team_size() == 1);
  CHECK(!work_is_shared());
  CHECK((own_share(7).begin == 0 && own_share(7).end == 7));
}

TEST_CASE("team: work inside a parallel_for knows that it is, on every thread, and only there") {
  CHECK(!inside_parallel_for());
  for (const int threads : {1, 3}) {
    std::atomic<int> inside = 0;
    parallel_for(20, threads, [&](std::int64_t) { inside += inside_parallel_for() ? 1 : 0; });
    CHECK(inside == 20);
    CHECK(!inside_parallel_for());
  }
  CHECK_THROWS_AS(parallel_for(2, 1, [](std::int64_t) { throw std::runtime_error("once"); }), std::runtime_error);
  CHECK(!inside_parallel_for());
}

TEST_CASE("team: pieces are shared out by cost, the costly ones first") {
  CHECK(owners_by_cost(std::vector<double>{1, 5, 1, 3}, 2) == std::vector<int>{1, 0, 1, 1});
  CHECK(owners_by_cost(std::vector<double>{2, 2, 2}, 1) == std::vector<int>{0, 0, 0});
  CHECK(owners_by_cost(std::vector<double>{2, 2}, 3) == std::vector<int>{0, 1});
}

TEST_CASE("bytes: what was written is read, in the same order, and no more") {
  ByteWriter writer;
  writer.put(std::vector<double>{1.5, -0.0});
  writer.put(std::vector<std::int32_t>{});
  writer.put(std::vector<std::int64_t>{7});
  ByteReader reader(writer.bytes());
  CHECK(reader.take<double>() == std::vector<double>{1.5, 0.0});
  CHECK(reader.take<std::int32_t>().empty());
  CHECK(reader.take<std::int64_t>() == std::vector<std::int64_t>{7});
  const auto message_of = [](auto call) -> std::string {
    try {
      call();
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "nothing was thrown";
  };
  CHECK(message_of([&] { reader.take<double>(); }) == "8 bytes wanted, 0 left");
  ByteReader wrong(writer.bytes());
  wrong.take<float>();
  CHECK(message_of([&] { wrong.take<double>(); }).ends_with(" bytes left"));
}
