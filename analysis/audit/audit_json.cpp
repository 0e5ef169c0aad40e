#include <nlohmann/json.hpp>

#include "audit/audit_table.h"
#include "core/version.h"

namespace equinfo {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Reading& reading) {
  return {{"nats", reading.nats}, {"ci_low", reading.low}, {"ci_high", reading.high}, {"std_error", reading.std_error}};
}

template <class Value>
void put(Json& to, const char* name, const std::optional<Value>& value) {
  if constexpr (std::is_same_v<Value, Reading>) {
    if (value) to[name] = json_of(*value);
  } else if (value) {
    to[name] = *value;
  }
}

Json json_of(const ViewAudit& view) {
  Json json{{"view", view.view}, {"decides", view.decides}, {"t_view", json_of(view.t_view)}};
  put(json, "t_view_out", view.t_view_out);
  put(json, "share", view.share);
  put(json, "gain", view.gain);
  json["n"] = view.n;
  json["sources"] = view.sources;
  json["flags"] = view.flags;
  return json;
}

Json json_of(const TransformVerdict& verdict) {
  Json json{{"verdict", verdict.verdict},
            {"shortcut_views", verdict.shortcut_views},
            {"evidence", verdict.evidence},
            {"would_change", verdict.would_change}};
  put(json, "images_needed", verdict.images_needed);
  return json;
}

Json json_of(const Matrix<double>& map) {
  Json rows = Json::array();
  for (std::int64_t i = 0; i < map.rows(); ++i)
    rows.push_back(std::vector<double>(map.row(i).begin(), map.row(i).end()));
  return rows;
}

Json json_of(const AuditEntry& entry) {
  const TransformAudit& audit = entry.audit;
  Json json{{"transform", audit.transform}, {"augmentation", audit.augmentation},
            {"color", entry.color},         {"summary", entry.summary},
            {"values", audit.values},       {"h_t", audit.entropy},
            {"unchanged", audit.unchanged}, {"accuracy", audit.accuracy},
            {"t_x", json_of(audit.t_x)}};
  json["h_t_given_x"] = json_of(audit.h_t_given_x);
  json["h_t_given_xy"] = json_of(audit.h_t_given_xy);
  json["synergy"] = json_of(audit.synergy);
  put(json, "synergy_share", audit.synergy_share);
  put(json, "synergy_over_ceiling", audit.synergy_over_ceiling);
  put(json, "synergy_null", audit.synergy_null);
  put(json, "coding_leak", audit.coding_leak);
  for (const ViewAudit& view : audit.views) json["views"].push_back(json_of(view));
  if (entry.map) json["shortcut_map"] = json_of(*entry.map);
  for (const AmbiguousRow& row : audit.ambiguous) {
    json["ambiguous"].push_back({{"image", row.image}, {"t", row.t}, {"posterior", row.posterior}});
  }
  json["n"] = audit.n;
  json["sources"] = audit.sources;
  json["flags"] = audit.flags;
  json["ci_level"] = audit.ci_level;
  json["seed"] = audit.seed;
  json["verdict"] = json_of(entry.verdict);
  return json;
}

}  // namespace

std::string audit_json(const AuditReport& report) {
  Json json{{"dataset", report.dataset}, {"dataset_sha256", report.dataset_sha256},
            {"split", report.split},     {"color", report.color},
            {"images", report.images},   {"classes", report.class_names},
            {"version", version()}};
  json["transforms"] = Json::array();
  for (const AuditEntry& entry : report.entries) json["transforms"].push_back(json_of(entry));
  for (const AuditEntry& entry : report.entries) {
    const std::string remedy = weakest_remedy(report, entry);
    if (!remedy.empty()) json["remedies"][title_of(report, entry)] = remedy;
  }
  for (const StrengthSweep& sweep : report.sweeps) {
    json["sweeps"].push_back(
        {{"parameter", sweep.parameter}, {"values", sweep.values}, {"transforms", sweep.transforms}});
  }
  return json.dump(1) + "\n";
}

}  // namespace equinfo
