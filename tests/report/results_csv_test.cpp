#include <sys/wait.h>
#include <unistd.h>
#include <cmath>
#include <fstream>

#include "core/error.h"
#include "report/fixed_result.h"
#include "report/locked_file.h"
#include "report/results_csv.h"
#include "support/temporary_folder.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

ResultRow full_row() {
  ResultRow row{"demo, second", "a \"b\".h5", -3, "encoder", Quantity::kSynergyShare, "lda", EstimateKind::kRatio};
  row.nats = 1.0 / 3.0;
  row.ci_low = -1e-17;
  row.ci_high = std::log(10.0);
  row.ci_level = 0.95;
  row.std_error = 5e-324;
  row.p_value = 0.001;
  row.n = 20000, row.sources = 5000, row.d = 512, row.classes = 10, row.transforms = 4;
  row.ceiling_nats = 2.5;
  row.flags = {"negative", "no_source"};
  row.seed = 18446744073709551615u;
  row.version = "0.1.0";
  return row;
}

std::string bad_row(const std::string& field, const std::string& text) {
  std::string line = "r,f,0,l,z_y,lda,point,1,,,,,,,,,,,,,,v\n";
  const auto at = line.find(field);
  return results_header() + line.replace(at, field.size(), text);
}

}  // namespace

TEST_CASE("the header of results.csv is the contract's") {
  CHECK(results_header() ==
        "run,file,epoch,layer,quantity,estimator,kind,nats,ci_low,ci_high,ci_level,std_error,p_value,n,sources,d,"
        "classes,transforms,ceiling_nats,flags,seed,version\n");
}

TEST_CASE("one row of results.csv, by hand") {
  CHECK(results_text({full_row()}) ==
        "\"demo, second\",\"a \"\"b\"\".h5\",-3,encoder,synergy_share,lda,ratio,0.3333333333333333,-1e-17,"
        "2.302585092994046,0.95,5e-324,0.001,20000,5000,512,10,4,2.5,negative;no_source,18446744073709551615,0.1.0\n");
  CHECK(results_text({ResultRow{}}) == ",,,,z_y,,point,,,,,,,,,,,,,,,\n");
}

TEST_CASE("results.csv comes back as it was written, bit for bit, appended in two goes") {
  const TemporaryFolder folder;
  const auto path = folder / "results.csv";
  append_results(path, {full_row()});
  append_results(path, {ResultRow{}, full_row()});
  CHECK(read_results(path) == std::vector<ResultRow>{full_row(), ResultRow{}, full_row()});
  CHECK(read_whole_file(path).starts_with(results_header()));
}

TEST_CASE("appending follows a symbolic link and keeps the permissions") {
  const TemporaryFolder folder;
  append_results(folder / "real.csv", {full_row()});
  constexpr auto kPrivate = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
  std::filesystem::permissions(folder / "real.csv", kPrivate);
  std::filesystem::create_symlink("real.csv", folder / "link.csv");
  append_results(folder / "link.csv", {full_row()});
  CHECK(std::filesystem::is_symlink(folder / "link.csv"));
  CHECK(read_results(folder / "real.csv").size() == 2);
  CHECK(std::filesystem::status(folder / "real.csv").permissions() == kPrivate);
}

TEST_CASE("a last line without its end, as editors leave it, is not glued to the next row") {
  const TemporaryFolder folder;
  const auto path = folder / "results.csv";
  std::string text = results_header() + results_text({full_row()});
  text.pop_back();
  write(path, text);
  append_results(path, {ResultRow{}});
  CHECK(read_results(path) == std::vector<ResultRow>{full_row(), ResultRow{}});
}

TEST_CASE("a file with another header is refused and not touched") {
  const TemporaryFolder folder;
  const auto path = folder / "mine.csv";
  write(path, "name,value\na,1\n");
  const std::string message = path.string() + ": is not a results.csv of this version: column 1 is 'name', not 'run'";
  CHECK_THROWS_WITH_AS(check_appendable(path), message.c_str(), IoError);
  CHECK_THROWS_WITH_AS(append_results(path, {full_row()}), message.c_str(), IoError);
  CHECK(read_whole_file(path) == "name,value\na,1\n");
  std::string longer = results_header();
  longer.insert(longer.size() - 1, ",more");
  write(path, longer);
  const std::string extra = path.string() + ": is not a results.csv of this version: column 23 is 'more', not the end";
  CHECK_THROWS_WITH_AS(check_appendable(path), extra.c_str(), IoError);
}

TEST_CASE("checking that rows can be appended leaves nothing behind") {
  const TemporaryFolder folder;
  CHECK_NOTHROW(check_appendable(folder / "new.csv"));
  CHECK(!std::filesystem::exists(folder / "new.csv"));
  const std::string message = (folder / "none/new.csv").string() + ": cannot be written: No such file or directory";
  CHECK_THROWS_WITH_AS(check_appendable(folder / "none/new.csv"), message.c_str(), IoError);
}

TEST_CASE("results that cannot be opened or are empty") {
  const TemporaryFolder folder;
  const std::string missing = (folder / "none.csv").string() + ": cannot be opened: No such file or directory";
  CHECK_THROWS_WITH_AS(read_results(folder / "none.csv"), missing.c_str(), IoError);
  write(folder / "empty.csv", "");
  CHECK_THROWS_WITH_AS(read_results(folder / "empty.csv"), ((folder / "empty.csv").string() + ": is empty").c_str(),
                       IoError);
}

TEST_CASE("a field of results.csv that cannot be read is named with line, column and text") {
  const TemporaryFolder folder;
  const auto path = folder / "results.csv";
  const auto refuses = [&](const std::string& text, const std::string& message) {
    write(path, text);
    CHECK_THROWS_WITH_AS(read_results(path), (path.string() + message).c_str(), IoError);
  };
  refuses(results_header() + "a,b\n", ":2: 2 fields, not 22");
  refuses(bad_row(",1,", ",1.x,"), ":2: column nats: '1.x' is no number");
  refuses(bad_row(",1,", ",inf,"), ":2: column nats: inf cannot be written to a table of results");
  refuses(bad_row(",0,", ",0.5,"), ":2: column epoch: '0.5' is no whole number");
  refuses(bad_row("z_y", "z_q"), ":2: column quantity: 'z_q' is no quantity");
  refuses(bad_row("point", "dot"), ":2: column kind: 'dot' is no kind of estimate");
}

TEST_CASE("a flag must not contain the separator") {
  ResultRow row;
  row.flags = {"a;b"};
  CHECK_THROWS_WITH_AS(results_text({row}), "the flag 'a;b' has a ';' in it", std::invalid_argument);
}

TEST_CASE("processes that append at once lose no row and tear none") {
  const TemporaryFolder folder;
  const auto path = folder / "results.csv";
  constexpr int kProcesses = 4, kAppends = 25;
  for (int p = 0; p < kProcesses; ++p) {
    if (fork() != 0) continue;
    [&]() noexcept {  // an exception must end the child, not run the other tests in it
      ResultRow row = full_row();
      row.n = p;
      for (row.epoch = 0; *row.epoch < kAppends; ++*row.epoch) append_results(path, {row, row});
      _exit(0);
    }();
  }
  for (int p = 0, status = 0; p < kProcesses; ++p) {
    REQUIRE(wait(&status) > 0);
    CHECK(status == 0);
  }
  std::vector<int> seen(kProcesses * kAppends, 0);
  for (const ResultRow& row : read_results(path)) ++seen[static_cast<std::size_t>(*row.n * kAppends + *row.epoch)];
  CHECK(seen == std::vector<int>(kProcesses * kAppends, 2));
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);  // no litter
}

TEST_CASE("a file of features is no results.csv, and the message says what to do") {
  const TemporaryFolder folder;
  const auto path = folder / "features.h5";
  std::ofstream(path, std::ios::binary) << "\x89HDF\r\n" << std::string(8, '\0');
  CHECK_THROWS_WITH_AS(read_results(path),
                       (path.string() + ": is no results.csv but a binary file (HDF5): mi-estimate FILE --csv "
                                        "results.csv makes one of features")
                           .c_str(),
                       IoError);
}

TEST_CASE("an embedding's rows: one a quantity and estimator") {
  const EmbeddingResult result = fixed_result();
  const auto rows = rows_of(result);
  REQUIRE(rows.size() == 3 * kQuantities.size());
  const ResultRow& row = rows[kQuantities.size() + 1];
  CHECK(row.run == "demo");
  CHECK(row.estimator == "best_bound");
  CHECK(row.quantity == Quantity::kZT);
  CHECK(row.kind == EstimateKind::kLowerBound);
  CHECK(row.nats == 0.42);
  CHECK(row.ci_level == 0.95);
  CHECK(row.ceiling_nats == std::log(4.0));
  CHECK((row.n == 20000 && row.sources == 5000 && row.d == 512 && row.classes == 10 && row.transforms == 4));
  CHECK(row.seed == 1u);
}
