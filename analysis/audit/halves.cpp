#include "audit/halves.h"

#include <algorithm>

#include "core/error.h"

namespace equinfo {
namespace {

constexpr int kHalfFolds = 2;

}  // namespace

std::vector<AuditHalf> cut_halves(const AuditRows& rows) {
  const Labels& labels = rows.labels;
  const std::int64_t least = 2 * kHalfFolds * rows.folds.parts;
  require(labels.sources >= least, "audit: {} images are too few to read them at two training sizes; {} at least",
          labels.sources, least);
  const SourceFolds cut = make_source_folds(labels.source, labels.sources, labels.y, {2, 1, rows.seed, 1});
  std::vector<AuditHalf> halves(2);
  for (std::int64_t i = 0; i < labels.rows(); ++i) halves[static_cast<std::size_t>(cut.fold(i))].rows.push_back(i);
  for (AuditHalf& half : halves) {
    half.cut = cut_rows(select_rows(labels, half.rows), kHalfFolds, rows.seed, rows.threads);
  }
  return halves;
}

SizedEvidence at_both_sizes(const Matrix<float>& x, const AuditRows& rows, const std::vector<AuditHalf>& halves,
                            const EvidenceReader& reader) {
  SizedEvidence evidence{reader(x, rows), TransformEvidence(x.rows(), rows.labels.transforms),
                         (0.5 - 0.5 / kHalfFolds) / (1.0 - 1.0 / rows.folds.folds)};
  for (const AuditHalf& half : halves) {
    const TransformEvidence read = reader(gathered(x, half.rows), half.cut);
    for (std::size_t k = 0; k < half.rows.size(); ++k) {
      std::ranges::copy(read.row(static_cast<std::int64_t>(k)), evidence.small.row(half.rows[k]).begin());
    }
  }
  return evidence;
}

SizedRows information_of(const SizedEvidence& evidence, const Labels& labels) {
  return {information_of(evidence.full, labels), information_of(evidence.small, labels), evidence.size_ratio};
}

std::vector<SizedRows> unseen_information(const FeatureDraw& draw, const AuditRows& rows,
                                          const std::vector<AuditHalf>& halves) {
  std::vector<SizedRows> information;
  for (std::size_t grouping = 0; grouping < rows.unseen.size(); ++grouping) {
    const auto reader = [grouping](const Matrix<float>& z, const AuditRows& cut) {
      return unseen_class_evidence(z, cut, grouping);
    };
    SizedEvidence evidence = at_both_sizes(draw(grouping), rows, halves, reader);
    evidence.size_ratio = 0.5;  // of either half all classes are seen as often, and half of the images
    information.push_back(information_of(evidence, rows.labels));
  }
  return information;
}

Matrix<float> gathered(const Matrix<float>& from, std::span<const std::int64_t> rows) {
  Matrix<float> chosen(static_cast<std::int64_t>(rows.size()), from.cols());
  for (std::size_t k = 0; k < rows.size(); ++k) {
    std::ranges::copy(from.row(rows[k]), chosen.row(static_cast<std::int64_t>(k)).begin());
  }
  return chosen;
}

}  // namespace equinfo
