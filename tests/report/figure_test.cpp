#include <cstdlib>
#include <fstream>

#include "core/error.h"
#include "report/figure.h"
#include "report/figure_parts.h"
#include "report/fixed_result.h"
#include "report/locked_file.h"
#include "support/temporary_folder.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::vector<ResultRow> rows_at(std::optional<std::int64_t> epoch, const std::string& layer, double synergy) {
  EmbeddingResult result = fixed_result();
  result.epoch = epoch;
  result.layer = layer;
  result.panels[0] = fixed_panel("best", 1.162, 0.446, synergy);
  return rows_of(result);
}

std::vector<ResultRow> joined(std::vector<ResultRow> rows, const std::vector<ResultRow>& more) {
  rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

double synergy_of(const FigureEpoch& epoch) { return epoch.find(Quantity::kSynergy)->nats.value(); }

}  // namespace

TEST_CASE("a figure shows one run, one layer and one estimator, by epochs, the last of repeated rows counts") {
  auto rows = joined(rows_at(5, "encoder", 0.03), rows_at(0, "encoder", 0.09));
  rows = joined(joined(rows, rows_at(0, "layer1", 0.5)), rows_at(5, "encoder", 0.04));
  for (auto& row : rows_at(0, "encoder", 0.7)) {
    row.run = "older";
    rows.insert(rows.begin(), row);
  }
  const FigureData data = select_figure(rows, {});
  CHECK(data.run == "demo");
  CHECK(data.layer == "encoder");
  CHECK(data.title == "demo, encoder (GREEN at the end)");
  REQUIRE(data.epochs.size() == 2);
  CHECK(data.epochs[0].epoch == 0);
  CHECK(synergy_of(data.epochs[0]) == 0.09);
  CHECK(synergy_of(data.epochs[1]) == 0.04);
  REQUIRE(data.remarks.size() == 2);
  CHECK(data.remarks[0] == "of the runs 'older', 'demo' only 'demo' is drawn; choose with --run");
  CHECK(data.remarks[1] == "of the layers 'encoder', 'layer1' only 'encoder' is drawn; choose with --layer");
  CHECK(synergy_of(select_figure(rows, {.run = "older"}).epochs[0]) == 0.7);
  CHECK(synergy_of(select_figure(rows, {.layer = "layer1"}).epochs[0]) == 0.5);
  CHECK(synergy_of(select_figure(rows, {.estimator = "knn"}).epochs[0]) == 0.03);
}

TEST_CASE("the title of a figure: the file where no run has a name, and the verdict that the rows carry") {
  auto rows = rows_at({}, "/z", 0.5);
  for (auto& row : rows) row.run = "", row.file = "folder/mine.h5";
  CHECK(select_figure(rows, {}).title == "mine (GREEN)");
  for (auto& row : rows) row.flags.clear();
  CHECK(select_figure(rows, {}).title == "mine");
}

TEST_CASE("rows without an epoch: left out beside others that have one, else those of the last file are drawn") {
  const auto mixed = select_figure(joined(rows_at({}, "encoder", 0.5), rows_at(3, "encoder", 0.1)), {});
  REQUIRE(mixed.epochs.size() == 1);
  CHECK(mixed.epochs[0].epoch == 3);
  CHECK(mixed.remarks == std::vector<std::string>{"rows without an epoch are not drawn"});
  auto second = rows_at({}, "encoder", 0.1);
  for (auto& row : second) row.file = "b.h5";
  const auto rows = joined(rows_at({}, "encoder", 0.5), second);
  CHECK(synergy_of(select_figure(rows, {}).epochs[0]) == 0.1);
  CHECK(select_figure(rows, {}).remarks.at(0) ==
        "of 2 files only the last, 'b.h5', is drawn; mi-estimate --run NAME gives each a "
        "name to choose by --run");
}

TEST_CASE("nothing to plot is said with what there is") {
  const auto rows = rows_at(5, "encoder", 0.03);
  CHECK_THROWS_WITH_AS(select_figure({}, {}), "nothing to plot: the file has no rows", std::invalid_argument);
  CHECK_THROWS_WITH_AS(select_figure(rows, {.estimator = "mlp"}),
                       "nothing to plot: there is no estimator 'mlp', only 'best', 'best_bound', 'knn'",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(select_figure(rows, {.run = "x"}), "nothing to plot: there is no run 'x', only 'demo'",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(select_figure(rows, {.layer = "x"}), "nothing to plot: there is no layer 'x', only 'encoder'",
                       std::invalid_argument);
  std::vector<ResultRow> labels_only{rows[5]};
  REQUIRE(labels_only[0].quantity == Quantity::kYT);
  CHECK_THROWS_WITH_AS(figure_script(select_figure(labels_only, {})),
                       "nothing to plot: no information and no synergy among the rows", std::invalid_argument);
}

TEST_CASE("the script holds the numbers in the unit asked for, and a missing interval is NaN") {
  auto rows = rows_at(5, "encoder", 0.25);
  rows[0].ci_low.reset();
  CHECK(contains(figure_script(select_figure(rows, {})), "$z_y << EOD\n0 1.162 NaN 1.206\nEOD\n"));
  const std::string bits = figure_script(select_figure(rows, {.unit = kBits}));
  CHECK(contains(bits, "0.36067376022224085"));  // 0.25 / ln 2
  CHECK(contains(bits, "synergy (bits), of at most 1.357"));
  const auto course = joined(rows_at(0, "encoder", 0.09), rows);
  CHECK(contains(figure_script(select_figure(course, {})), "$synergy << EOD\n0 0.09 "));
  CHECK(contains(figure_script(select_figure(course, {})), "untrained"));
  CHECK(!contains(figure_script(select_figure(joined(rows_at(1, "encoder", 0.1), rows), {})), "untrained"));
}

TEST_CASE("a figure marks lower bounds, names its estimator, and its foot says what is to be known of it") {
  auto rows = rows_at(5, "encoder", 0.25);
  for (auto& row : rows) {
    if (row.estimator == "knn") row.flags = {"pca_reduced"};
  }
  const FigureData bound = select_figure(rows, {.estimator = "best_bound"});
  CHECK(bound.title == "demo, encoder, best_bound, epoch 5");
  CHECK(bound.caption == "≥ is a lower bound");
  CHECK(contains(figure_script(bound), "'≥ 1.131  [1.087, 1.175]'"));
  CHECK(contains(figure_script(bound), "set label '≥ is a lower bound' at screen 0.985, screen 0.012"));
  const FigureData knn = select_figure(rows, {.estimator = "knn"});
  CHECK(knn.caption ==
        "intervals of knn hold the sampling error alone, and in many dimensions it reads too little · measured on the "
        "leading principal components only");
  CHECK(contains(figure_script(knn), "screen 0.036"));  // two lines of it
  const FigureData best = select_figure(rows, {});
  CHECK(best.caption.empty());
  CHECK(!contains(figure_script(best), "≥"));
  const auto course = joined(rows_at(0, "encoder", 0.09), rows);
  CHECK(contains(figure_script(select_figure(course, {.estimator = "best_bound"})), "title '≥ I(Z;Y)'"));
  CHECK(contains(figure_script(select_figure(course, {})), "title 'I(Z;Y)'"));
}

TEST_CASE("without a synergy the informations fill the figure, and their axis has its numbers") {
  auto rows = joined(rows_at(0, "encoder", 0.09), rows_at(5, "encoder", 0.25));
  std::erase_if(rows, [](const ResultRow& row) { return row.quantity == Quantity::kSynergy; });
  const std::string course = figure_script(select_figure(rows, {}));
  CHECK((contains(course, "set bmargin at screen 0.17") && !contains(course, "set bmargin at screen 0.44")));
  CHECK((contains(course, "set xlabel 'epoch'") && contains(course, "untrained") && !contains(course, "format x ''")));
  std::erase_if(rows, [](const ResultRow& row) { return row.epoch == 0; });
  CHECK(!contains(figure_script(select_figure(rows, {})), "set bmargin at screen 0.44"));
  CHECK(contains(figure_script(select_figure(rows_at(5, "encoder", 0.25), {})), "set bmargin at screen 0.44"));
}

TEST_CASE("a figure shows intervals as the table does, cut to what is possible") {
  auto rows = rows_at(5, "encoder", 0.25);
  rows[0].ci_low = -0.5, rows[0].ci_high = 9.0;
  const ResultRow drawn = *select_figure(rows, {}).epochs[0].find(Quantity::kZY);
  CHECK((drawn.ci_low == 0.0 && drawn.ci_high == rows[0].ceiling_nats));
}

TEST_CASE("axes: ranges hold zero, steps are round") {
  FigureRange range;
  range.hold(3.0);
  CHECK(range.step(kNats, 6) == 1.0);
  CHECK(range.step(kNats, 8) == 0.5);
  CHECK(range.text(kNats) == "[0:3.12]");
  range.hold(-1.0);
  CHECK(range.text(kNats) == "[-1.16:3.16]");
}

TEST_CASE("a long title takes several lines, for which the upper panel makes room") {
  const auto rows = rows_at(5, "encoder", 0.03);
  const auto script = [&](const std::string& title) { return figure_script(select_figure(rows, {.title = title})); };
  CHECK(contains(script("Short"), "set title 'Short' noenhanced\nset tmargin at screen 0.910\n"));
  const std::string half = std::string(39, 'a') + " " + std::string(40, 'b');  // 80 letters
  CHECK(
      contains(script(half + " c"), "set title '" + half + "'.\"\\n\".'c' noenhanced\nset tmargin at screen 0.878\n"));
  CHECK(contains(script(""), "set title '' noenhanced\nset tmargin at screen 0.910\n"));
  std::string endless;
  for (int line = 0; line < 20; ++line) endless += half + " ";
  CHECK(contains(script(endless), " …' noenhanced\nset tmargin at screen 0.622\n"));
  const TemporaryFolder folder;
  draw_figure(script(half + " last"), folder / "f.svg");
  CHECK(contains(read_whole_file(folder / "f.svg"), ">last<"));
}

TEST_CASE("figures are what their names say, whole, and nothing else is left in the folder") {
  const TemporaryFolder folder;
  const auto one = rows_at(5, "encoder", 0.03);
  const auto course = joined(rows_at(0, "encoder", 0.09), one);
  for (const auto& rows : {one, course}) {
    const std::string script = figure_script(select_figure(rows, {.title = "What's <new> & \"old\"_{1}"}));
    for (const std::string name : {"it's.svg", "f.png", "f.pdf"}) draw_figure(script, folder / name);
    CHECK(read_whole_file(folder / "f.png").starts_with("\x89PNG\r\n"));
    CHECK(read_whole_file(folder / "f.pdf").starts_with("%PDF-"));
    const std::string svg = read_whole_file(folder / "it's.svg");
    CHECK(contains(svg, "<svg"));
    // A marker scaled to nothing is a matrix that some viewers refuse, and the whole picture with it.
    CHECK(!contains(svg, "scale(0.00)"));
    CHECK(contains(svg, "</svg>"));
    CHECK(contains(svg, "What's &lt;new> &amp; \"old\"_{1}"));
    CHECK(contains(svg, "I(Z;T|Y)"));
    CHECK(contains(svg, "information (nats)"));
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 3);
  }
}

TEST_CASE("a figure that cannot be drawn leaves nothing, not even over an older one") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH_AS(draw_figure("", folder / "f.gif"),
                       ((folder / "f.gif").string() + ": a figure ends in .svg, .png or .pdf, not in '.gif'").c_str(),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(draw_figure("", folder / "none/f.svg"),
                       ((folder / "none/f.svg").string() + ": cannot be written: No such file or directory").c_str(),
                       IoError);
  std::ofstream(folder / "old.svg") << "old";
  CHECK_THROWS_WITH_AS(draw_figure("no such command\n", folder / "old.svg"), "gnuplot failed: line 0: invalid command",
                       IoError);
  CHECK(read_whole_file(folder / "old.svg") == "old");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a missing gnuplot is named with its package") {
  const TemporaryFolder folder;
  const std::string path = std::getenv("PATH");
  setenv("PATH", folder.path().c_str(), 1);
  CHECK_THROWS_WITH_AS(draw_figure("", folder / "f.svg"), "gnuplot is not installed (Debian: gnuplot-nox)", IoError);
  setenv("PATH", path.c_str(), 1);
}
