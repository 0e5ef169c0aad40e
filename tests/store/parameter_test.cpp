// A continuous transformation parameter: float /t with periods.

#include <cmath>
#include <limits>

#include "core/error.h"
#include "store/features_reader.h"
#include "store/scratch.h"

#include <doctest/doctest.h>

using namespace equinfo;
using equinfo::test::RawFile;
using equinfo::test::Scratch;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

FeatureFile open(const std::filesystem::path& path, TransformOptions transform) {
  return FeatureFile(path, {}, Pooling::kRefuse, std::move(transform));
}

std::vector<double> values_of(const Matrix<double>& m) { return {m.data(), m.data() + m.rows() * m.cols()}; }

}  // namespace

TEST_CASE("parameter: floats of every size, one component or several") {
  const Scratch folder;
  const auto path = folder / "a.h5";
  for (const hid_t type : {H5T_IEEE_F32LE, H5T_IEEE_F64BE}) {
    RawFile(path).z().y().floats("/t", {4}, {0.5, -1, 2.25, 0}, type);
    const FeatureFile file(path);
    const RawLabels& labels = file.labels();
    CHECK(labels.continuous());
    CHECK(labels.t.empty());
    CHECK(labels.t_continuous.cols() == 1);
    CHECK(values_of(labels.t_continuous) == std::vector<double>{0.5, -1, 2.25, 0});
    CHECK(labels.t_period == std::vector<double>{0});
  }
  RawFile(path).z().y().floats("/t", {4, 2}, {0, 1, 2, 3, 4, 5, 6, 7});
  const FeatureFile file(path);
  CHECK((file.labels().t_continuous.rows() == 4 && file.labels().t_continuous(3, 0) == 6));
  CHECK(file.labels().t_period == std::vector<double>{0, 0});
}

TEST_CASE("parameter: integers and whole floats too, when the caller says so") {
  const Scratch folder;
  RawFile(folder / "a.h5").z().y().integers("/t", {4}, {0, 90, 180, -270});
  CHECK(values_of(open(folder / "a.h5", {TransformKind::kContinuous}).labels().t_continuous) ==
        std::vector<double>{0, 90, 180, -270});
  CHECK(!FeatureFile(folder / "a.h5").labels().continuous());
  RawFile(folder / "b.h5").z().y().floats("/t", {4}, {0, 90, 180, -270});
  CHECK(values_of(open(folder / "b.h5", {TransformKind::kContinuous}).labels().t_continuous) ==
        std::vector<double>{0, 90, 180, -270});
}

TEST_CASE("parameter: more than a hundred different whole floats are no labels") {
  const Scratch folder;
  std::vector<double> z(202), t(101);
  for (std::size_t i = 0; i < t.size(); ++i) t[i] = static_cast<double>(i);
  RawFile(folder / "a.h5")
      .floats("/z", {101, 2}, z)
      .integers("/y", {101}, std::vector<std::int64_t>(101))
      .floats("/t", {101}, t);
  CHECK(FeatureFile(folder / "a.h5").labels().continuous());
}

TEST_CASE("parameter: its period comes from the caller, an attribute, or an array beside it, in this order") {
  const Scratch folder;
  const auto path = folder / "a.h5";
  const std::vector<double> eight{0.5, 1, 2, 3, 4, 5, 6, 7};
  RawFile(path).z().y().floats("/t", {4}, {0.5, 1, 2, 3}).numbers_on("/t", "period", {360});
  CHECK(FeatureFile(path).labels().t_period == std::vector<double>{360});
  RawFile(path).z().y().floats("/t", {4, 2}, eight).numbers_on("/t", "period", {kNan, 24});
  CHECK(FeatureFile(path).labels().t_period == std::vector<double>{0, 24});
  CHECK(open(path, {TransformKind::kDetect, {7, 0}}).labels().t_period == std::vector<double>{7, 0});
  RawFile(path).z().y().floats("/t", {4, 2}, eight).floats("/t_period", {2}, {12, 0});
  CHECK(FeatureFile(path).labels().t_period == std::vector<double>{12, 0});
}

TEST_CASE("parameter: floats that may be labels are refused with a word on what to say") {
  const Scratch folder;
  RawFile(folder / "a.h5").z().y().floats("/t", {4}, {0, 1, 2, 3});
  CHECK_IO_ERROR(FeatureFile(folder / "a.h5"), folder / "a.h5",
                 "/t: holds few different whole numbers as float32: labels, or a parameter? say --t-kind discrete or "
                 "--t-kind continuous");
}

TEST_CASE("parameter: NaN and infinities are named with their place") {
  const Scratch folder;
  const auto path = folder / "a.h5";
  RawFile(path).z().y().floats("/t", {4}, {0.5, kNan, 2, 3});
  CHECK_IO_ERROR(FeatureFile(path), path, "/t: row 1 is nan");
  RawFile(path).z().y().floats("/t", {4, 2}, {0.5, 1, 2, 3, 4, -HUGE_VAL, 6, 7});
  CHECK_IO_ERROR(FeatureFile(path), path, "/t: row 2, column 1 is -inf");
}

TEST_CASE("parameter: shapes and kinds that cannot be one") {
  const Scratch folder;
  const auto path = folder / "a.h5";
  RawFile(path).z().y().floats("/t", {4, 1, 1}, {0.5, 1, 2, 3});
  CHECK_IO_ERROR(FeatureFile(path), path, "/t: is [4, 1, 1] float32; a continuous parameter is [N] or [N, p]");
  RawFile(path).z().y().floats("/t", {4, 0}, {});
  CHECK_IO_ERROR(FeatureFile(path), path, "/t: is [4, 0] float32; a continuous parameter is [N] or [N, p]");
  RawFile(path).z().y().floats("/t", {3}, {0.5, 1, 2});
  CHECK_IO_ERROR(FeatureFile(path), path, "/t: has 3 rows, but /z has 4");
  RawFile(path).z().y().text("/t");
  CHECK_IO_ERROR(open(path, {TransformKind::kContinuous}), path,
                 "/t: holds [4] text; a parameter is numbers [N] or [N, p]");
  RawFile(path).z().y().floats("/t", {4, 2}, {0, 1, 2, 3, 4, 5, 6, 7});
  CHECK_IO_ERROR(open(path, {TransformKind::kDiscrete}), path,
                 "/t: is [4, 2] float32; labels are integers [N]: of one-hot rows take the place of the 1, in Python "
                 ".argmax(1)");
}

TEST_CASE("parameter: periods that cannot be") {
  const Scratch folder;
  const auto path = folder / "a.h5";
  const auto with = [&](const std::vector<double>& period) {
    RawFile(path).z().y().floats("/t", {4}, {0.5, 1, 2, 3}).numbers_on("/t", "period", period);
  };
  with({-1});
  CHECK_IO_ERROR(FeatureFile(path), path, "/t: attribute period: -1 is no period; 0 means not circular");
  with({HUGE_VAL});
  CHECK_IO_ERROR(FeatureFile(path), path, "/t: attribute period: inf is no period; 0 means not circular");
  with({1, 2});
  CHECK_IO_ERROR(FeatureFile(path), path, "/t: attribute period: 2 values for the 1 components of /t");
  RawFile(path).z().y().floats("/t", {4}, {0.5, 1, 2, 3}).text_on("/t", "period");
  CHECK_IO_ERROR(FeatureFile(path), path, "/t: attribute period: holds no numbers");
  RawFile(path).z().y().floats("/t", {4}, {0.5, 1, 2, 3}).floats("/t_period", {1, 1}, {4});
  CHECK_IO_ERROR(FeatureFile(path), path, "/t_period: is [1, 1] float32; periods are numbers [p], one a component");
  RawFile(path).z().y().floats("/t", {4}, {0.5, 1, 2, 3});
  CHECK_THROWS_WITH_AS(open(path, {TransformKind::kDetect, {1, 2}}), "--t-period: 2 values for the 1 components of /t",
                       IoError);
}

TEST_CASE("parameter: a period contradicts labels") {
  const Scratch folder;
  RawFile(folder / "a.h5").z().y().t();
  CHECK_IO_ERROR(open(folder / "a.h5", {TransformKind::kDetect, {360}}), folder / "a.h5",
                 "/t: is read as labels, which have no period: --t-period needs a continuous parameter (--t-kind "
                 "continuous)");
}
