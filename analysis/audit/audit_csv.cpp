#include "audit/audit_csv.h"

#include <charconv>
#include <span>

#include "core/error.h"
#include "core/version.h"
#include "report/locked_file.h"

namespace equinfo {
namespace {

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, ";")); }

template <class Number>
Number number_of(const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(error == std::errc{} && end == text.data() + text.size(), "'{}' is no number", text);
  return value;
}

/// Adds the rows of one audit.
class RowWriter {
 public:
  RowWriter(const std::string& dataset, const TransformAudit& audit, std::vector<AuditRow>& rows)
      : rows_(&rows), audit_(&audit) {
    row_ = {dataset, audit.transform, audit.augmentation};
    row_.ci_level = audit.ci_level;
    row_.seed = audit.seed;
    row_.version = version();
  }

  void begin(const std::string& view, std::int64_t n, std::int64_t sources, const std::vector<std::string>& flags) {
    row_.view = view;
    row_.n = n;
    row_.sources = sources;
    row_.flags = joined(flags);
  }
  void add(const std::string& quantity, const std::optional<Reading>& reading) {
    if (!reading) return;
    row_.quantity = quantity;
    row_.nats = reading->nats;
    row_.ci_low = reading->low;
    row_.ci_high = reading->high;
    row_.std_error = reading->std_error;
    rows_->push_back(row_);
  }

  void add_whole() {
    begin("", audit_->n, audit_->sources, audit_->flags);
    add("t_x", audit_->t_x);
    add("h_t_given_x", audit_->h_t_given_x);
    add("h_t_given_xy", audit_->h_t_given_xy);
    add("synergy", audit_->synergy);
    add("synergy_share", audit_->synergy_share);
    add("synergy_null", audit_->synergy_null);
    add("coding_leak", audit_->coding_leak);
  }
  void add_view(const ViewAudit& view) {
    begin(view.view, view.n, view.sources, view.flags);
    add("t_view", view.t_view);
    add("t_view_out", view.t_view_out);
    add("share", view.share);
    add("gain", view.gain);
  }

 private:
  std::vector<AuditRow>* rows_;
  const TransformAudit* audit_;
  AuditRow row_;
};

/// The records below the header of a file; `read` turns one's fields into a row.
template <class Row, class Read>
std::vector<Row> read_rows(const std::filesystem::path& path, const CsvKind& kind, Read read) {
  const auto records = parse_csv(read_whole_file(path), path.string());
  require_header(records, kind, path);
  std::vector<Row> rows;
  for (std::size_t i = 1; i < records.size(); ++i) {
    const auto& fields = records[i].fields;
    require_file(fields.size() == kind.columns.size(), "{}:{}: {} fields, not {}", path.string(), records[i].line,
                 fields.size(), kind.columns.size());
    try {
      rows.push_back(read(fields));
    } catch (const std::invalid_argument& mistake) {
      throw IoError(fmt::format("{}:{}: {}", path.string(), records[i].line, mistake.what()));
    }
  }
  return rows;
}

}  // namespace

const CsvKind& audit_csv() {
  static const CsvKind kind{"audit.csv",
                            {"dataset", "transform", "augmentation", "view", "quantity", "nats", "ci_low", "ci_high",
                             "ci_level", "std_error", "n", "sources", "flags", "seed", "version"}};
  return kind;
}

const CsvKind& verdicts_csv() {
  static const CsvKind kind{"verdicts.csv",
                            {"dataset", "transform", "augmentation", "verdict", "shortcut_views", "evidence",
                             "images_needed", "seed", "version"}};
  return kind;
}

std::vector<AuditRow> audit_rows_of(const AuditReport& report) {
  std::vector<AuditRow> rows;
  for (const AuditEntry& entry : report.entries) {
    RowWriter writer(dataset_of(report, entry), entry.audit, rows);
    writer.add_whole();
    for (const ViewAudit& view : entry.audit.views) writer.add_view(view);
  }
  return rows;
}

std::vector<VerdictRow> verdict_rows_of(const AuditReport& report) {
  std::vector<VerdictRow> rows;
  for (const AuditEntry& entry : report.entries) {
    const TransformVerdict& verdict = entry.verdict;
    rows.push_back({dataset_of(report, entry), entry.audit.transform, entry.audit.augmentation, verdict.verdict,
                    joined(verdict.shortcut_views), verdict.evidence + ". Would change: " + verdict.would_change,
                    verdict.images_needed, entry.audit.seed, version()});
  }
  return rows;
}

std::string text_of(const std::vector<AuditRow>& rows) {
  std::string text = csv_line(audit_csv().columns);
  for (const AuditRow& row : rows) {
    text += csv_line({row.dataset, row.transform, row.augmentation, row.view, row.quantity, shortest_number(row.nats),
                      shortest_number(row.ci_low), shortest_number(row.ci_high), shortest_number(row.ci_level),
                      shortest_number(row.std_error), std::to_string(row.n), std::to_string(row.sources), row.flags,
                      std::to_string(row.seed), row.version});
  }
  return text;
}

std::string text_of(const std::vector<VerdictRow>& rows) {
  std::string text = csv_line(verdicts_csv().columns);
  for (const VerdictRow& row : rows) {
    text +=
        csv_line({row.dataset, row.transform, row.augmentation, row.verdict, row.shortcut_views, row.evidence,
                  row.images_needed ? std::to_string(*row.images_needed) : "", std::to_string(row.seed), row.version});
  }
  return text;
}

std::vector<AuditRow> read_audit_csv(const std::filesystem::path& path) {
  return read_rows<AuditRow>(path, audit_csv(), [](std::span<const std::string> f) {
    const auto real = [](const std::string& text) { return number_of<double>(text); };
    return AuditRow{f[0],
                    f[1],
                    f[2],
                    f[3],
                    f[4],
                    real(f[5]),
                    real(f[6]),
                    real(f[7]),
                    real(f[8]),
                    real(f[9]),
                    number_of<std::int64_t>(f[10]),
                    number_of<std::int64_t>(f[11]),
                    f[12],
                    number_of<std::uint64_t>(f[13]),
                    f[14]};
  });
}

std::vector<VerdictRow> read_verdicts_csv(const std::filesystem::path& path) {
  return read_rows<VerdictRow>(path, verdicts_csv(), [](std::span<const std::string> f) {
    std::optional<std::int64_t> needed;
    if (!f[6].empty()) needed = number_of<std::int64_t>(f[6]);
    return VerdictRow{f[0], f[1], f[2], f[3], f[4], f[5], needed, number_of<std::uint64_t>(f[7]), f[8]};
  });
}

}  // namespace equinfo
