#include "transform/transform.h"

#include <ATen/ATen.h>

#include "core/error.h"
#include "core/suggest.h"
#include "transform/table.h"

namespace equinfo {
namespace {

struct Line {
  std::string name;
  const TransformKind* kind;
};

const std::vector<Line>& table() {
#define EQUINFO_ENTRY(name) {#name, &transform_table::name},
  static const std::vector<Line> lines{EQUINFO_TRANSFORMS(EQUINFO_ENTRY)};
#undef EQUINFO_ENTRY
  return lines;
}

const TransformKind* find_kind(const std::string& name) {
  for (const auto& line : table()) {
    if (line.name == name) return line.kind;
  }
  return nullptr;
}

const TransformKind& kind_of(TransformName& name) {
  const auto* kind = find_kind(name.word());
  if (kind != nullptr) name.take_word_as_kind();
  if (kind == nullptr) kind = find_kind(name.kind());
  if (kind != nullptr) return *kind;
  throw std::invalid_argument(fmt::format("transform: \"{}\" is unknown; the nearest known one is \"{}\"", name.text(),
                                          nearest_name(name.word(), transform_names())));
}

Transform make(const std::string& text) {
  TransformName name(text);
  auto transform = kind_of(name).make(name);
  name.check_all_used();
  transform.name = text;
  return transform;
}

void check_labels(const Transform& transform, const at::Tensor& images, const at::Tensor& labels,
                  const at::Tensor& noise) {
  const auto rows = images.size(0), components = static_cast<std::int64_t>(transform.components.size());
  const bool fit = transform.continuous()
                       ? labels.scalar_type() == at::kDouble && labels.dim() == 2 && labels.size(1) == components
                       : labels.scalar_type() == at::kLong && labels.dim() == 1;
  require(fit && labels.size(0) == rows, "{}: {} images need {} labels of shape [{}{}]", transform.name, rows,
          transform.continuous() ? "float64" : "int64", rows,
          transform.continuous() ? fmt::format(", {}", components) : "");
  require(noise.dim() == 2 && noise.size(0) == rows && noise.size(1) == transform.noise,
          "{}: {} images need noise of shape [{}, {}]", transform.name, rows, rows, transform.noise);
}

}  // namespace

at::Tensor Transform::apply(const at::Tensor& images, const at::Tensor& labels, const at::Tensor& noise_values) const {
  check_labels(*this, images, labels, noise_values);
  return map(images, labels, noise_values);
}

at::Tensor Transform::apply(const at::Tensor& images, const at::Tensor& labels) const {
  require(noise == 0, "{}: needs {} random numbers an image besides its label", name, noise);
  return apply(images, labels, at::empty({images.size(0), 0}, labels.options().dtype(at::kFloat)));
}

at::Tensor Transform::draw_labels(std::int64_t rows, at::Generator& generator) const {
  if (!continuous()) return at::randint(0, count(), {rows}, generator, at::TensorOptions(at::kLong));
  const auto drawn =
      at::rand({rows, static_cast<std::int64_t>(components.size())}, generator, at::TensorOptions(at::kDouble));
  for (std::size_t i = 0; i < components.size(); ++i) {
    const auto& component = components[i];
    drawn.select(1, static_cast<std::int64_t>(i)).mul_(component.high - component.low).add_(component.low);
  }
  return drawn;
}

at::Tensor Transform::draw_noise(std::int64_t rows, at::Generator& generator) const {
  return at::rand({rows, noise}, generator, at::TensorOptions(at::kFloat));
}

Transform find_transform(const std::string& name) {
  const auto star = name.rfind('*');
  if (star == std::string::npos) return make(name);
  return product(find_transform(name.substr(0, star)), make(name.substr(star + 1)));
}

std::vector<std::string> transform_names() {
  std::vector<std::string> names;
  for (const auto& line : table()) names.push_back(line.kind->example);
  return names;
}

std::vector<Transform> transforms() {
  std::vector<Transform> all;
  for (const auto& name : transform_names()) all.push_back(find_transform(name));
  return all;
}

std::string transform_list() {
  std::string text;
  for (const auto& line : table()) text += fmt::format("  {:<36} {}\n", line.kind->usage, line.kind->summary);
  return text + fmt::format("  {:<36} {}\n", "A*B", "A, then B: two at once, both discrete or both continuous");
}

}  // namespace equinfo
