#include "report/estimate_files.h"
#include "core/error.h"
#include "report/small_features.h"
#include "support/temporary_folder.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

std::vector<EmbeddingResult> results_of(const EstimateJob& job) {
  std::vector<EmbeddingResult> results;
  estimate_files(job, [&](EmbeddingResult result) { results.push_back(std::move(result)); });
  return results;
}

EstimateJob job_for(std::vector<std::filesystem::path> files) {
  EstimateJob job;
  job.files = std::move(files);
  job.measure.threads = 1;
  return job;
}

}  // namespace

TEST_CASE("every embedding of every file is measured, in order, and described") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "demo/features");
  SmallFeatures two;
  two.embeddings = {{"a", "layer1", 0, 4}, {"b", "encoder", 3, 5}};
  write_small_features(folder / "demo/features/epoch_0000.h5", two);
  write_small_features(folder / "demo/features.h5");
  const auto results = results_of(job_for({folder / "demo/features/epoch_0000.h5", folder / "demo/features.h5"}));
  REQUIRE(results.size() == 3);
  CHECK(results[0].layer == "layer1");
  const EmbeddingResult& second = results[1];
  CHECK(second.run == "demo");
  CHECK(results[2].run == "demo");
  CHECK(second.file == (folder / "demo/features/epoch_0000.h5").string());
  CHECK(second.layer == "encoder");
  CHECK(second.epoch == 3);
  CHECK((second.rows == 120 && second.sources == 60 && second.dims == 5));
  CHECK((second.classes == 3 && second.transforms == 2 && second.sources_given));
  CHECK(second.transform_name == "rotation4");
  CHECK(second.split == "test");
  CHECK(second.design.independent);
  CHECK(second.headline().estimator == "best");
  CHECK(second.verdict.has_value());
  // Two standard deviations between classes tell more than one.
  CHECK(second.headline().at(Quantity::kZYT).nats > results[0].headline().at(Quantity::kZYT).nats);
}

TEST_CASE("a choice of layer and epoch") {
  const TemporaryFolder folder;
  SmallFeatures many;
  many.embeddings = {{"a", "encoder", 0, 4}, {"b", "encoder", 3, 4}, {"c", "layer1", 3, 4}};
  write_small_features(folder / "f.h5", many);
  EstimateJob job = job_for({folder / "f.h5"});
  job.measure.estimators = {"knn"};
  job.where = parse_choice("layer=encoder,epoch=3");
  CHECK(results_of(job).size() == 1);
  job.where = parse_choice("epoch=3");
  CHECK(results_of(job).size() == 2);
  job.where = parse_choice("layer=x");
  CHECK_THROWS_WITH_AS(results_of(job),
                       "no embedding is the one asked for; there is epoch=0,layer=encoder or epoch=3,layer=encoder or "
                       "epoch=3,layer=layer1",
                       std::invalid_argument);
}

TEST_CASE("the end of a layer's name is enough where one layer alone ends so") {
  const TemporaryFolder folder;
  SmallFeatures two;
  two.embeddings = {{"a", "/z/net/head", 0, 4}, {"b", "/z/net/tail", 0, 4}, {"c", "/z/old/tail", 0, 4}};
  write_small_features(folder / "f.h5", two);
  EstimateJob job = job_for({folder / "f.h5"});
  job.measure.estimators = {"knn"};
  job.where = parse_choice("layer=head");
  CHECK(results_of(job).at(0).layer == "/z/net/head");
  job.where = parse_choice("layer=/z/old/tail");
  CHECK(results_of(job).size() == 1);
  job.where = parse_choice("layer=tail");
  CHECK_THROWS_WITH_AS(results_of(job), "layer 'tail' may be /z/net/tail or /z/old/tail: give the whole name",
                       std::invalid_argument);
}

TEST_CASE("a choice that cannot be read") {
  CHECK(parse_choice("epoch=-1,layer=a=b").layer == "a=b");
  CHECK_THROWS_WITH_AS(parse_choice("depth=3"), "'depth=3' is neither layer=NAME nor epoch=NUMBER",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(parse_choice("layer="), "'layer=' is neither layer=NAME nor epoch=NUMBER",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(parse_choice("epoch=last"), "epoch 'last' is no whole number", std::invalid_argument);
}

TEST_CASE("ignored labels take their rows out") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  EstimateJob job = job_for({folder / "f.h5"});
  job.measure.estimators = {"knn"};
  job.ignored_labels = {1};
  const auto results = results_of(job);
  CHECK((results[0].rows == 80 && results[0].sources == 40 && results[0].classes == 2));
  job.ignored_labels = {0, 1, 2};
  CHECK_THROWS_WITH_AS(results_of(job),
                       ((folder / "f.h5").string() + ": no row is left when the ignored labels are taken out").c_str(),
                       std::invalid_argument);
}

TEST_CASE("a class to ignore that is not there is a mistake") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  EstimateJob job = job_for({folder / "f.h5"});
  job.ignored_labels = {1, -1};
  const std::string where = (folder / "f.h5").string() + ": no row has the class -1 that is to be ignored; there ";
  CHECK_THROWS_WITH_AS(results_of(job), (where + "is 0, 1, 2").c_str(), std::invalid_argument);
  SmallFeatures many;
  many.classes = 20;
  write_small_features(folder / "f.h5", many);
  CHECK_THROWS_WITH_AS(results_of(job), (where + "are 20 from 0 to 19").c_str(), std::invalid_argument);
}

TEST_CASE("the name of the run: given, or the folder of our trainer's files, or nothing") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  EstimateJob job = job_for({folder / "f.h5"});
  job.measure.estimators = {"knn"};
  job.run = "mine";
  CHECK(results_of(job)[0].run == "mine");
}

TEST_CASE("an embedding that cannot be measured is named, and labels of which nothing can be are the file's fault") {
  const TemporaryFolder folder;
  SmallFeatures single;
  single.classes = 1;
  write_small_features(folder / "f.h5", single);
  const std::string message = (folder / "f.h5").string() +
                              ": y has the single value 0: nothing can be measured about a class that never varies";
  CHECK_THROWS_WITH_AS(results_of(job_for({folder / "f.h5"})), message.c_str(), std::invalid_argument);
  write_small_features(folder / "g.h5");
  EstimateJob job = job_for({folder / "g.h5"});
  job.measure.permutations = -1;
  CHECK_THROWS_WITH_AS(results_of(job),
                       ((folder / "g.h5").string() + ": epoch 0, encoder: -1 is no number of permutations").c_str(),
                       std::invalid_argument);
  job = job_for({folder / "g.h5"});
  job.t_bins = 8;
  CHECK_THROWS_WITH_AS(
      results_of(job),
      ((folder / "g.h5").string() + ": t is discrete and is not cut into bins: leave out --t-bins").c_str(),
      std::invalid_argument);
}

TEST_CASE("a wrong second file is found before the first is measured") {
  const TemporaryFolder folder;
  write_small_features(folder / "f.h5");
  int received = 0;
  const EstimateJob job = job_for({folder / "f.h5", folder / "none.h5"});
  CHECK_THROWS_AS(estimate_files(job, [&](const EmbeddingResult&) { ++received; }), IoError);
  CHECK(received == 0);
}
