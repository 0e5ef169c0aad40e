#include "audit/dataset_audit.h"

#include <algorithm>
#include <optional>

#include "audit/drawn_rows.h"
#include "audit/judged.h"
#include "audit/shortcut_map.h"
#include "core/progress.h"

namespace equinfo {
namespace {

constexpr std::int64_t kMostPictures = 8;

/// The example image under the first values of T.
ImageRows pictures_of(const AuditedTransform& transform, const ImageRows& images) {
  std::vector<std::int64_t> number, t;
  const auto count = std::min(kMostPictures, static_cast<std::int64_t>(transform.values.size()));
  for (std::int64_t value = 0; value < count; ++value) {
    number.push_back(images.count / 2);
    t.push_back(value);
  }
  return transform.apply(images, number, t);
}

ImageRows ambiguous_pictures(const AuditedTransform& transform, const ImageRows& images, const TransformAudit& audit) {
  std::vector<std::int64_t> number, t;
  for (const AmbiguousRow& row : audit.ambiguous) {
    number.push_back(row.image);
    t.push_back(row.t);
  }
  return transform.apply(images, number, t);
}

AuditEntry entry_of(const AuditJob& job, std::size_t which, const BaseAugmentation& augmentation) {
  const AuditedTransform& transform = job.transforms[which];
  AuditEntry entry;
  entry.audit = audit_transform(job.images, job.y, transform, augmentation, job.options);
  if (job.recode && !augmentation.apply && job.options.most_surrogates > 0) {
    entry.audit.coding_leak = coding_leak(job.images, job.y, transform, job.recode, job.options);
  }
  entry.verdict = judge(entry.audit);
  entry.summary = job.summaries[which];
  const ImageRows shown = augmentation.apply ? augmentation.apply(job.images) : job.images;
  entry.pictures = pictures_of(transform, shown);
  entry.ambiguous = ambiguous_pictures(transform, shown, entry.audit);
  if (augmentation.apply) return entry;
  if (job.map_images > 0 && entry.audit.classes > 2) {
    entry.map = shortcut_map(job.images, job.y, transform, job.map_images, job.options);
  }
  return entry;
}

}  // namespace

AuditReport audit_dataset(const AuditJob& job) {
  AuditReport report = job.about;
  std::optional<Progress> progress;
  const auto audits = static_cast<std::int64_t>(job.transforms.size() * job.augmentations.size());
  if (job.show_progress) progress.emplace("audit", audits, "audits");
  for (std::size_t which = 0; which < job.transforms.size(); ++which) {
    for (const BaseAugmentation& augmentation : job.augmentations) {
      if (progress) progress->note(job.transforms[which].name + ", " + augmentation.name);
      report.entries.push_back(entry_of(job, which, augmentation));
      if (progress) progress->advance();
    }
  }
  return report;
}

}  // namespace equinfo
