// mi-estimate --anchors: neighbours read at the rows of some images alone.

#include <algorithm>
#include <string>

#include "report/results_csv.h"
#include "report/small_features.h"
#include "tools/mi_estimate.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

void refused(const std::string& arguments, const std::string& line, const TemporaryFolder& folder) {
  check_refused(estimate("f.h5 --quiet --csv r.csv " + arguments, folder), 1, "f.h5: epoch 0, encoder: " + line);
}

}  // namespace

TEST_CASE("anchors: some images, flagged, with wider errors, and as many as there are rows are all") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");  // 120 rows of 60 images
  for (const std::string& anchors : {std::string("0"), std::string("60"), std::string("120")}) {
    CHECK(estimate("f.h5 --estimators lda,knn --quiet --anchors " + anchors + " --csv " + anchors + ".csv", folder)
              .status == 0);
  }
  CHECK(file_text(folder / "0.csv") == file_text(folder / "120.csv"));
  const auto all = read_results(folder / "0.csv"), some = read_results(folder / "60.csv");
  REQUIRE(all.size() == some.size());
  for (std::size_t r = 0; r < all.size(); ++r) {
    CHECK((std::ranges::count(some[r].flags, "anchors") == 1) == (some[r].estimator == "knn"));
    if (some[r].estimator != "knn" || some[r].quantity != Quantity::kZYT) continue;
    CHECK(*some[r].std_error > *all[r].std_error);
  }
}

TEST_CASE("anchors: what cannot be asked is refused in one line") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  refused("--estimators knn --anchors 3", "knn: 3 anchors are rows of 1 of 60 sources; at least 2 are needed", folder);
  refused("--estimators knn --anchors 60 --knn-subsamples 4", "knn: 60 anchors and 4 subsamples exclude each other",
          folder);
  refused("--estimators knn --anchors 60 --top-rows 3 --details d",
          "knn: anchors leave rows unread, whose part in the synergy is asked for; add a probe or leave out the "
          "anchors",
          folder);
}
