#include "image_audit.h"

#include <algorithm>
#include <sstream>

#include "audit/dataset_audit.h"
#include "augment/augment.h"
#include "augment/plain_images.h"
#include "compute/parallel.h"
#include "core/error.h"
#include "transform/transform.h"

namespace equinfo {
namespace {

PlainImages plain(const ImageRows& images) { return {images.pixels, images.channels, images.height, images.width}; }

AuditedTransform audited_transform(const std::string& name, std::uint64_t seed) {
  return {name, plain_values(name),
          [name, seed](const ImageRows& images, std::span<const std::int64_t> number, std::span<const std::int64_t> t) {
            ImageRows rows{{}, static_cast<std::int64_t>(t.size()), images.channels, images.height, images.width};
            rows.pixels = transform_plainly(name, plain(images), number, t, seed);
            return rows;
          }};
}

BaseAugmentation base_augmentation(const std::string& name, std::uint64_t seed) {
  if (name == "none") return {};
  return {name, [name, seed](const ImageRows& images) {
            ImageRows rows = images;
            rows.pixels = augment_plainly(name, plain(images), seed);
            return rows;
          }};
}

/// "all" stands for every line of the trainer's table but the identity, and the paper's seven among them as it has
/// them.
std::vector<std::string> chosen_transforms(const std::vector<std::string>& names) {
  if (names != std::vector<std::string>{"all"}) return names;
  std::vector<std::string> all{"rotation4", "hflip", "vflip", "jigsaw2", "blur", "invert", "grayscale"};
  for (const std::string& name : transform_names()) {
    if (name != "identity" && std::ranges::find(all, name) == all.end()) all.push_back(name);
  }
  return all;
}

/// Weakest first. "all" leaves out what changes nothing.
std::vector<std::string> chosen_augmentations(const std::vector<std::string>& names, std::int64_t channels) {
  if (names != std::vector<std::string>{"all"}) return names;
  std::vector<std::string> all;
  for (const std::string& name : augment_names()) {
    if (name != "identity_crop" && (name != "gray" || channels == 3)) all.push_back(name);
  }
  return all;
}

Recode recoding(const JpegCoding& coding, int threads) {
  return [coding, threads](ImageRows& images) {
    parallel_for(images.count, threads, [&](std::int64_t i) {
      recode_as_jpeg(images.image(i), images.channels, images.height, images.width, coding);
    });
  };
}

/// "NAME:A,B,C" stands for NAMEA, NAMEB, NAMEC.
StrengthSweep sweep_of(const std::string& text) {
  const auto colon = text.find(':');
  require(colon != std::string::npos && colon + 1 < text.size(), "--sweep \"{}\": NAME:VALUE,VALUE,… is needed", text);
  StrengthSweep sweep{text.substr(0, colon), {}, {}};
  std::istringstream values(text.substr(colon + 1));
  for (std::string value; std::getline(values, value, ',');) {
    sweep.values.push_back(value);
    sweep.transforms.push_back(sweep.parameter + value);
  }
  require(sweep.values.size() >= 2, "--sweep \"{}\": {} value; at least two are needed", text, sweep.values.size());
  return sweep;
}

/// What was asked for, then what sweeps add to it; each once.
std::vector<std::string> audited_names(const ImageAuditRequest& request, const std::vector<StrengthSweep>& sweeps) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    find_transform(name);  // a wrong name is found before anything is read
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (const std::string& name : chosen_transforms(request.transforms)) add(name);
  for (const StrengthSweep& sweep : sweeps) std::ranges::for_each(sweep.transforms, add);
  return names;
}

const char* colour_name(Color color) {
  return color == Color::kLuma ? "luma" : (color == Color::kRgb ? "rgb" : "as stored");
}

AuditJob job_of(const ImageAuditRequest& request, Color color, const std::vector<std::string>& names) {
  LoadOptions load = request.load;
  load.color = color;
  const ImageDataset dataset = load_dataset(request.dataset, request.split, load);
  AuditJob job;
  job.about = {dataset.name,
               dataset.sha256,
               split_name(request.split),
               colour_name(color),
               dataset.count,
               dataset.channels,
               dataset.height,
               dataset.width,
               dataset.class_names,
               dataset.jpeg.has_value(),
               {}};
  job.images = {dataset.pixels, dataset.count, dataset.channels, dataset.height, dataset.width};
  job.y = dataset.labels;
  job.options = request.options;
  job.show_progress = request.show_progress;
  for (const std::string& name : chosen_augmentations(request.augmentations, dataset.channels)) {
    job.augmentations.push_back(base_augmentation(name, request.options.seed));
  }
  for (const std::string& name : names) {
    job.transforms.push_back(audited_transform(name, request.options.seed));
    job.summaries.push_back(find_transform(name).summary);
  }
  if (dataset.jpeg) job.recode = recoding(*dataset.jpeg, request.options.threads);
  return job;
}

}  // namespace

AuditReport audit_images(const ImageAuditRequest& request) {
  std::vector<StrengthSweep> sweeps;
  for (const std::string& text : request.sweeps) sweeps.push_back(sweep_of(text));
  const auto names = audited_names(request, sweeps);
  for (const std::string& name : request.augmentations) {
    if (name != "all") find_augment(name);
  }
  std::vector<AuditReport> reports;
  for (const Color color : request.colors) reports.push_back(audit_dataset(job_of(request, color, names)));
  AuditReport report = side_by_side(std::move(reports));
  report.sweeps = std::move(sweeps);
  return report;
}

std::string auditable_transforms() { return transform_list(); }

}  // namespace equinfo
