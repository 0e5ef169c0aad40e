#include "audit/features_audit.h"

#include <fmt/format.h>

#include "audit/judged.h"
#include "audit/whole_readings.h"
#include "core/error.h"

namespace equinfo {
namespace {

std::string attribute(const FeatureFile& file, const std::string& name, const std::string& fallback) {
  const auto found = file.attributes().find(name);
  return found == file.attributes().end() || found->second.empty() ? fallback : found->second;
}

ViewAudit transfer_view(const Matrix<float>& x, const WholeReading& whole, const AuditRows& rows,
                        const std::vector<AuditHalf>& halves, const TransformAudit& audit,
                        const ReadingDesign& design) {
  const Labels& labels = rows.labels;
  ViewAudit view{"features", false, audit.t_x};
  view.n = labels.rows();
  view.sources = labels.sources;
  if (rows.unseen.empty()) {
    view.flags.emplace_back("no_transfer_test");
    return view;
  }
  const auto unseen = unseen_information([&](std::size_t) { return x; }, rows, halves);
  view.t_view_out = bound_reading(unseen, design, audit.entropy);
  view.share = ratio_reading(unseen, whole.information, design);
  return view;
}

AuditEntry entry_of(const FeatureFile& file, const EmbeddingInfo& embedding, const AuditRows& rows,
                    const std::vector<AuditHalf>& halves, const AuditOptions& options) {
  AuditEntry entry;
  TransformAudit& audit = entry.audit;
  audit.transform = attribute(file, "transform", "T");
  audit.augmentation =
      embedding.epoch ? fmt::format("{}, epoch {}", embedding.layer, *embedding.epoch) : embedding.layer;
  for (const auto value : rows.labels.t_values) audit.values.push_back(std::to_string(value));
  audit.ci_level = options.ci_level;
  audit.seed = options.seed;
  audit.n = rows.labels.rows();
  audit.sources = rows.labels.sources;
  audit.classes = rows.labels.classes;
  if (!rows.labels.sources_given) audit.flags.emplace_back("no_source");
  const ReadingDesign design{rows.labels.source, rows.labels.sources, options.ci_level};
  const Matrix<float> x = standardised(file.read(embedding));
  const WholeReading whole = read_whole(x, {}, rows, halves);
  measure_whole(whole, rows, design, audit);
  audit.views.push_back(transfer_view(x, whole, rows, halves, audit, design));
  entry.verdict = judge(audit);
  return entry;
}

}  // namespace

AuditReport audit_features(const FeatureFile& file, const AuditOptions& options) {
  const RawLabels& raw = file.labels();
  require(!raw.continuous(), "{}: T is continuous; an audit takes values that can be counted", file.path().string());
  const AuditRows rows = cut_rows(code_labels(raw.y, raw.t, raw.source), options.folds, options.seed, options.threads);
  require(rows.labels.classes >= 2, "{}: a single class; two are needed", file.path().string());
  require(rows.labels.transforms >= 2, "{}: a single value of T; two are needed", file.path().string());
  const auto halves = cut_halves(rows);
  AuditReport report;
  report.dataset = attribute(file, "dataset", file.path().filename().string());
  report.split = attribute(file, "split", "");
  report.color = "features";
  report.images = rows.labels.sources;
  for (const auto value : rows.labels.y_values) report.class_names.push_back(std::to_string(value));
  for (const EmbeddingInfo& embedding : file.embeddings()) {
    report.entries.push_back(entry_of(file, embedding, rows, halves, options));
  }
  return report;
}

}  // namespace equinfo
