#include "audit/page_parts.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <png.h>

#include "core/error.h"

namespace equinfo::page {
namespace {

std::string base64(const std::vector<std::uint8_t>& bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

/// Grey or RGB samples, pixel by pixel.
std::vector<std::uint8_t> samples_of(const ImageRows& images, std::int64_t i, std::size_t channels) {
  const auto image = images.image(i);
  const auto area = static_cast<std::size_t>(images.height * images.width);
  std::vector<std::uint8_t> samples(area * channels);
  for (std::size_t k = 0; k < samples.size(); ++k) samples[k] = image[k % channels * area + k / channels];
  return samples;
}

std::string rectangle(double x, double y, double width, double height, const char* kind) {
  return fmt::format("<rect class=\"{}\" x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\"/>", kind, x, y,
                     std::max(0.0, width), height);
}

std::string line(double x1, double y1, double x2, double y2, const char* kind) {
  return fmt::format("<line class=\"{}\" x1=\"{:.2f}\" y1=\"{:.2f}\" x2=\"{:.2f}\" y2=\"{:.2f}\"/>", kind, x1, y1, x2,
                     y2);
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '&')
      safe += "&amp;";
    else if (c == '<')
      safe += "&lt;";
    else if (c == '>')
      safe += "&gt;";
    else if (c == '"')
      safe += "&quot;";
    else
      safe += c;
  }
  return safe;
}

std::string png_uri(const ImageRows& images, std::int64_t i) {
  const std::size_t channels = images.channels == 3 ? 3 : 1;
  const auto samples = samples_of(images, i, channels);
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(images.width);
  image.height = static_cast<png_uint_32>(images.height);
  image.format = channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  png_alloc_size_t size = 0;
  bool written = png_image_write_to_memory(&image, nullptr, &size, 0, samples.data(), 0, nullptr) != 0;
  std::vector<std::uint8_t> bytes(size);
  written = written && png_image_write_to_memory(&image, bytes.data(), &size, 0, samples.data(), 0, nullptr) != 0;
  require(written, "page: a picture of {} x {} pixels cannot be written: {}", images.height, images.width,
          image.message);
  bytes.resize(size);
  return "data:image/png;base64," + base64(bytes);
}

std::string figure(const ImageRows& images, std::int64_t i, const std::string& alt, const std::string& caption) {
  return fmt::format(
      "<figure><img src=\"{}\" alt=\"{}\" width=\"72\" height=\"{}\"><figcaption>{}</figcaption></figure>\n",
      png_uri(images, i), escaped(alt), 72 * images.height / images.width, caption);
}

std::string information_bar(const TransformAudit& audit) {
  const auto place = [&](double nats) { return 100.0 * std::clamp(nats / audit.entropy, 0.0, 1.0); };
  const double told = place(audit.t_x.nats), with_class = place(audit.t_x.nats + std::max(0.0, audit.synergy.nats));
  return fmt::format(
             "<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" role=\"img\" "
             "aria-label=\"I(T;X) {:.3f}, S {:.3f} of {:.3f} nats\">",
             audit.t_x.nats, audit.synergy.nats, audit.entropy) +
         rectangle(0, 0, 100, 10, "open") + rectangle(0, 0, told, 10, "told") +
         rectangle(told, 0, with_class - told, 10, "class") + "</svg>";
}

std::string share_bar(const Reading& share, bool decides, const std::string& label) {
  // 0 … 1 lies at 4 … 92 of 96; what is beyond is drawn at the edge.
  const auto place = [](double value) { return 4.0 + 88.0 * std::clamp(value, -0.045, 1.045); };
  return fmt::format(
             "<svg class=\"bar\" viewBox=\"0 0 96 10\" preserveAspectRatio=\"none\" role=\"img\" "
             "aria-label=\"{}: {:.2f}\">",
             escaped(label), share.nats) +
         rectangle(4, 0, 88, 10, "open") +
         rectangle(4, 0, place(share.nats) - 4.0, 10, decides ? (share.low >= 0.5 ? "alarm" : "told") : "shown") +
         line(place(share.low), 5, place(share.high), 5, "interval") + line(48, 0, 48, 10, "half") + "</svg>";
}

std::string posterior_bars(const AmbiguousRow& row, const std::vector<std::string>& values) {
  const double step = 72.0 / static_cast<double>(row.posterior.size());
  std::string svg =
      "<svg class=\"posterior\" viewBox=\"0 0 72 20\" role=\"img\" aria-label=\"" +
      fmt::format("T was {}, read as likely as {:.2f}\">", escaped(values[static_cast<std::size_t>(row.t)]),
                  row.posterior[static_cast<std::size_t>(row.t)]);
  for (std::size_t t = 0; t < row.posterior.size(); ++t) {
    const double height = 20.0 * row.posterior[t];
    svg += rectangle(static_cast<double>(t) * step + 0.1 * step, 20.0 - height, 0.8 * step, height,
                     static_cast<std::int64_t>(t) == row.t ? "truth" : "other");
  }
  return svg + "</svg>";
}

std::string tile_map(const Matrix<double>& map, double entropy) {
  const double largest = *std::max_element(map.data(), map.data() + map.rows() * map.cols());
  const double scale = std::max(largest, 0.05 * entropy);
  std::string svg = fmt::format(
      "<svg class=\"map\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"where T can be read; "
      "the most in a tile is {:.3f} nats\">",
      10 * map.cols(), 10 * map.rows(), largest);
  for (std::int64_t i = 0; i < map.rows(); ++i) {
    for (std::int64_t j = 0; j < map.cols(); ++j) {
      const double share = std::clamp(map(i, j) / scale, 0.0, 1.0);
      svg += fmt::format(
          "<rect x=\"{}\" y=\"{}\" width=\"10\" height=\"10\" fill=\"#{:02x}{:02x}{:02x}\">"
          "<title>{:.3f} nats</title></rect>",
          10 * j, 10 * i, static_cast<int>(244 - 52 * share), static_cast<int>(244 - 175 * share),
          static_cast<int>(240 - 200 * share), map(i, j));
    }
  }
  return svg + "</svg>";
}

std::string_view style() {
  return R"(:root{color-scheme:light;--ink:#222;--soft:#666;--line:#ddd;--told:#4878a8;--class:#d08a28;--alarm:#c0452d}
*{box-sizing:border-box}
body{font:15px/1.5 "DejaVu Sans",system-ui,sans-serif;color:var(--ink);background:#fff;max-width:70rem;margin:0 auto;
padding:1.2rem;overflow-wrap:break-word}
h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.15rem;margin:0}h3{font-size:.9rem;margin:1rem 0 .3rem;color:var(--soft)}
p{margin:.4rem 0}.soft,figcaption,.legend{color:var(--soft);font-size:.82rem}
section{border-top:1px solid var(--line);padding:1.3rem 0}
table{border-collapse:collapse;width:100%;font-size:.88rem}td,th{padding:.3rem .5rem;text-align:left;vertical-align:middle}
th{color:var(--soft);font-weight:400;border-bottom:1px solid var(--line)}td.number{font-variant-numeric:tabular-nums;white-space:nowrap}
.overview td:nth-child(2){width:38%}
a{color:inherit}
.verdict{display:inline-block;border-radius:.8rem;padding:.05rem .6rem;font-size:.82rem;background:#eee}
.good{background:#dcebd6}.bad{background:#f6dcd6}.mild{background:#f7ecd4}
.bar{display:block;width:100%;height:14px}.bar .open{fill:#ececec}.told{fill:var(--told)}.class{fill:var(--class)}
.alarm{fill:var(--alarm)}.shown{fill:#b9b9b9}
.interval{stroke:#111;stroke-width:2.4;stroke-opacity:.55;vector-effect:non-scaling-stroke}
.half{stroke:#111;stroke-width:1;stroke-dasharray:2 2;vector-effect:non-scaling-stroke}
.pictures{display:flex;flex-wrap:wrap;gap:.6rem}
figure{margin:0;width:72px}img{display:block;image-rendering:pixelated;border:1px solid var(--line)}
figcaption{font-size:.7rem;line-height:1.25;margin-top:.15rem}
.posterior{display:block;width:72px;height:20px;margin-top:3px;border-bottom:1px solid #999}
.truth{fill:var(--told)}.other{fill:#c9c9c9}
.columns{display:grid;grid-template-columns:minmax(0,1fr) 190px;gap:1.6rem}
.map{width:180px;max-width:100%;border:1px solid var(--line)}
.share{display:grid;grid-template-columns:9rem minmax(0,1fr) 9rem;gap:.7rem;align-items:center;font-size:.85rem;
margin:.15rem 0}
.numbers{font-variant-numeric:tabular-nums;font-size:.8rem;text-align:right}
.sweeps{display:flex;flex-wrap:wrap;gap:1rem}.sweep{flex:1 1 280px;min-width:0;max-width:420px}.chart{display:block;width:100%}
.chart text{font-size:10px;fill:var(--soft)}.chart path{fill:none;stroke-width:1.6}.chart line{stroke-width:1.4;stroke-opacity:.6}
.chart .grid{stroke:#e6e6e6}.chart .zero{stroke:#888}
.s0{stroke:#999;fill:#999;--key:#999}.s1{stroke:var(--told);fill:var(--told);--key:var(--told)}
.s2{stroke:var(--class);fill:var(--class);--key:var(--class)}.s3{stroke:#5b8c4a;fill:#5b8c4a;--key:#5b8c4a}
.s4{stroke:#8a5aa5;fill:#8a5aa5;--key:#8a5aa5}.key.s0,.key.s1,.key.s2,.key.s3,.key.s4{background:var(--key)}
.wide{overflow-x:auto}
.ranking{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:1.6rem;align-items:start}
.entry{white-space:nowrap}
.caveat{border-left:3px solid var(--class);padding-left:.6rem}
.key{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 .9em;vertical-align:-.05em}
@media(max-width:640px){body{padding:.8rem}.columns,.ranking{grid-template-columns:minmax(0,1fr)}
.share{grid-template-columns:1fr auto;gap:0 .7rem;margin:.4rem 0}.share svg{grid-row:2;grid-column:1/3}
.overview thead{display:none}.overview tr{display:block;padding:.5rem 0;border-bottom:1px solid var(--line)}
.overview td{display:block;padding:.1rem 0}.overview td.number::before{content:"S = "}.overview td:nth-child(2){width:100%}}
)";
}

}  // namespace equinfo::page
