#include "support/recipes.h"

#include <array>
#include <cmath>
#include <map>
#include <numbers>
#include <string>

#include "core/error.h"

namespace equinfo::testing {
namespace {

using Mean = std::span<double>;

double sign_of(std::int64_t label) { return 2.0 * static_cast<double>(label) - 1.0; }
std::int64_t whole(double t) { return std::llround(t); }
std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

Recipe two_points(double a) {  // G01
  return {.transforms = 4, .mean = [a](auto y, double, Mean m) { m[0] = a * sign_of(y); }};
}

Recipe orthogonal_classes(std::int64_t k, double a) {  // G02
  return {.classes = k, .transforms = 4, .dims = k, .mean = [a](auto y, double, Mean m) { m[at(y)] = a; }};
}

Recipe exclusive_or(double a) {  // G03
  return {.mean = [a](auto y, double t, Mean m) { m[0] = a * sign_of(y ^ whole(t)); }};
}

Recipe modular_sum(std::int64_t k, double a) {  // G04
  return {.classes = k, .transforms = k, .dims = 2, .mean = [=](auto y, double t, Mean m) {
            const double angle = 2 * std::numbers::pi * static_cast<double>(y + whole(t)) / static_cast<double>(k);
            m[0] = a * std::cos(angle);
            m[1] = a * std::sin(angle);
          }};
}

Recipe additive(double a, double b) {  // G05, G07, G15
  return {.mean = [=](auto y, double t, Mean m) { m[0] = a * sign_of(y) + b * sign_of(whole(t)); }};
}

Recipe additive_student() {
  Recipe recipe = additive(1.5, 1.0);
  recipe.noise = Noise::kStudent3;
  return recipe;
}

Recipe additive_dependent() {
  Recipe recipe = additive(1.0, 1.0);
  recipe.draw_t = DrawT::kDependent;
  return recipe;
}

Recipe disentangled() {  // G06
  return {.transforms = 4, .dims = 2, .mean = [](auto y, double t, Mean m) {
            m[0] = 1.5 * sign_of(y);
            m[1] = 0.7 * std::array{-3.0, -1.0, 1.0, 3.0}[at(whole(t))];
          }};
}

Recipe six_nine(double a, double b) {  // G09
  return {.dims = 2, .mean = [=](auto y, double t, Mean m) {
            m[0] = a * sign_of(y) * sign_of(whole(t));
            m[1] = b * sign_of(whole(t));
          }};
}

/// G10: 0, 1 and 8 look the same upside down, a 9 is a 6 upside down; every other (digit, rotation) is distinct.
std::int64_t appearance(std::int64_t digit, std::int64_t rotation, std::int64_t rotations) {
  const std::int64_t half = rotations / 2;
  if (digit == 9) return appearance(6, (rotation + half) % rotations, rotations);
  std::int64_t first = 0;
  for (std::int64_t d = 0; d < digit; ++d) first += d == 0 || d == 1 || d == 8 ? half : rotations;
  const bool symmetric = digit == 0 || digit == 1 || digit == 8;
  return first + (symmetric ? rotation % half : rotation);
}

Recipe digits(std::int64_t rotations, double a) {  // an infinite `a` stands for the noise-free code
  if (std::isinf(a)) {
    return {.classes = 10,
            .transforms = rotations,
            .mean = [=](auto y, double t, Mean m) { m[0] = static_cast<double>(appearance(y, whole(t), rotations)); },
            .noise = Noise::kNone};
  }
  const std::int64_t appearances = appearance(8, rotations / 2 - 1, rotations) + 1;
  return {.classes = 10, .transforms = rotations, .dims = appearances, .mean = [=](auto y, double t, Mean m) {
            m[at(appearance(y, whole(t), rotations))] = a;
          }};
}

Recipe one_hot_cells(double a) {  // G11
  return {.classes = 10, .transforms = 4, .dims = 40, .mean = [a](auto y, double t, Mean m) {
            m[at(4 * y + whole(t))] = a;
          }};
}

Recipe linear_continuous(double a, double b) {  // G12
  return {.mean = [=](auto y, double t, Mean m) { m[0] = a * sign_of(y) + b * t; }, .draw_t = DrawT::kNormal};
}

Recipe ring() {  // G13a
  return {.dims = 2,
          .mean =
              [](auto y, double t, Mean m) {
                const double angle = t + std::numbers::pi * static_cast<double>(y);
                m[0] = 3 * std::cos(angle);
                m[1] = 3 * std::sin(angle);
              },
          .draw_t = DrawT::kInterval,
          .t_low = 0,
          .t_high = 2 * std::numbers::pi,
          .t_period = 2 * std::numbers::pi};
}

Recipe arc() {  // G13c; y' = +1 for Y = 0
  return {.dims = 2,
          .mean =
              [](auto y, double t, Mean m) {
                m[0] = -2.5 * sign_of(y) * std::cos(t);
                m[1] = -2.5 * sign_of(y) * std::sin(t);
              },
          .draw_t = DrawT::kInterval,
          .t_low = -2 * std::numbers::pi / 3,
          .t_high = 2 * std::numbers::pi / 3};
}

Recipe variance_code(std::int64_t dims, double spread) {  // G14
  return {.dims = dims,
          .mean = [](auto, double, Mean) {},
          .scale = [spread](std::int64_t y) { return y == 0 ? 1.0 : spread; }};
}

Recipe null_problem() {  // G16
  return {.classes = 10, .transforms = 4, .dims = 16, .mean = [](auto, double, Mean) {}};
}

Recipe clustered() {  // G17
  return {.dims = 16,
          .mean =
              [](auto y, double t, Mean m) {
                m[0] = sign_of(y);
                m[1] = sign_of(whole(t));
              },
          .source_correlation = 0.9};
}

Recipe disentangled_one_hot(double a) {  // G19
  return {.classes = 10, .transforms = 4, .dims = 14, .mean = [a](auto y, double t, Mean m) {
            m[at(y)] = a;
            m[at(10 + whole(t))] = a;
          }};
}

/// The project's own: one-hot cells of ten classes with frequencies as 1, 1/2, …, 1/10.
Recipe zipf_cells(double a) {  // H01
  Recipe recipe{.classes = 10, .dims = 20, .mean = [a](auto y, double t, Mean m) { m[at(2 * y + whole(t))] = a; }};
  double sum = 0;
  for (int y = 0; y < 10; ++y) sum += 1.0 / (y + 1);
  for (int y = 0; y < 10; ++y) recipe.class_frequencies.push_back(1.0 / (y + 1) / sum);
  return recipe;
}

const std::map<std::string, Recipe, std::less<>>& recipes() {
  static const std::map<std::string, Recipe, std::less<>> table{
      {"G01_bpsk_A1", two_points(1)},
      {"G01_bpsk_A2", two_points(2)},
      {"G02_orth_k10_A2", orthogonal_classes(10, 2)},
      {"G02_orth_k10_A4", orthogonal_classes(10, 4)},
      {"G02_orth_k100_A3", orthogonal_classes(100, 3)},
      {"G02_orth_k200_A4", orthogonal_classes(200, 4)},
      {"G03_xor_A2", exclusive_or(2)},
      {"G04_modsum_m8_A3", modular_sum(8, 3)},
      {"G05_mac_a1_b1", additive(1, 1)},
      {"G05_mac_a2_b1", additive(2, 1)},
      {"G06_disent", disentangled()},
      {"G07_t3_mac", additive_student()},
      {"G09_sixnine_A2_b1", six_nine(2, 1)},
      {"G09_sixnine_A2_b0.5", six_nine(2, 0.5)},
      {"G10_digits_C2_Ainf_napp15", digits(2, INFINITY)},
      {"G10_digits_C2_A5_napp15", digits(2, 5)},
      {"G10_digits_C4_Ainf_napp30", digits(4, INFINITY)},
      {"G10_digits_C4_A3_napp30", digits(4, 3)},
      {"G11_cells10x4_A3", one_hot_cells(3)},
      {"G11_cells10x4_A4", one_hot_cells(4)},
      {"G12_lin_contT_a2_b1", linear_continuous(2, 1)},
      {"G13a_ring_samer3_offset180", ring()},
      {"G13c_arc_r2.5_120deg", arc()},
      {"G14a_var_d8_Y", variance_code(8, 1.5)},
      {"G14c_var_d64_Y", variance_code(64, 1.2)},
      {"G15_dep0.8_mac_a1_b1", additive_dependent()},
      {"G16_null", null_problem()},
      {"G17_cluster_icc0.9", clustered()},
      {"G19_disent_onehot_10+4_A4", disentangled_one_hot(4)},
      {"H01_zipf10_A3", zipf_cells(3)},
      {"H02_xor_A0.15", exclusive_or(0.15)},
      {"H03_disent_onehot_10+4_A0.25", disentangled_one_hot(0.25)},
  };
  return table;
}

}  // namespace

Recipe recipe_of(std::string_view problem) {
  const auto found = recipes().find(problem);
  require(found != recipes().end(), "ground truth: there is no problem named '{}'", problem);
  return found->second;
}

}  // namespace equinfo::testing
