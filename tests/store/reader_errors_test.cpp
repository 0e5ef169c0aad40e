#include <fstream>
#include <limits>

#include "core/error.h"
#include "store/features_reader.h"
#include "store/scratch.h"

#include <doctest/doctest.h>

using namespace equinfo;
using equinfo::test::bytes_of;
using equinfo::test::fixture;
using equinfo::test::RawFile;
using equinfo::test::Scratch;

namespace {

const std::vector<double> kEight = {0, 1, 2, 3, 4, 5, 6, 7};

Matrix<float> read_first(const std::filesystem::path& path) {
  const FeatureFile file(path);
  return file.read(file.embeddings().front());
}

}  // namespace

TEST_CASE("reader: no file, a folder, an empty file, another format, one .npy array") {
  const Scratch folder;
  CHECK_IO_ERROR(FeatureFile(folder / "none.h5"), folder / "none.h5", "no such file");
  CHECK_IO_ERROR(FeatureFile(folder / ""), folder / "", "is a folder, not a file of features");
  std::filesystem::create_directory(folder / "run");
  std::ofstream(folder / "run/features.h5").close();
  CHECK_IO_ERROR(FeatureFile(folder / "run"), folder / "run",
                 "is a folder; its file of features is " + (folder / "run/features.h5").string());
  std::ofstream(folder / "empty.h5").close();
  CHECK_IO_ERROR(FeatureFile(folder / "empty.h5"), folder / "empty.h5", "is empty");
  std::ofstream(folder / "text.h5") << "y,t\n1,2\n";
  CHECK_IO_ERROR(FeatureFile(folder / "text.h5"), folder / "text.h5", "is neither HDF5 nor .npz");
  CHECK_IO_ERROR(FeatureFile(fixture("single.npy")), fixture("single.npy"),
                 "is a single .npy array; z, y and t are needed: numpy.savez(file, z=z, y=y, t=t)");
}

TEST_CASE("reader: a compression that this HDF5 does not know is named") {
  const Scratch folder;
  RawFile(folder / "lzf.h5").lzf("/z").y().t();
  CHECK_IO_ERROR(
      read_first(folder / "lzf.h5"), folder / "lzf.h5",
      "/z: is compressed with a filter without a name (HDF5 filter 32000), which cannot be unpacked here; write "
      "it with gzip (h5py: compression=\"gzip\") or without compression");
}

TEST_CASE("reader: a truncated file is refused in HDF5's words") {
  const Scratch folder;
  const std::string whole = bytes_of(fixture("minimal.h5"));
  std::ofstream(folder / "cut.h5", std::ios::binary) << whole.substr(0, whole.size() / 2);
  try {
    FeatureFile(folder / "cut.h5");
    FAIL("no error");
  } catch (const IoError& error) {
    const std::string text = error.what();
    CHECK(text.starts_with((folder / "cut.h5").string() + ": HDF5: unable to open file"));
    CHECK(text.find("truncated file") != std::string::npos);
  }
}

TEST_CASE("reader: a missing dataset is named together with what the file holds") {
  const Scratch folder;
  RawFile(folder / "a.h5").floats("/features", {4, 2}, kEight).integers("/m/label", {4}, {0, 1, 0, 1}).t();
  CHECK_IO_ERROR(FeatureFile(folder / "a.h5"), folder / "a.h5",
                 "has no /z; it holds /features [4, 2] float32, /m/label [4] int32, /t [4] int32 (choose with --z)");
  CHECK_IO_ERROR(FeatureFile(folder / "a.h5", {.z = "features"}), folder / "a.h5",
                 "has no /y; it holds /features [4, 2] float32, /m/label [4] int32, /t [4] int32 (choose with --y)");
  CHECK(FeatureFile(folder / "a.h5", {.z = "features", .y = "m/label"}).labels().y[1] == 1);
  RawFile(folder / "b.h5").z().y();
  CHECK_IO_ERROR(FeatureFile(folder / "b.h5"), folder / "b.h5",
                 "has no /t; it holds /y [4] int32, /z [4, 2] float32 (choose with --t)");
  RawFile(folder / "c.h5").integer_attribute("a", 1);
  CHECK_IO_ERROR(FeatureFile(folder / "c.h5"), folder / "c.h5",
                 "holds no arrays, so it is no file of features (of torch.save, perhaps); z, y and t are needed: "
                 "numpy.savez(file, z=z, y=y, t=t)");
}

TEST_CASE("reader: a source that was asked for by name must be there") {
  const Scratch folder;
  RawFile(folder / "a.h5").z().y().t();
  CHECK(!FeatureFile(folder / "a.h5").labels().source.has_value());
  CHECK_IO_ERROR(FeatureFile(folder / "a.h5", {.source = "image"}), folder / "a.h5",
                 "has no /image; it holds /t [4] int32, /y [4] int32, /z [4, 2] float32 (choose with --source)");
}

TEST_CASE("reader: a long list of datasets is cut") {
  const Scratch folder;
  RawFile file(folder / "a.h5");
  for (int i = 10; i < 24; ++i) file.integers(fmt::format("/{}", i), {1}, {0});
  CHECK_THROWS_WITH_AS(FeatureFile(folder / "a.h5"), doctest::Contains("/21 [1] int32 and 2 more (choose with --z)"),
                       IoError);
}

TEST_CASE("reader: arrays of the wrong shape") {
  const Scratch folder;
  const auto path = folder / "a.h5";
  RawFile(path).floats("/z", {8}, kEight).y().t();
  CHECK_IO_ERROR(FeatureFile(path), path, "/z: is [8]; an embedding is [N, d], or [N, C, H, W] maps to be pooled");
  RawFile(path).floats("/z", {2, 2, 2}, kEight).y().t();
  CHECK_IO_ERROR(FeatureFile(path, {}, Pooling::kMean), path,
                 "/z: is [2, 2, 2]; an embedding is [N, d], or [N, C, H, W] maps to be pooled");
  RawFile(path).floats("/z/ok", {4, 2}, kEight).floats("/z/maps", {4, 1, 1, 2}, kEight).y().t();
  CHECK_IO_ERROR(FeatureFile(path), path,
                 "/z/maps: is [4, 1, 1, 2], not [N, d]; [N, C, H, W] maps are pooled with --pool mean or --pool max");
  RawFile(path).z().integers("/y", {4, 1}, {0, 1, 2, 3}).t();
  CHECK_IO_ERROR(FeatureFile(path), path,
                 "/y: is [4, 1] int32; labels are integers [N]: take the column, in Python .reshape(-1)");
  const std::string one_hot = "labels are integers [N]: of one-hot rows take the place of the 1, in Python .argmax(1)";
  RawFile(path).z().floats("/y", {4, 2}, kEight).t();
  CHECK_IO_ERROR(FeatureFile(path), path, "/y: holds [4, 2] float32; " + one_hot);
  RawFile(path).z().integers("/y", {4, 2}, {0, 1, 0, 1, 1, 0, 1, 0}).t();
  CHECK_IO_ERROR(FeatureFile(path), path, "/y: is [4, 2] int32; " + one_hot);
  RawFile(path).z().integers("/y/a", {4}, {0, 1, 2, 3}).t();
  CHECK_IO_ERROR(FeatureFile(path), path, "/y: is a group, not a dataset [N]");
  RawFile(path).group("/z").y().t();
  CHECK_IO_ERROR(FeatureFile(path), path, "/z: is a group without datasets");
}

TEST_CASE("reader: no rows or no columns") {
  const Scratch folder;
  const auto path = folder / "a.h5";
  RawFile(path).floats("/z", {0, 2}, {}).integers("/y", {0}, {}).integers("/t", {0}, {});
  CHECK_IO_ERROR(FeatureFile(path), path, "/z: is empty: [0, 2]");
  RawFile(path).floats("/z", {4, 0}, {}).y().t();
  CHECK_IO_ERROR(FeatureFile(path), path, "/z: is empty: [4, 0]");
}

TEST_CASE("reader: different numbers of rows") {
  const Scratch folder;
  const auto path = folder / "a.h5";
  RawFile(path).z().integers("/y", {3}, {0, 1, 2}).t();
  CHECK_IO_ERROR(FeatureFile(path), path, "/y: has 3 rows, but /z has 4");
  RawFile(path).z().y().integers("/t", {5}, {0, 1, 2, 3, 4});
  CHECK_IO_ERROR(FeatureFile(path), path, "/t: has 5 rows, but /z has 4");
  RawFile(path).z().y().t().integers("/source", {1}, {0});
  CHECK_IO_ERROR(FeatureFile(path), path, "/source: has 1 rows, but /z has 4");
  RawFile(path).floats("/z/a", {4, 2}, kEight).floats("/z/b", {8, 1}, kEight).y().t();
  CHECK_IO_ERROR(FeatureFile(path), path, "/y: has 4 rows, but /z/b has 8");
}

TEST_CASE("reader: arrays of the wrong type") {
  const Scratch folder;
  const auto path = folder / "a.h5";
  RawFile(path).integers("/z", {4, 1}, {0, 1, 2, 3}).y().t();
  CHECK_IO_ERROR(FeatureFile(path), path, "/z: holds int32; an embedding is float16, float32 or float64");
  RawFile(path).z().floats("/y", {4}, {0, 1, 2, 3}, H5T_IEEE_F64LE).t();
  CHECK_IO_ERROR(FeatureFile(path), path,
                 "/y: holds [4] float64; labels are integers [N]: write them as such, in Python .astype(\"int64\")");
  RawFile(path).z().text("/y").t();
  CHECK_IO_ERROR(FeatureFile(path), path,
                 "/y: holds [4] text; labels are integers [N]: number them, in Python numpy.unique(labels, "
                 "return_inverse=True)[1]");
  RawFile(path).z().y().text("/t");
  CHECK_IO_ERROR(FeatureFile(path), path,
                 "/t: holds [4] text; labels are integers [N]: number them, in Python numpy.unique(labels, "
                 "return_inverse=True)[1]");
}

TEST_CASE("reader: values that cannot be used are named with their place") {
  const Scratch folder;
  const auto path = folder / "a.h5";
  constexpr double kInfinity = std::numeric_limits<double>::infinity(), kNan = std::numeric_limits<double>::quiet_NaN();
  RawFile(path).floats("/z", {4, 2}, {0, 1, 2, 3, 4, kNan, 6, 7}).y().t();
  CHECK_IO_ERROR(read_first(path), path, "/z: row 2, column 1 is nan");
  RawFile(path).floats("/z", {4, 2}, {0, 1, 2, -kInfinity, 4, kNan, 6, 7}, H5T_IEEE_F64BE).y().t();
  CHECK_IO_ERROR(read_first(path), path, "/z: row 1, column 1 is -inf");
  RawFile(path).floats("/z", {4, 2}, {0, 1, 2, 3, 4, 5, 6, 1e300}, H5T_IEEE_F64LE).y().t();
  CHECK_IO_ERROR(read_first(path), path, "/z: column 1 reaches beyond what float32 holds");
  RawFile(path).floats("/z", {4, 1, 1, 2}, {0, 1, 2, 3, 4, 5, kNan, 7}).y().t();
  const FeatureFile maps(path, {}, Pooling::kMax);
  CHECK_IO_ERROR(maps.read(maps.embeddings()[0]), path, "/z: element [3, 0, 0, 0] is nan");
}

TEST_CASE("reader: a bad value far into a large file is found at its place") {
  const Scratch folder;
  const auto path = folder / "a.h5";
  constexpr std::size_t kRows = 30000, kDims = 20;
  std::vector<double> values(kRows * kDims);
  values[29876 * kDims + 19] = std::numeric_limits<double>::infinity();
  RawFile(path)
      .floats("/z", {kRows, kDims}, values)
      .integers("/y", {kRows}, std::vector<std::int64_t>(kRows))
      .integers("/t", {kRows}, std::vector<std::int64_t>(kRows));
  CHECK_IO_ERROR(read_first(path), path, "/z: row 29876, column 19 is inf");
}

TEST_CASE("reader: a file of ours without its last attribute is incomplete") {
  const Scratch folder;
  const auto path = folder / "a.h5";
  const std::string words = "is incomplete (it has the attribute schema, but not complete = 1): its writer was stopped";
  RawFile(path).z().y().t().integer_attribute("schema", 1);
  CHECK_IO_ERROR(FeatureFile(path), path, words);
  RawFile(path).z().y().t().integer_attribute("schema", 1).integer_attribute("complete", 0);
  CHECK_IO_ERROR(FeatureFile(path), path, words);
  RawFile(path).z().y().t().integer_attribute("schema", 1).integer_attribute("complete", 1);
  CHECK_NOTHROW(FeatureFile{path});
}

TEST_CASE("reader: links that lead nowhere, or in a circle") {
  const Scratch folder;
  const auto path = folder / "a.h5";
  RawFile(folder / "b.h5").z().external("/loop", "a.h5", "/z");
  RawFile(path).external("/z", "none.h5", "/z").y().t();
  CHECK_IO_ERROR(FeatureFile(path), path, "/z: links to " + (folder / "none.h5").string() + ", which is missing");
  RawFile(path).external("/z", "b.h5", "/q").y().t();
  CHECK_IO_ERROR(FeatureFile(path), path,
                 "/z: links to /q in " + (folder / "b.h5").string() + ", which is missing there");
  RawFile(path).external("/z", "b.h5", "/loop").y().t();
  CHECK_THROWS_WITH_AS(FeatureFile{path}, doctest::Contains("external links lead in a circle"), IoError);
  RawFile(path).soft("/z", "/nowhere").y().t();
  CHECK_IO_ERROR(FeatureFile(path), path, "/z: is a link that leads nowhere");
  RawFile(path).group("/z").hard("/z/a", "/z").y().t();
  CHECK_THROWS_WITH_AS(FeatureFile{path}, doctest::Contains("groups are nested more than 32 deep, or in a circle"),
                       IoError);
}

TEST_CASE("reader: a virtual dataset without its source is refused instead of read as zeros") {
  const Scratch folder;
  const auto path = folder / "a.h5";
  RawFile(path).virtual_rows("/z", "rows.h5", "/z").y().t();
  const std::string words =
      "/z: is a virtual dataset that takes rows from /z in " + (folder / "rows.h5").string() + ", which is missing";
  CHECK_IO_ERROR(FeatureFile(path), path, words);
  RawFile(folder / "rows.h5").y();
  CHECK_IO_ERROR(FeatureFile(path), path, words);
}

TEST_CASE("reader: an embedding of another file is the caller's mistake") {
  const Scratch folder;
  RawFile(folder / "a.h5").z().y().t();
  const FeatureFile file(folder / "a.h5");
  CHECK_THROWS_WITH_AS(file.read({"/z/other", "", {}, 4, 2}),
                       ((folder / "a.h5").string() + ": has no embedding /z/other").c_str(), std::invalid_argument);
}
