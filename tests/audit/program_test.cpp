// essl-audit as a person runs it.

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include <nlohmann/json.hpp>

#include "audit/glyphs.h"
#include "dataset/image_files.h"
#include "tools/program.h"

#include <doctest/doctest.h>

using namespace equinfo;
using namespace equinfo::testing;

namespace {

/// An image folder of glyphs, test split: 3 classes of 20; if `pairs`, class 1 is class 0 upside down.
void write_folder(const TemporaryFolder& folder, bool pairs = false) {
  GlyphOptions options;
  options.pairs = pairs;
  options.classes = 3;
  options.per_class = 20;
  options.side = 12;
  const LabelledImages data = glyphs(options);
  for (std::int64_t i = 0; i < data.images.count; ++i) {
    const auto image = data.images.image(i);
    const auto y = data.y[static_cast<std::size_t>(i)];
    write_png(folder / ("images/test/class" + std::to_string(y) + "/" + std::to_string(i) + ".png"),
              {1, 12, 12, {image.begin(), image.end()}});
  }
}

const char* const kEvaluation =
    "run,epoch,task,method,measure,truth,predicted,value,n,settings,seed,version\n"
    "run-rotation2-seed1,4,class,linear_probe,accuracy,,,0.5,100,,1,0.1.0\n"
    "run-rotation2-seed2,4,class,linear_probe,accuracy,,,0.52,100,,2,0.1.0\n"
    "run-occlusion2-seed1,4,class,linear_probe,accuracy,,,0.6,100,,1,0.1.0\n"
    "run-occlusion2-seed2,4,class,linear_probe,accuracy,,,0.7,100,,2,0.1.0\n"
    "run-occlusion3-seed1,4,class,linear_probe,accuracy,,,0.8,100,,1,0.1.0\n"
    "run-occlusion3-seed2,4,class,linear_probe,accuracy,,,0.65,100,,2,0.1.0\n";

const std::string kSmall = " --filters 4 --rectifiers 16 --surrogates 30 --threads 1 ";

ProgramRun audit(const std::string& arguments, const TemporaryFolder& folder) {
  return run_program("essl-audit", arguments, folder);
}

/// What the program says of a folder that it refuses.
std::string complaint(const TemporaryFolder& folder) {
  const ProgramRun run = audit("--dataset images --transform hflip" + kSmall, folder);
  CHECK(run.status == 1);
  CHECK(run.out.empty());
  return run.error;
}

bool installed(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

}  // namespace

TEST_CASE("a folder is audited into four files, whose verdicts follow from their rows") {
  const TemporaryFolder folder;
  write_folder(folder);
  const ProgramRun run =
      audit("--dataset images --transform hflip,identity --augment none,shift -o out" + kSmall, folder);
  CHECK_MESSAGE(run.status == 0, run.error);
  CHECK(contains(run.out, "images (test, as stored) · 60 images of 1 × 12 × 12 · 3 classes"));
  CHECK(contains(run.out, "too ambiguous (unchanged)"));
  CHECK(contains(run.out, "WARNING: 60 images are few"));
  const auto json = nlohmann::json::parse(file_text(folder / "out/audit.json"));
  CHECK(json["transforms"].size() == 4);
  CHECK(json["transforms"][3]["augmentation"] == "shift");
  CHECK(audit("out/audit.csv", folder).status == 0);
  std::string verdicts = file_text(folder / "out/verdicts.csv");
  verdicts.replace(verdicts.find("too ambiguous (unchanged)"), 25, "class-irrelevant");
  std::ofstream(folder / "out/verdicts.csv") << verdicts;
  const ProgramRun changed = audit("out/audit.csv", folder);
  CHECK(changed.status == 1);
  CHECK(contains(changed.out,
                 "MISMATCH images, identity under none: the rows give verdict \"too ambiguous (unchanged)\""));
}

TEST_CASE("the page stands by itself, and a browser shows all of it on wide and narrow screens") {
  const TemporaryFolder folder;
  write_folder(folder, true);
  REQUIRE(
      audit("--dataset images --transform rotation2 --sweep occlusion:2,3 -o out --quiet" + kSmall, folder).status ==
      0);
  std::ofstream(folder / "evaluation.csv") << kEvaluation;
  const ProgramRun ranked = audit("out/audit.csv --accuracy evaluation.csv -o ranked", folder);
  REQUIRE_MESSAGE(ranked.status == 0, ranked.error);
  const std::string page = file_text(folder / "ranked/audit.html");
  CHECK_FALSE(contains(page, "<script"));
  CHECK_FALSE(contains(page, "http"));
  if (!installed("chromium")) {
    MESSAGE("no chromium here: the page was not opened");
    return;
  }
  // Of three transformations two, five and eight (of ten) pictures under T, and eight ambiguous images each; bars of T,
  // seven views and eight posteriors, and a map of each; three charts of the sweep and one of the ranking. A browser's
  // window is never as narrow as a telephone's, so the page lies in frames. The script around them counts what was
  // really drawn, and whether anything is wider than its frame.
  std::ofstream(folder / "frames.html")
      << "<!DOCTYPE html><iframe src='ranked/audit.html' width='1280'></iframe><iframe src='ranked/audit.html' "
         "width='390'></iframe><p></p><script>addEventListener('load', () => { for (const {contentDocument: page} of "
         "document.querySelectorAll('iframe')) {"
         "const drawn = [...page.images].filter(image => image.complete && image.naturalWidth === 12).length;"
         "const filled = [...page.querySelectorAll('svg')].filter(svg => svg.getBoundingClientRect().width > 20);"
         "const {scrollWidth, clientWidth} = page.documentElement;"
         "document.querySelector('p').append(`drawn ${drawn} of ${page.images.length}, svg ${filled.length}, "
         "${scrollWidth} in ${clientWidth}; `);}});</script><style>iframe{border:0;height:900px}</style>";
  const std::string command =
      "cd '" + folder.path().string() +
      "' && timeout 60 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1400,900 "
      "--allow-file-access-from-files --user-data-dir=profile --enable-logging=stderr --dump-dom frames.html > dom "
      "2> log";
  REQUIRE(std::system(command.c_str()) == 0);
  const std::string dom = file_text(folder / "dom"), seen = dom.substr(std::min(dom.size(), dom.find("<p>")), 120);
  CHECK_MESSAGE(contains(seen, "<p>drawn 39 of 39, svg 55, 1280 in 1280; drawn 39 of 39, svg 55, 390 in 390; </p>"),
                seen);
  CHECK_FALSE(contains(file_text(folder / "log"), "CONSOLE"));
}

TEST_CASE("a sweep in two colours: a row each, curves for both, and the first colour is judged by") {
  const TemporaryFolder folder;
  write_folder(folder);
  const ProgramRun run = audit("--dataset images --sweep occlusion:2,3 --color luma,rgb -o out" + kSmall, folder);
  REQUIRE_MESSAGE(run.status == 0, run.error);
  CHECK(contains(run.out, "images (test, luma, rgb) · 60 images of 12 × 12 · 3 classes"));
  CHECK(contains(run.out, "occlusion3 in rgb: "));
  const auto json = nlohmann::json::parse(file_text(folder / "out/audit.json"));
  CHECK(json["transforms"].size() == 4);
  CHECK(json["transforms"][1]["color"] == "rgb");
  CHECK(json["sweeps"][0]["transforms"] == nlohmann::json({"occlusion2", "occlusion3"}));
  const std::string page = file_text(folder / "out/audit.html");
  CHECK(contains(page, "Sweep of occlusion<span class=\"soft\"> in luma</span>"));
  CHECK(contains(page, "Sweep of occlusion<span class=\"soft\"> in rgb</span>"));
  CHECK(contains(file_text(folder / "out/verdicts.csv"), "\nimages (rgb),occlusion2,none,"));
  CHECK(audit("out/audit.csv", folder).status == 0);
}

TEST_CASE("bad images get one clear line") {
  const TemporaryFolder folder;
  write_folder(folder);
  std::filesystem::create_directories(folder / "images/test/empty");
  CHECK(complaint(folder) == "essl-audit: images: class folder test/empty has no images\n");
  write_png(folder / "images/test/empty/a.png", plain({9}, 10, 12));
  CHECK(contains(complaint(folder), "all images must have one size"));
  write_bytes(folder / "images/test/empty/a.png", {0xFF, 0xD8, 0xFF, 0xE0, 0, 16});
  const std::string broken = complaint(folder);
  CHECK(contains(broken, "images: test/empty/a.png: broken JPEG"));
  CHECK(std::ranges::count(broken, '\n') == 1);
  for (const char* other : {"empty", "class1", "class2"}) std::filesystem::remove_all(folder / "images/test" / other);
  CHECK(complaint(folder) == "essl-audit: images: test/ has a single class, class0; at least two are needed\n");
}

TEST_CASE("a wrong command line gets one clear line") {
  const TemporaryFolder folder;
  write_folder(folder);
  CHECK(audit("--dataset images --transform hflap", folder).error ==
        "essl-audit: transform: \"hflap\" is unknown; the nearest known one is \"hflip\"\n");
  CHECK(audit("", folder).error == "essl-audit: nothing to audit: give FILE or --dataset PATH\n");
  CHECK(audit("images", folder).error == "essl-audit: images: is a folder; --dataset images audits its images\n");
  std::ofstream(folder / "odd.csv") << "a,b\n";
  CHECK(audit("odd.csv", folder).error ==
        "essl-audit: odd.csv: is neither a results.csv nor an audit.csv: it begins with 'a,b'\n");
  CHECK(audit("--dataset images --surrogates 5", folder).error ==
        "essl-audit: audit: 5 surrogates are too few; 16 at least, or 0 for none\n");
  CHECK(audit("--dataset nowhere", folder).error == "essl-audit: nowhere: no such file or folder\n");
  CHECK(audit("--dataset images --sweep rotation", folder).error ==
        "essl-audit: --sweep \"rotation\": NAME:VALUE,VALUE,… is needed\n");
  CHECK(audit("--dataset images --sweep rotation:4", folder).error ==
        "essl-audit: --sweep \"rotation:4\": 1 value; at least two are needed\n");
  CHECK(audit("odd.csv -o out", folder).error ==
        "essl-audit: -o out: nothing is written where odd.csv is made again\n");
  CHECK(audit("odd.csv -o out --accuracy a.csv", folder).error ==
        "essl-audit: --accuracy a.csv: is compared with the ranking of an audit.csv, and odd.csv is none\n");
  CHECK(audit("odd.csv --accuracy a.csv", folder).error ==
        "essl-audit: --accuracy a.csv: is compared with the ranking of an audit.csv, and odd.csv is none\n");
  CHECK(audit("odd.csv --color luma", folder).error ==
        "essl-audit: --color requires --dataset (see essl-audit --help)\n");
  CHECK(audit("--split dev", folder).status == 2);
  CHECK(audit("--dataset nowhere -o out", folder).status == 1);
  CHECK_FALSE(std::filesystem::exists(folder / "out"));
  std::ofstream(folder / "taken") << "x";
  CHECK(audit("--dataset nowhere -o taken", folder).error == "essl-audit: taken: is no folder\n");
}
