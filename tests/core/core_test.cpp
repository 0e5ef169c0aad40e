#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/matrix.h"
#include "core/progress.h"
#include "core/random.h"
#include "core/sha256.h"
#include "core/suggest.h"

#include <doctest/doctest.h>

using namespace equinfo;

TEST_CASE("require puts names and values into the message") {
  CHECK_NOTHROW(require(true, "never"));
  CHECK_THROWS_WITH_AS(require(false, "knn: k = {} but class {} has only {} rows", 12, 7, 5),
                       "knn: k = 12 but class 7 has only 5 rows", std::invalid_argument);
  CHECK_THROWS_AS(require_file(false, "{}: empty", "a.h5"), IoError);
}

TEST_CASE("a matrix view of some rows keeps the stride") {
  Matrix<int> m(3, 2);
  m(2, 1) = 7;
  CHECK(m.view().middle_rows(1, 2)(1, 1) == 7);
  CHECK(m.row(2)[1] == 7);
}

TEST_CASE("random streams: equal for equal names, different otherwise, stored first values") {
  RandomStream a(1, "folds", 0), b(1, "folds", 0), c(1, "folds", 1), d(1, "other", 0), e(2, "folds", 0);
  const double first = a.uniform();
  CHECK(first == b.uniform());
  CHECK(first != c.uniform());
  CHECK(first != d.uniform());
  CHECK(first != e.uniform());
}

TEST_CASE("random streams: moments of uniform and normal, a permutation is one") {
  RandomStream stream(7, "moments");
  constexpr int kDraws = 40000;
  double sum = 0, squares = 0, uniform_sum = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = stream.normal();
    sum += x;
    squares += x * x;
    uniform_sum += stream.uniform();
  }
  // 4 standard deviations of each mean: sd 1, √2 and 1/√12.
  CHECK(std::abs(sum / kDraws) < 4 / std::sqrt(kDraws));
  CHECK(std::abs(squares / kDraws - 1) < 4 * std::sqrt(2.0 / kDraws));
  CHECK(std::abs(uniform_sum / kDraws - 0.5) < 4 / std::sqrt(12.0 * kDraws));
  auto order = stream.permutation(100);
  CHECK(!std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (int i = 0; i < 100; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("sha256 gives the published digests") {
  CHECK(sha256_of_text("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_of_text("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK_THROWS_AS(sha256_of_file("/nonexistent/file"), IoError);
}

TEST_CASE("progress: work slower than one a second is told by its seconds") {
  CHECK(rate_text(1234.4, "rows") == "1234 rows/s");
  CHECK(rate_text(1.0, "fits") == "1 fits/s");
  CHECK(rate_text(0.4, "fits") == "2.5 s each");
  CHECK(rate_text(0.0, "fits") == "0 fits/s");
}

TEST_CASE("the nearest name repairs a typing error") {
  CHECK(nearest_name("epohcs", {"batch", "epochs", "seed"}) == "epochs");
  CHECK(nearest_name("x", {}).empty());
}

TEST_CASE("an atomic write replaces the file whole and leaves nothing beside it") {
  const auto folder = std::filesystem::temp_directory_path() / "equinfo_atomic_test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  write_file_atomically(folder / "a.txt", "first");
  write_file_atomically(folder / "a.txt", "second");
  std::stringstream text;
  text << std::ifstream(folder / "a.txt").rdbuf();
  CHECK(text.str() == "second");
  CHECK(std::distance(std::filesystem::directory_iterator(folder), {}) == 1);
  CHECK_THROWS_AS(write_file_atomically(folder / "missing" / "a.txt", "x"), IoError);
  std::filesystem::remove_all(folder);
}
