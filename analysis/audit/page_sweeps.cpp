#include "audit/page_sweeps.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "audit/page_parts.h"

namespace equinfo::page {
namespace {

constexpr double kWidth = 320.0, kHeight = 190.0, kLeft = 44.0, kRight = 8.0, kTop = 8.0, kBottom = 24.0;

/// One line of a chart; where nothing was measured it has a gap.
struct Series {
  std::string name, kind;  // kind: its class in the style sheet
  std::vector<std::optional<Reading>> readings;
};

/// The entries of a sweep under one augmentation and in one colour, in the order of its values.
struct SweepLine {
  const StrengthSweep* sweep;
  std::vector<const AuditEntry*> entries;
};

/// From the lowest end to the highest, zero and `least` among them.
struct Scale {
  double low = 0.0, high = 0.0;
  double place(double value) const {
    return kTop + (kHeight - kTop - kBottom) * (high - std::clamp(value, low, high)) / (high - low);
  }
};

Scale scale_of(const std::vector<Series>& all, double least, double most) {
  Scale scale{0.0, least};
  for (const Series& series : all) {
    for (const auto& reading : series.readings) {
      if (!reading) continue;
      scale.low = std::max(std::min(scale.low, reading->low), -0.25 * most);
      scale.high = std::min(std::max(scale.high, reading->high), most);
    }
  }
  return scale;
}

double across(std::size_t k, std::size_t count) {
  const double step = (kWidth - kLeft - kRight) / static_cast<double>(count);
  return kLeft + (static_cast<double>(k) + 0.5) * step;
}

std::string axes(const Scale& scale, const std::vector<double>& ticks, const std::vector<std::string>& values) {
  std::string svg;
  for (const double tick : ticks) {
    const double y = scale.place(tick);
    svg += fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>",
                       tick == 0.0 ? "zero" : "grid", kLeft, y, kWidth - kRight, y) +
           fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>", kLeft - 5.0, y + 3.5,
                       decimal(tick, scale.high < 0.2 ? 3 : 2));
  }
  for (std::size_t k = 0; k < values.size(); ++k) {
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>", across(k, values.size()),
                       kHeight - 6.0, escaped(values[k]));
  }
  return svg;
}

/// Intervals and points, joined where neighbours are both there. `shift` keeps several lines' intervals apart.
std::string curve(const Series& series, const Scale& scale, double shift) {
  std::string svg, path;
  const std::size_t count = series.readings.size();
  bool joined = false;
  for (std::size_t k = 0; k < count; ++k) {
    const auto& reading = series.readings[k];
    if (reading) {
      const double x = across(k, count) + shift, y = scale.place(reading->nats);
      path += fmt::format("{}{:.1f} {:.1f}", joined ? "L" : "M", x, y);
      svg += fmt::format("<line class=\"{0}\" x1=\"{1:.1f}\" y1=\"{2:.1f}\" x2=\"{1:.1f}\" y2=\"{3:.1f}\"/>",
                         series.kind, x, scale.place(reading->low), scale.place(reading->high));
      svg += fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"><title>{} {}</title></circle>",
                         series.kind, x, y, escaped(series.name), reading_text(*reading));
    }
    joined = reading.has_value();
  }
  return fmt::format("<path class=\"{}\" d=\"{}\"/>", series.kind, path) + svg;
}

std::string chart(const std::string& title, const std::vector<std::string>& values, const std::vector<Series>& all,
                  const Scale& scale, const std::vector<double>& ticks) {
  std::string svg = fmt::format("<svg class=\"chart\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">", kWidth,
                                kHeight, escaped(title)) +
                    axes(scale, ticks, values);
  std::string keys;
  for (std::size_t m = 0; m < all.size(); ++m) {
    svg += curve(all[m], scale, 5.0 * (static_cast<double>(m) - 0.5 * static_cast<double>(all.size() - 1)));
    keys += fmt::format("<span class=\"key {}\"></span>{}", all[m].kind, escaped(all[m].name));
  }
  return fmt::format("<div class=\"sweep\"><h3>{}</h3>{}</svg><p class=\"legend\">{}</p></div>\n", escaped(title), svg,
                     keys);
}

const ViewAudit* view_of(const AuditEntry& entry, const std::string& name) {
  const auto found = std::ranges::find(entry.audit.views, name, &ViewAudit::view);
  return found == entry.audit.views.end() ? nullptr : &*found;
}

std::string charts(const SweepLine& line) {
  std::vector<Series> told{{"H(T)", "s0", {}}, {"I(T;X)", "s1", {}}}, added{{"S", "s2", {}}};
  std::vector<Series> shares{
      {"level", "s1", {}}, {"border", "s2", {}}, {"frequency", "s3", {}}, {"surrogate", "s4", {}}};
  double most = 0.0;
  for (const AuditEntry* entry : line.entries) {
    const double h = entry->audit.entropy;
    most = std::max(most, h);
    told[0].readings.push_back(Reading{h, 0.0, h, h});
    told[1].readings.push_back(entry->audit.t_x);
    added[0].readings.push_back(entry->audit.synergy);
    for (Series& series : shares) {
      const ViewAudit* view = view_of(*entry, series.name);
      series.readings.push_back(view == nullptr ? std::nullopt : view->share);
    }
  }
  const auto& values = line.sweep->values;
  const auto in_nats = [&](const std::string& title, const std::vector<Series>& series, double least) {
    const Scale scale = scale_of(series, least, most);
    return chart(title, values, series, scale, {0.0, 0.5 * scale.high, scale.high});
  };
  return "<div class=\"sweeps\">" + in_nats("What the image tells of T, nats", told, 0.01) +
         in_nats("What the class adds, S, nats", added, 0.02) +
         chart("What views tell alone, share of I(T;X)", values, shares, scale_of(shares, 1.2, 1.2), {0.0, 0.5, 1.0}) +
         "</div>\n";
}

std::string table(const SweepLine& line) {
  std::string text =
      "<div class=\"wide\"><table><thead><tr><th>strength</th><th>H(T)</th><th>I(T;X)</th><th>S</th><th>level</th>"
      "<th>border</th><th>frequency</th><th>surrogate</th><th>verdict</th></tr></thead><tbody>\n";
  for (std::size_t k = 0; k < line.entries.size(); ++k) {
    const AuditEntry& entry = *line.entries[k];
    text += fmt::format(
        "<tr><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>",
        escaped(line.sweep->values[k]), decimal(entry.audit.entropy), reading_text(entry.audit.t_x),
        reading_text(entry.audit.synergy));
    for (const char* name : {"level", "border", "frequency", "surrogate"}) {
      const ViewAudit* view = view_of(entry, name);
      text += fmt::format("<td class=\"number\">{}</td>",
                          view == nullptr || !view->share ? "–" : decimal(view->share->nats, 2));
    }
    text += fmt::format("<td>{}</td></tr>\n", escaped(entry.verdict.verdict));
  }
  return text + "</tbody></table></div>\n";
}

/// The sweep's entries like the given one, which stands for its first value.
SweepLine line_from(const AuditReport& report, const StrengthSweep& sweep, const AuditEntry& first) {
  SweepLine line{&sweep, {}};
  for (const std::string& name : sweep.transforms) {
    const auto found = std::ranges::find_if(report.entries, [&](const AuditEntry& entry) {
      return entry.audit.transform == name && entry.color == first.color &&
             entry.audit.augmentation == first.audit.augmentation;
    });
    if (found != report.entries.end()) line.entries.push_back(&*found);
  }
  return line;
}

}  // namespace

std::string sweeps(const AuditReport& report) {
  std::string text;
  for (const StrengthSweep& sweep : report.sweeps) {
    for (const AuditEntry& first : report.entries) {
      if (first.audit.transform != sweep.transforms.front()) continue;
      const SweepLine line = line_from(report, sweep, first);
      const std::string rest = title_of(report, first).substr(first.audit.transform.size());
      text += fmt::format("<section><h2>Sweep of {}<span class=\"soft\">{}</span></h2>\n", escaped(sweep.parameter),
                          escaped(rest)) +
              charts(line) + table(line) + "</section>\n";
    }
  }
  return text;
}

}  // namespace equinfo::page
