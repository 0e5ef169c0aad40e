#include "audit/ranking_report.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "audit/page_parts.h"
#include "core/error.h"

namespace equinfo {
namespace {

using page::escaped;

constexpr double kWidth = 360.0, kHeight = 240.0, kLeft = 48.0, kRight = 12.0, kTop = 10.0, kBottom = 40.0;
constexpr double kLineHeight = 11.0;

/// Values laid out along one side of the figure, with a little room at both ends.
struct Axis {
  double low, high, from, to;

  Axis(double least, double most, double first, double last) : low(least), high(most), from(first), to(last) {
    const double room = 0.06 * std::max(1e-3, high - low);
    low -= room;
    high += room;
  }
  double place(double value) const { return from + (to - from) * (value - low) / (high - low); }
};

std::string text(double x, double y, const char* anchor, const std::string& words) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>", x, y, anchor, escaped(words));
}

/// Grid and numbers: at the ends and the middle of what was seen.
std::string axes(const Axis& x, const Axis& y, double most_synergy, double least, double most) {
  std::string svg;
  for (const double value : {least, 0.5 * (least + most), most}) {
    svg += fmt::format("<line class=\"grid\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>", kLeft,
                       y.place(value), kWidth - kRight, y.place(value)) +
           text(kLeft - 5.0, y.place(value) + 3.5, "end", decimal(value));
  }
  for (const double value : {0.0, 0.5 * most_synergy, most_synergy}) {
    svg += text(x.place(value), kHeight - kBottom + 16.0, "middle", decimal(value));
  }
  return svg +
         fmt::format("<line class=\"zero\" x1=\"{0:.1f}\" y1=\"{1}\" x2=\"{0:.1f}\" y2=\"{2}\"/>", x.place(0.0), kTop,
                     kHeight - kBottom) +
         text(kWidth - kRight, kHeight - 6.0, "end", "S of the images, nats") +
         text(2.0, kHeight - 6.0, "start", "upwards: accuracy of a linear probe");
}

/// Heights of words above points, from the lowest point up, moved as little as keeps them apart.
std::vector<double> label_heights(const std::vector<double>& points) {
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return points[a] > points[b]; });
  std::vector<double> heights(points.size());
  double above = kHeight;
  for (const std::size_t k : order) above = heights[k] = std::min(points[k] - 6.0, above - kLineHeight);
  return heights;
}

std::string scatter(const RankAgreement& agreement) {
  double least = 1.0, most = 0.0, low = 0.0, high = 0.0;
  for (const auto& seed : agreement.by_seed) {
    least = std::min(least, std::ranges::min(seed));
    most = std::max(most, std::ranges::max(seed));
  }
  for (const Reading& reading : agreement.readings) {
    low = std::min(low, reading.low);
    high = std::max(high, reading.high);
  }
  const Axis x(low, high, kLeft, kWidth - kRight), y(least, most, kHeight - kBottom, kTop);
  std::string svg =
      fmt::format(
          "<svg class=\"chart scatter\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"S of the images against "
          "the accuracy of linear probes; rank correlation {:.2f}\">",
          kWidth, kHeight, agreement.correlation.nats) +
      axes(x, y, high, least, most);
  std::vector<double> points;
  for (const double accuracy : agreement.accuracy) points.push_back(y.place(accuracy));
  const auto labels = label_heights(points);
  for (std::size_t k = 0; k < agreement.transforms.size(); ++k) {
    const Reading& s = agreement.readings[k];
    svg += fmt::format("<line class=\"s1\" x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{2:.1f}\" y2=\"{1:.1f}\"/>",
                       x.place(s.low), points[k], x.place(s.high));
    for (const auto& seed : agreement.by_seed) {
      svg +=
          fmt::format("<circle class=\"s0\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2\"/>", x.place(s.nats), y.place(seed[k]));
    }
    svg += fmt::format("<circle class=\"s1\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\"><title>{}</title></circle>",
                       x.place(s.nats), points[k], escaped(agreement.transforms[k]));
    const bool left = x.place(s.nats) > 0.7 * kWidth;
    svg += text(x.place(s.nats) + (left ? -5.0 : 5.0), labels[k], left ? "end" : "start", agreement.transforms[k]);
  }
  return svg + "</svg>";
}

std::string table(const RankAgreement& agreement) {
  std::string rows =
      "<div class=\"wide\"><table><thead><tr><th>T</th><th>S before training</th><th>linear probe after</th>";
  for (const auto seed : agreement.seeds) rows += fmt::format("<th>seed {}</th>", seed);
  rows += "</tr></thead><tbody>\n";
  for (std::size_t k = 0; k < agreement.transforms.size(); ++k) {
    rows += fmt::format("<tr><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>",
                        escaped(agreement.transforms[k]), reading_text(agreement.readings[k]),
                        decimal(agreement.accuracy[k]));
    for (const auto& seed : agreement.by_seed) rows += fmt::format("<td class=\"number\">{}</td>", decimal(seed[k]));
    rows += "</tr>\n";
  }
  return rows + "</tbody></table></div>\n";
}

std::string section(const RankAgreement& agreement) {
  return "<section id=\"ranking\"><h2>Did training bear the ranking out?</h2>\n<p>" +
         escaped(agreement_sentence(agreement)) + "</p>\n<div class=\"ranking\"><div>" + scatter(agreement) +
         "<p class=\"legend\"><span class=\"entry\"><span class=\"key s1\"></span>mean of the seeds, interval of "
         "S</span> "
         "<span class=\"entry\"><span class=\"key s0\"></span>each seed</span></p></div>\n<div>" +
         table(agreement) + "</div></div></section>\n";
}

nlohmann::ordered_json json_of(const RankAgreement& agreement) {
  const Reading& correlation = agreement.correlation;
  nlohmann::ordered_json json{{"rank_correlation", correlation.nats},
                              {"ci_low", correlation.low},
                              {"ci_high", correlation.high},
                              {"std_error", correlation.std_error},
                              {"seeds", agreement.seeds},
                              {"rank_correlation_by_seed", agreement.correlations},
                              {"p_value", agreement.as_strong}};
  json["transforms"] = nlohmann::ordered_json::array();
  for (std::size_t k = 0; k < agreement.transforms.size(); ++k) {
    std::vector<double> by_seed;
    for (const auto& seed : agreement.by_seed) by_seed.push_back(seed[k]);
    json["transforms"].push_back({{"transform", agreement.transforms[k]},
                                  {"synergy", agreement.readings[k].nats},
                                  {"ranked_as", agreement.synergy[k]},
                                  {"accuracy", agreement.accuracy[k]},
                                  {"accuracy_by_seed", by_seed}});
  }
  return json;
}

}  // namespace

std::string page_with_ranking(const std::string& page, const RankAgreement& agreement,
                              const std::filesystem::path& path) {
  const auto begin = page.find(kRankingBegin), end = page.find(kRankingEnd);
  require_file(begin != std::string::npos && end != std::string::npos && begin < end,
               "{}: is no page of essl-audit, or of one that knew no rankings", path.string());
  const auto from = begin + kRankingBegin.size();
  return page.substr(0, from) + section(agreement) + page.substr(end);
}

std::string json_with_ranking(const std::string& json, const RankAgreement& agreement,
                              const std::filesystem::path& path) {
  auto report = nlohmann::ordered_json::parse(json, nullptr, false);
  require_file(report.is_object(), "{}: is no audit.json", path.string());
  report["ranking"] = json_of(agreement);
  return report.dump(1) + "\n";
}

}  // namespace equinfo
