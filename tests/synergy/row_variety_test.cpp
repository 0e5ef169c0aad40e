#include "synergy/row_variety.h"

#include <doctest/doctest.h>

using namespace equinfo;

TEST_CASE("row variety by hand: −0 is 0, and the order of columns counts") {
  Matrix<float> z(6, 2);
  const float values[6][2] = {{1, 2}, {2, 1}, {1, 2}, {0.0F, 1}, {-0.0F, 1}, {1, 2}};
  for (std::int64_t i = 0; i < 6; ++i) z(i, 0) = values[i][0], z(i, 1) = values[i][1];
  const RowVariety variety = row_variety(z, 1);
  CHECK(variety.rows == 6);
  CHECK(variety.different == 3);
  CHECK(variety.commonest == 3);
}

TEST_CASE("row variety: columns that scaling leaves nothing of do not count, and every other one does") {
  Matrix<float> z(40, 37);
  for (std::int64_t i = 0; i < 40; ++i) z(i, i % 37) = static_cast<float>(1 + i);
  CHECK(row_variety(z, 2).different == 40);
  const std::vector<double> mean(37, 0.0);
  std::vector<double> scale(37, 1.0);
  scale[5] = 0.0;
  CHECK(row_variety({z.view(), mean, scale}, 2).different == 40);  // row 5 is all zero then, and no other is
  scale[36] = 0.0;
  CHECK(row_variety({z.view(), mean, scale}, 2).different == 39);  // now row 36 is too
}

TEST_CASE("row variety: what a reader is asked") {
  CHECK(variety_warning({1000, 1, 1000}, 250) == "every row of Z is the same: is this the right array?");
  CHECK(variety_warning({1000, 501, 500}, 250) == "500 of 1000 rows of Z are the same: is this the right array?");
  CHECK(variety_warning({1000, 24, 80}, 250) ==
        "Z has only 24 different rows for 250 images: that is fine for a discrete code; else ask whether this is the "
        "right array");
  CHECK(variety_warning({1000, 25, 80}, 250).empty());
  CHECK(variety_warning({1000, 250, 4}, 250).empty());  // T moves nothing, but images differ
}
