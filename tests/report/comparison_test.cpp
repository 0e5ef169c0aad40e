#include <algorithm>

#include "report/difference_table.h"
#include "report/estimate_files.h"
#include "report/output.h"
#include "report/p_values.h"
#include "report/results_json.h"
#include "report/small_features.h"
#include "support/temporary_folder.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

/// Two embeddings of the same images: one standard deviation between classes, and two.
EstimateJob two_layers(const TemporaryFolder& folder) {
  SmallFeatures two;
  two.embeddings = {{"a", "layer1", 3, 4}, {"b", "encoder", 3, 4}};
  write_small_features(folder / "f.h5", two);
  EstimateJob job;
  job.files = {folder / "f.h5"};
  job.measure.estimators = {"lda"};
  job.measure.threads = 1;
  return job;
}

std::vector<EmbeddingResult> results_of(const EstimateJob& job) {
  std::vector<EmbeddingResult> results;
  estimate_files(job, [&](EmbeddingResult result) { results.push_back(std::move(result)); });
  return results;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("p-values stand beside the headline and lda, and what was permuted among the details") {
  const TemporaryFolder folder;
  EstimateJob job = two_layers(folder);
  job.where.layer = "encoder";
  job.measure.estimators = {"lda", "knn"};
  job.measure.permutations = 19;
  const auto results = results_of(job);
  REQUIRE(results.size() == 1);
  for (const Panel& panel : results[0].panels) {
    const bool tested = panel.estimator != "knn";
    for (const Quantity quantity :
         {Quantity::kZY, Quantity::kZT, Quantity::kZYGivenT, Quantity::kZTGivenY, Quantity::kZYT}) {
      CHECK(panel.at(quantity).p_value == (tested ? std::optional(1.0 / 20.0) : std::nullopt));
    }
    CHECK(!panel.at(Quantity::kSynergy).p_value);
  }
  const auto rows = rows_of(results[0]);
  CHECK(std::ranges::count_if(rows, [](const ResultRow& row) { return row.p_value == 1.0 / 20.0; }) == 3 * 5);
  const auto& details = results[0].headline().details;
  const std::pair<std::string, std::string> scheme{"permuted for z_t", "T within source"};
  CHECK(std::ranges::find(details, scheme) != details.end());
  const std::string table = embedding_table(results[0], {});
  CHECK(contains(table, "I(Z;Y|T)  0.0500  Y across sources of the same T-pattern"));
  CHECK(contains(table, "by 19 permutations"));
  CHECK(adjusted_table(results, {}).empty());
}

TEST_CASE("p-values of several embeddings of the same images are corrected for their number") {
  const TemporaryFolder folder;
  EstimateJob job = two_layers(folder);
  job.measure.permutations = 9;
  auto results = results_of(job);
  REQUIRE(results.size() == 2);
  set_corrected_p_values(results);
  for (const EmbeddingResult& result : results) {
    REQUIRE(result.corrected_p_values.size() == 5);
    CHECK(result.corrected_for == 2);
    for (std::size_t q = 0; q < 5; ++q) CHECK(result.corrected_p_values[q].value() <= 1.0);
  }
  const std::string table = adjusted_table(results, {});
  CHECK(contains(table, "corrected for looking at these 2 embeddings"));
  CHECK(contains(table, "layer1"));
  // Other images do not share their permutations.
  Labels other = *results[1].labels;
  other.y_values.back() += 1;
  results[1].labels = std::make_shared<const Labels>(other);
  CHECK(adjusted_table(results, {}).empty());
}

TEST_CASE("without permutations there are no p-values but that of the labels, and nothing is kept") {
  const TemporaryFolder folder;
  const auto results = results_of(two_layers(folder));
  CHECK(!results[0].headline().at(Quantity::kZY).p_value);
  CHECK(results[0].headline().at(Quantity::kYT).p_value);
  CHECK(permutation_table(results[0], {}).empty());
  CHECK(results[0].labels == nullptr);
  CHECK(results[0].row_information.z_y.empty());
  CHECK_THROWS_WITH_AS(compare(results[0], results[1]),
                       ("comparison: the rows of " + (folder / "f.h5").string() + " were not kept").c_str(),
                       std::invalid_argument);
}

TEST_CASE("two layers are compared on the same images: a table, and compare.csv") {
  const TemporaryFolder folder;
  EstimateJob job = two_layers(folder);
  job.compare = true;
  OutputOptions options;
  options.details = (folder / "details").string();
  options.table = false;
  options.compare = true;
  Output output(options);
  std::vector<EmbeddingResult> results;
  estimate_files(job, [&](EmbeddingResult result) {
    results.push_back(result);
    output.add(std::move(result));
  });
  output.finish();
  const Comparison comparison = compare(results[0], results[1]);
  CHECK(comparison.paired);
  const Difference& class_information = comparison.differences.front();
  CHECK(class_information.quantity == Quantity::kZY);
  CHECK(class_information.ci_low > 0.0);  // the second layer tells more of the class
  const std::string table = difference_table(results[0], results[1], {});
  CHECK(contains(table, "B − A"));
  CHECK(contains(table, "have the same 120 samples"));
  CHECK(!contains(table, "training seed"));
  const auto records = parse_csv(difference_lines(results[0], results[1]), "lines");
  CHECK(records.size() == kQuantities.size() - 1);
  for (const CsvRecord& record : records) CHECK(record.fields.size() == difference_csv().columns.size());
  CHECK(std::filesystem::exists(folder / "details/compare.csv"));
  CHECK(contains(results_json(results, true), "\"difference_nats\""));
  CHECK(!contains(results_json(results), "\"comparison\""));
  OutputOptions beside;
  beside.csv = (folder / "results.csv").string();
  beside.table = false;
  beside.compare = true;
  Output other(beside);
  for (const EmbeddingResult& result : results) other.add(result);
  other.finish();
  CHECK(std::filesystem::exists(folder / "compare.csv"));
}

TEST_CASE("files with other labels are compared without pairs, and said to be") {
  const TemporaryFolder folder;
  EstimateJob job = two_layers(folder);
  SmallFeatures other;
  other.sources = 90;
  write_small_features(folder / "g.h5", other);
  job.files.push_back(folder / "g.h5");
  job.where.layer = "encoder";
  job.compare = true;
  auto results = results_of(job);
  REQUIRE(results.size() == 2);
  CHECK(!compare(results[0], results[1]).paired);
  results[1].run = "another";
  const std::string table = difference_table(results[0], results[1], {});
  CHECK(contains(table, "The samples differ"));
  CHECK(contains(table, "training seed"));
}

TEST_CASE("a comparison of one embedding or three, and a negative number of permutations, are refused") {
  const TemporaryFolder folder;
  EstimateJob job = two_layers(folder);
  job.compare = true;
  job.where.layer = "layer1";
  CHECK_THROWS_WITH_AS(results_of(job),
                       "a comparison takes two embeddings, not 1: "
                       "there is epoch=3,layer=layer1 or epoch=3,layer=encoder",
                       std::invalid_argument);
  job.compare = false;
  job.measure.permutations = -1;
  CHECK_THROWS_WITH_AS(results_of(job),
                       ((folder / "f.h5").string() + ": epoch 3, layer1: -1 is no number of permutations").c_str(),
                       std::invalid_argument);
}
