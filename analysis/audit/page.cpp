#include "audit/page.h"

#include <algorithm>

#include <fmt/format.h>

#include "audit/caveats.h"
#include "audit/page_parts.h"
#include "audit/page_sweeps.h"
#include "audit/ranking_report.h"
#include "audit/view.h"
#include "core/version.h"

namespace equinfo {
namespace {

using page::escaped;

constexpr double kFaintTile = 0.005;  // of H(T): what a map cannot show

const char* colour_of(const std::string& verdict) {
  if (verdict.ends_with("and class-relevant")) return "good";
  if (verdict == "useless" || verdict == "shortcut-prone") return "bad";
  return verdict == "undecided" ? "" : "mild";
}

std::string badge(const TransformVerdict& verdict) {
  return fmt::format("<span class=\"verdict {}\">{}</span>", colour_of(verdict.verdict), escaped(verdict.verdict));
}

std::string anchor(const AuditEntry& entry) {
  std::string id = entry.audit.transform + "-" + entry.color + "-" + entry.audit.augmentation;
  std::ranges::replace_if(
      id, [](unsigned char c) { return !std::isalnum(c); }, '-');
  return id;
}

std::string title(const AuditReport& report, const AuditEntry& entry) {
  const std::string words = title_of(report, entry), &name = entry.audit.transform;
  const std::string rest = words.substr(name.size());
  return escaped(name) + (rest.empty() ? "" : " <span class=\"soft\">" + escaped(rest) + "</span>");
}

std::string question(const AuditReport& report) {
  if (report.of_features()) return fmt::format("What did an encoder keep of T in images of {}?", report.dataset);
  return fmt::format("Which transformations can teach the class of {}?", report.dataset);
}

std::string head(const AuditReport& report) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<link rel=\"icon\" href=\"data:,\"><title>Audit of {}</title>\n<style>\n{}</style></head>\n<body>\n"
      "<h1>{}</h1>\n<p class=\"soft\">{} images{} ({}), {} classes · essl-audit {}</p>\n",
      escaped(report.dataset), page::style(), escaped(question(report)), report.images, shape_of(report),
      escaped(origin_of(report)), report.class_names.size(), version());
}

std::string overview(const AuditReport& report) {
  const char* told = report.of_features() ? "features" : "images";
  std::string text = fmt::format(
      "<table class=\"overview\"><thead><tr><th>transformation T</th><th>what {} tell of T</th>"
      "<th>S, nats</th><th>verdict</th></tr></thead><tbody>\n",
      told);
  for (const AuditEntry& entry : report.entries) {
    text +=
        fmt::format("<tr><td><a href=\"#{}\">{}</a></td><td>{}</td><td class=\"number\">{}</td><td>{}{}</td></tr>\n",
                    anchor(entry), title(report, entry), page::information_bar(entry.audit),
                    reading_text(entry.audit.synergy), badge(entry.verdict),
                    entry.verdict.shortcut_views.empty()
                        ? ""
                        : fmt::format(" <span class=\"soft\">{}</span>",
                                      escaped(fmt::format("{}", fmt::join(entry.verdict.shortcut_views, ", ")))));
  }
  return text +
         fmt::format(
             "</tbody></table>\n<p class=\"legend\">of all there is to know, H(T):"
             "<span class=\"key\" style=\"background:var(--told)\"></span>told by the {}, I(T;X)"
             "<span class=\"key\" style=\"background:var(--class)\"></span>added by the class, S = I(T;Y|X)",
             told) +
         "<span class=\"key\" style=\"background:#ececec\"></span>open</p>\n";
}

std::string pictures(const AuditEntry& entry) {
  if (entry.pictures.count == 0) return {};
  std::string text = "<h3>One image under T</h3><div class=\"pictures\">\n";
  for (std::int64_t t = 0; t < entry.pictures.count; ++t) {
    const std::string& value = entry.audit.values[static_cast<std::size_t>(t)];
    text += page::figure(entry.pictures, t, "the image under " + value, escaped(value));
  }
  return text + "</div>\n";
}

std::string summary_of(const std::string& view) {
  if (view == "surrogate") return "images without content, read by X";
  return find_view(view).summary;
}

/// What carries over of what features tell; there are no views to compare it with.
std::string carried_over(const TransformAudit& audit) {
  const ViewAudit& features = audit.views.front();
  if (!features.share) return {};
  return "<h3>What carries over to classes that a probe has not seen</h3>\n<div class=\"share\"><span>of "
         "I(T;X)</span>" +
         page::share_bar(*features.share, false, "carried over") +
         fmt::format("<span class=\"numbers\">{}</span></div>\n", reading_text(*features.share, 2)) +
         "<p class=\"legend\">the share of what features tell of T that a probe trained on other classes reads; what "
         "is left hangs on the class. It decides nothing.</p>\n";
}

std::string shares(const TransformAudit& audit) {
  std::string text;
  for (const ViewAudit& view : audit.views) {
    const Reading shown = view.share.value_or(Reading{
        view.t_view.nats / audit.entropy, 0.0, view.t_view.low / audit.entropy, view.t_view.high / audit.entropy});
    if (view.decides != view.share.has_value() && view.decides) continue;
    text += fmt::format("<div class=\"share\"><span title=\"{}\">{}</span>{}<span class=\"numbers\">{}</span></div>\n",
                        escaped(summary_of(view.view)), escaped(view.view),
                        page::share_bar(shown, view.decides, view.view), reading_text(shown, 2));
  }
  if (text.empty()) return {};
  return "<h3>What views tell alone</h3>\n" + text +
         "<p class=\"legend\">coloured: share of I(T;X) read off images whose content the probe does not know, "
         "from one half on a shortcut; grey: I(T;v) over H(T) of views that see the class, which decide nothing</p>\n";
}

std::string facts(const AuditReport& report, const AuditEntry& entry) {
  const TransformAudit& audit = entry.audit;
  std::string text =
      fmt::format("<p>{}</p><p>{}. <span class=\"soft\">Would change: {}.</span></p>\n", badge(entry.verdict),
                  escaped(entry.verdict.evidence), escaped(entry.verdict.would_change));
  text += fmt::format("<p class=\"soft\">H(T) = {:.3f} · I(T;X) = {} · H(T|X,Y) = {}", audit.entropy,
                      reading_text(audit.t_x), reading_text(audit.h_t_given_xy));
  if (audit.synergy_share && audit.synergy_share->low > 0.0)
    text += fmt::format(" · S is {:.0f} % of what images leave open", 100 * audit.synergy_share->nats);
  if (audit.synergy_null) text += " · S with permuted classes " + reading_text(*audit.synergy_null);
  if (entry.verdict.images_needed)
    text += fmt::format(" · about {} images would settle it", *entry.verdict.images_needed);
  text += "</p>\n";
  const std::string remedy = weakest_remedy(report, entry);
  if (!remedy.empty()) {
    text += fmt::format("<p>The weakest augmentation tried that takes the shortcut away: <b>{}</b>.</p>\n",
                        escaped(remedy));
  }
  for (const std::string& caveat : caveats_of(entry.audit)) {
    text += fmt::format("<p class=\"caveat\">{}</p>\n", escaped(caveat));
  }
  return text;
}

std::string ambiguous(const AuditEntry& entry) {
  if (entry.ambiguous.count == 0) return {};
  std::string text = "<h3>Images that leave T most open</h3><div class=\"pictures\">\n";
  for (std::int64_t k = 0; k < entry.ambiguous.count; ++k) {
    const AmbiguousRow& row = entry.audit.ambiguous[static_cast<std::size_t>(k)];
    const std::string& value = entry.audit.values[static_cast<std::size_t>(row.t)];
    text += page::figure(entry.ambiguous, k, "image " + std::to_string(row.image) + " under " + value,
                         page::posterior_bars(row, entry.audit.values) + "T = " + escaped(value));
  }
  return text + "</div><p class=\"legend\">bars: how likely each value of T looks; coloured the true one</p>\n";
}

/// The map of tiles; in words too where it is blank.
std::string where_read(const AuditEntry& entry) {
  if (!entry.map) return {};
  const double most = *std::max_element(entry.map->data(), entry.map->data() + entry.map->rows() * entry.map->cols());
  const bool blank = most < kFaintTile * entry.audit.entropy;
  return "<h3>Where T can be read</h3>" + page::tile_map(*entry.map, entry.audit.entropy) +
         fmt::format("<p class=\"legend\">each tile alone, on unseen classes; {}</p>\n",
                     blank ? "no tile tells T by itself" : fmt::format("darkest: {:.3f} nats", most));
}

std::string section(const AuditReport& report, const AuditEntry& entry) {
  std::string text =
      fmt::format("<section id=\"{}\"><h2>{}</h2><p class=\"soft\">{}</p>\n<div class=\"columns\"><div>\n",
                  anchor(entry), title(report, entry), escaped(entry.summary));
  text += facts(report, entry) + (report.of_features() ? carried_over(entry.audit) : shares(entry.audit)) +
          "</div>\n<div>" + where_read(entry);
  return text + "</div></div>\n" + pictures(entry) + ambiguous(entry) + "</section>\n";
}

}  // namespace

std::string audit_page(const AuditReport& report) {
  std::string text =
      head(report) + overview(report) + fmt::format("{}{}\n", kRankingBegin, kRankingEnd) + page::sweeps(report);
  for (const AuditEntry& entry : report.entries) text += section(report, entry);
  return text + "</body>\n</html>\n";
}

}  // namespace equinfo
