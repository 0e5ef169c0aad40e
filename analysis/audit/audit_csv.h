#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "audit/audited_dataset.h"
#include "report/appended_csv.h"

namespace equinfo {

/// audit.csv and verdicts.csv; their columns are the members' names, in order. See the README of this folder.
struct AuditRow {
  std::string dataset, transform, augmentation, view, quantity;
  double nats = 0.0;
  double ci_low = 0.0, ci_high = 0.0, ci_level = 0.95, std_error = 0.0;
  std::int64_t n = 0, sources = 0;
  std::string flags;
  std::uint64_t seed = 0;
  std::string version;

  bool operator==(const AuditRow&) const = default;
};
struct VerdictRow {
  std::string dataset, transform, augmentation, verdict, shortcut_views, evidence;
  std::optional<std::int64_t> images_needed;
  std::uint64_t seed = 0;
  std::string version;

  bool operator==(const VerdictRow&) const = default;
};

const CsvKind& audit_csv();
const CsvKind& verdicts_csv();

std::vector<AuditRow> audit_rows_of(const AuditReport& report);
std::vector<VerdictRow> verdict_rows_of(const AuditReport& report);

/// The whole file, with its header.
std::string text_of(const std::vector<AuditRow>& rows);
std::string text_of(const std::vector<VerdictRow>& rows);

/// All rows of a file. Throws IoError naming file, line, column and text for anything that is not one.
std::vector<AuditRow> read_audit_csv(const std::filesystem::path& path);
std::vector<VerdictRow> read_verdicts_csv(const std::filesystem::path& path);

}  // namespace equinfo
