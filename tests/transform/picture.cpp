#include "transform/picture.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace {

using std::int64_t;

Picture like(const Picture& p) { return {p.channels, p.height, p.width, std::vector<double>(p.values.size(), 0.0)}; }

template <class Value>
Picture made(const Picture& p, const Value& value) {
  Picture result = like(p);
  for (int64_t c = 0; c < p.channels; ++c) {
    for (int64_t i = 0; i < p.height; ++i) {
      for (int64_t j = 0; j < p.width; ++j) result.at(c, i, j) = value(c, i, j);
    }
  }
  return result;
}

Place quarter_origin(int64_t turns, Place to, int64_t last) {
  // Counter-clockwise by 90°: the right column becomes the top row.
  for (int64_t k = 0; k < turns; ++k) to = {to.column, last - to.row};
  return to;
}

Place origin_of(const std::string& name, int64_t value, Place to, const Picture& p) {
  if (name == "hflip") return {to.row, value == 1 ? p.width - 1 - to.column : to.column};
  if (name == "vflip") return {value == 1 ? p.height - 1 - to.row : to.row, to.column};
  const Place before_turn = quarter_origin(value % 4, to, p.height - 1);
  return {before_turn.row, value >= 4 ? p.width - 1 - before_turn.column : before_turn.column};
}

/// Bilinear value at a point; `border` repeats border pixels, else outside is 0.
double sampled(const Picture& p, int64_t c, double row, double column, bool border) {
  if (border) {
    row = std::clamp(row, 0.0, static_cast<double>(p.height - 1));
    column = std::clamp(column, 0.0, static_cast<double>(p.width - 1));
  }
  double sum = 0;
  for (int64_t i = 0; i < p.height; ++i) {
    for (int64_t j = 0; j < p.width; ++j) {
      const double weight = std::max(0.0, 1 - std::abs(row - static_cast<double>(i))) *
                            std::max(0.0, 1 - std::abs(column - static_cast<double>(j)));
      sum += weight * p.at(c, i, j);
    }
  }
  return sum;
}

int64_t mirrored(int64_t i, int64_t size) {
  if (i < 0) return -i;
  return i < size ? i : 2 * (size - 1) - i;
}

double luma(const Picture& p, int64_t i, int64_t j) {
  if (p.channels == 1) return p.at(0, i, j);
  return 0.299 * p.at(0, i, j) + 0.587 * p.at(1, i, j) + 0.114 * p.at(2, i, j);
}

double clamped(double value) { return std::clamp(value, 0.0, 255.0); }

/// Hue turned through HSV, branch by branch.
void turn_hue(double& r, double& g, double& b, double turns) {
  const double v = std::max({r, g, b}), spread = v - std::min({r, g, b});
  if (spread == 0) return;
  double h = v == r ? (g - b) / spread : v == g ? 2 + (b - r) / spread : 4 + (r - g) / spread;
  h += 6 * turns;
  h -= 6 * std::floor(h / 6);
  const double f = h - std::floor(h), low = v - spread, falling = v - spread * f, rising = v - spread * (1 - f);
  const double parts[6][3] = {{v, rising, low},  {falling, v, low}, {low, v, rising},
                              {low, falling, v}, {rising, low, v},  {v, low, falling}};
  const auto* part = parts[static_cast<int>(std::floor(h)) % 6];
  r = part[0];
  g = part[1];
  b = part[2];
}

}  // namespace

double& Picture::at(int64_t c, int64_t i, int64_t j) {
  return values[static_cast<std::size_t>((c * height + i) * width + j)];
}
double Picture::at(int64_t c, int64_t i, int64_t j) const {
  return values[static_cast<std::size_t>((c * height + i) * width + j)];
}

Picture moved(const Picture& p, const std::string& name, int64_t value) {
  return made(p, [&](int64_t c, int64_t i, int64_t j) {
    const auto from = origin_of(name, value, {i, j}, p);
    return p.at(c, from.row, from.column);
  });
}

Picture turned(const Picture& p, double degrees) {
  const double angle = degrees * std::numbers::pi / 180, middle_row = 0.5 * static_cast<double>(p.height - 1),
               middle_column = 0.5 * static_cast<double>(p.width - 1);
  return made(p, [&](int64_t c, int64_t i, int64_t j) {
    // What stands at this place was at the angle less: y runs downwards.
    const double x = static_cast<double>(j) - middle_column, y = middle_row - static_cast<double>(i);
    const double from_x = x * std::cos(angle) + y * std::sin(angle), from_y = y * std::cos(angle) - x * std::sin(angle);
    return sampled(p, c, middle_row - from_y, middle_column + from_x, false);
  });
}

Picture window(const Picture& p, double top, double left, double size) {
  const double first_row = top * (1 - size) * static_cast<double>(p.height),
               first_column = left * (1 - size) * static_cast<double>(p.width);
  return made(p, [&](int64_t c, int64_t i, int64_t j) {
    // Edges are at whole numbers here, pixel centres half a pixel on.
    return sampled(p, c, first_row + size * (static_cast<double>(i) + 0.5) - 0.5,
                   first_column + size * (static_cast<double>(j) + 0.5) - 0.5, true);
  });
}

Picture blurred(const Picture& p, double sigma, int64_t half) {
  if (half == 0) return p;
  const auto weight = [&](int64_t o) { return std::exp(-0.5 * static_cast<double>(o * o) / (sigma * sigma)); };
  double total = 0;
  for (int64_t o = -half; o <= half; ++o) total += weight(o);
  return made(p, [&](int64_t c, int64_t i, int64_t j) {
    double sum = 0;
    for (int64_t a = -half; a <= half; ++a) {
      for (int64_t b = -half; b <= half; ++b) {
        sum += weight(a) * weight(b) * p.at(c, mirrored(i + a, p.height), mirrored(j + b, p.width));
      }
    }
    return sum / (total * total);
  });
}

Picture shuffled(const Picture& p, const std::vector<int64_t>& order, int64_t grid) {
  Picture result = like(p);
  const int64_t h = p.height / grid, w = p.width / grid;
  const int64_t top = (p.height - grid * h) / 2, left = (p.width - grid * w) / 2;
  for (int64_t c = 0; c < p.channels; ++c) {
    for (int64_t i = 0; i < grid * h; ++i) {
      for (int64_t j = 0; j < grid * w; ++j) {
        const auto from = order[static_cast<std::size_t>(i / h * grid + j / w)];
        result.at(c, top + i, left + j) = p.at(c, top + from / grid * h + i % h, left + from % grid * w + j % w);
      }
    }
  }
  return result;
}

Picture jittered(const Picture& p, double brightness, double contrast, double saturation, double hue) {
  auto result = made(p, [&](int64_t c, int64_t i, int64_t j) { return clamped(brightness * p.at(c, i, j)); });
  double mean = 0;
  for (int64_t i = 0; i < p.height; ++i) {
    for (int64_t j = 0; j < p.width; ++j) mean += luma(result, i, j) / static_cast<double>(p.height * p.width);
  }
  for (auto& value : result.values) value = clamped(contrast * value + (1 - contrast) * mean);
  for (int64_t i = 0; i < p.height; ++i) {
    for (int64_t j = 0; j < p.width; ++j) {
      const double grey = luma(result, i, j);
      for (int64_t c = 0; c < p.channels; ++c) {
        result.at(c, i, j) = clamped(saturation * result.at(c, i, j) + (1 - saturation) * grey);
      }
      if (p.channels == 3) turn_hue(result.at(0, i, j), result.at(1, i, j), result.at(2, i, j), hue);
    }
  }
  return result;
}
