/// essl-audit: is a transformation lossy, class-relevant, a shortcut? From images, from what an encoder kept of them,
/// or from finished results.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

#include "audit/audit_csv.h"
#include "audit/audit_table.h"
#include "audit/features_audit.h"
#include "audit/page.h"
#include "audit/ranking.h"
#include "audit/ranking_report.h"
#include "audit/recheck.h"
#include "command_line.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "image_audit.h"
#include "report/locked_file.h"

using namespace equinfo;

namespace {

constexpr const char* kExamples =
    "  essl-audit --dataset cifar10.tar.gz --transform all -o audit        everything, before any training\n"
    "  essl-audit --dataset cifar10.tar.gz --color luma,rgb --transform rotation4,hflip -o audit\n"
    "  essl-audit --dataset images/ --transform rotation8,rotation8+circle --augment all -o audit\n"
    "  essl-audit --dataset images/ --sweep blur_tied3+sigma:0.5,1,2,4 --sweep rotation:2,4,8 -o sweep\n"
    "  essl-audit runs/demo/features.h5                                    what a trained encoder kept of T\n"
    "  essl-audit results.csv                                              claims made again from their rows\n"
    "  essl-audit audit/audit.csv                                          the same of audit/verdicts.csv\n"
    "  essl-audit audit/audit.csv --accuracy study/evaluation.csv -o audit did training bear the ranking out?\n";

struct Arguments {
  ImageAuditRequest images;
  std::string file, output, accuracies;
  bool quiet = false;
};

void declare(CLI::App& app, Arguments& arguments) {
  ImageAuditRequest& images = arguments.images;
  AuditOptions& options = images.options;
  images.augmentations = {"none"};
  images.load.limit = 2500;
  auto* file = app.add_option("FILE", arguments.file, "features.h5 (or .npz), results.csv or audit.csv")->type_name("");
  auto* dataset =
      app.add_option("--dataset", images.dataset, "image folder, a .tar.gz of one, or a folder of IDX files")
          ->type_name("PATH")
          ->excludes(file);
  const std::map<std::string, Split> splits{{"train", Split::kTrain}, {"test", Split::kTest}};
  app.add_option("--split", images.split, "train or test (default: test)")
      ->transform(choice_among(splits))
      ->type_name("NAME");
  const std::map<std::string, Color> colours{
      {"stored", Color::kAsStored}, {"luma", Color::kLuma}, {"rgb", Color::kRgb}};
  app.add_option("--color", images.colors,
                 "stored, luma or rgb (default: stored), or several side by side; judge JPEG files by luma")
      ->transform(choice_among(colours))
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST");
  app.add_option("--transform", images.transforms, "names, with commas, or all (default: all, or what --sweep names)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST");
  app.add_option("--sweep", images.sweeps, "growing strengths, drawn as curves; may be repeated")
      ->allow_extra_args(false)
      ->type_name("NAME:VALUES");
  app.add_option("--augment", images.augmentations, "base augmentations, the weakest first, with commas, or all")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST")
      ->default_str("none");
  app.add_option("--images", images.load.limit, "at most so many images, of all classes alike; 0: all")
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--draws", options.draws, "values of T that an image is shown under at most")
      ->check(CLI::PositiveNumber.description(""))
      ->type_name("K")
      ->capture_default_str();
  app.add_option("--surrogates", options.most_surrogates,
                 "images without content, and images coded again, at most; 0: neither")
      ->check(CLI::NonNegativeNumber.description(""))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--filters", options.filters, "patches of the data that the whole image is read with")
      ->check(CLI::PositiveNumber.description(""))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--rectifiers", options.rectifiers, "random features beside small views")
      ->check(CLI::NonNegativeNumber.description(""))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--seed", options.seed, "of folds, draws and random features")->type_name("S")->capture_default_str();
  app.add_option("--threads", options.threads, "0: one for each core; results do not depend on it")
      ->type_name("N")
      ->capture_default_str();
  app.add_option("-o,--output", arguments.output, "folder for audit.csv, verdicts.csv, audit.json and audit.html")
      ->type_name("DIR");
  app.add_option(
         "--accuracy", arguments.accuracies,
         "evaluation.csv of encoders trained with the transformations of audit.csv: rank correlation with S, with "
         "-o DIR also in audit.json and audit.html, those beside audit.csv taken to DIR")
      ->needs(file)
      ->type_name("FILE");
  app.add_flag("--quiet", arguments.quiet, "no table, no progress");
  for (const char* of_images :
       {"--split", "--color", "--transform", "--sweep", "--augment", "--images", "--draws", "--surrogates"}) {
    app.get_option(of_images)->needs(dataset);
  }
}

void write_report(const AuditReport& report, const Arguments& arguments) {
  if (!arguments.output.empty()) {
    const std::filesystem::path folder = arguments.output;
    std::filesystem::create_directories(folder);
    write_file_atomically(folder / "audit.csv", text_of(audit_rows_of(report)));
    write_file_atomically(folder / "verdicts.csv", text_of(verdict_rows_of(report)));
    write_file_atomically(folder / "audit.json", audit_json(report));
    write_file_atomically(folder / "audit.html", audit_page(report));
  }
  if (!arguments.quiet) fmt::print("{}", audit_table(report));
}

/// How the audit's ranking agrees with what training brought.
RankAgreement ranking_of(const std::vector<AuditRow>& rows, const std::string& accuracies) {
  std::vector<std::string> names;
  for (const AuditRow& row : rows) {
    if (std::ranges::find(names, row.transform) == names.end()) names.push_back(row.transform);
  }
  const double ci_level = rows.empty() ? 0.95 : rows.front().ci_level;
  return rank_agreement(rows, read_accuracies(accuracies, names), ci_level);
}

/// The page and the JSON of an audit, with the ranking, into the folder that was asked for.
void write_ranking(const RankAgreement& agreement, const std::filesystem::path& beside, const Arguments& arguments) {
  if (arguments.output.empty()) return;
  const std::filesystem::path folder = arguments.output, page = beside / "audit.html", json = beside / "audit.json";
  const std::string new_page = page_with_ranking(read_whole_file(page), agreement, page);
  const std::string new_json = json_with_ranking(read_whole_file(json), agreement, json);
  std::filesystem::create_directories(folder);
  write_file_atomically(folder / "audit.html", new_page);
  write_file_atomically(folder / "audit.json", new_json);
}

/// Says what was checked, and fails if anything was wrong.
void conclude(const Recheck& recheck, const std::string& file) {
  for (const std::string& mismatch : recheck.mismatches) fmt::print("MISMATCH {}\n", mismatch);
  fmt::print("{}: {} claims made again, {} do not hold\n", file, recheck.claims, recheck.mismatches.size());
  require_file(recheck.mismatches.empty(), "{}: {} of its claims do not follow from its rows", file,
               recheck.mismatches.size());
}

void recheck_tables(const Arguments& arguments, const std::string& header) {
  const std::filesystem::path path = arguments.file;
  if (header.starts_with("dataset,transform,augmentation,view,")) {
    const auto rows = read_audit_csv(path);
    std::optional<RankAgreement> agreement;
    if (!arguments.accuracies.empty()) {
      agreement = ranking_of(rows, arguments.accuracies);
      fmt::print("{}", agreement_text(*agreement));
    }
    conclude(recheck_verdicts(rows, read_verdicts_csv(path.parent_path() / "verdicts.csv")), arguments.file);
    if (agreement) write_ranking(*agreement, path.parent_path(), arguments);
    return;
  }
  const auto rows = read_results(path);
  for (const RunVerdict& run : run_verdicts(rows)) {
    if (!arguments.quiet) fmt::print("{}: {}. {}\n", run.embedding, run.verdict, run.evidence);
  }
  conclude(recheck_results(rows), arguments.file);
}

void run(Arguments& arguments) {
  require(!arguments.file.empty() || !arguments.images.dataset.empty(),
          "nothing to audit: give FILE or --dataset PATH");
  if (!arguments.output.empty()) {
    require_file(!std::filesystem::exists(arguments.output) || std::filesystem::is_directory(arguments.output),
                 "{}: is no folder", arguments.output);
  }
  if (arguments.images.transforms.empty() && arguments.images.sweeps.empty()) arguments.images.transforms = {"all"};
  if (arguments.file.empty()) {
    arguments.images.load.seed = arguments.images.options.seed;
    arguments.images.load.threads = arguments.images.options.threads;
    arguments.images.show_progress = !arguments.quiet;
    return write_report(audit_images(arguments.images), arguments);
  }
  require_file(!std::filesystem::is_directory(arguments.file), "{0}: is a folder; --dataset {0} audits its images",
               arguments.file);
  const bool tables = arguments.file.ends_with(".csv");
  require(!tables || arguments.output.empty() || !arguments.accuracies.empty(),
          "-o {}: nothing is written where {} is made again", arguments.output, arguments.file);
  std::string header;
  std::getline(std::ifstream(arguments.file, std::ios::binary), header);
  require(arguments.accuracies.empty() || header.starts_with("dataset,"),
          "--accuracy {}: is compared with the ranking of an audit.csv, and {} is none", arguments.accuracies,
          arguments.file);
  if (header.starts_with("run,") || header.starts_with("dataset,")) return recheck_tables(arguments, header);
  require_file(!arguments.file.ends_with(".csv") || header.empty(),
               "{}: is neither a results.csv nor an audit.csv: it begins with '{:.40}'", arguments.file, header);
  write_report(audit_features(FeatureFile(arguments.file), arguments.images.options), arguments);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Judges transformations as pretext tasks: lossy, class-relevant, or a shortcut?", "essl-audit"};
  Arguments arguments;
  declare(app, arguments);
  describe_program(app, std::string(kExamples) + "\nTransformations:\n" + auditable_transforms());
  return run_program(app, argc, argv, [&] { run(arguments); });
}
