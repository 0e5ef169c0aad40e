#include <limits>

#include <nlohmann/json.hpp>

#include "report/fixed_result.h"
#include "report/results_json.h"

#include <doctest/doctest.h>

using namespace equinfo;

TEST_CASE("JSON holds what was measured") {
  EmbeddingResult second = fixed_result();
  second.epoch.reset();
  second.verdict.reset();
  const auto document = nlohmann::json::parse(results_json({fixed_result(), second}));
  CHECK(document["schema"] == "equinfo/results");
  REQUIRE(document["embeddings"].size() == 2);
  const auto& first = document["embeddings"][0];
  CHECK(first["epoch"] == 7);
  CHECK(first["design"]["sources"] == 5000);
  CHECK(first["design"]["h_y_nats"] == std::log(10.0));
  CHECK(first["panels"][0]["estimator"] == "best");
  CHECK(first["panels"][0]["details"]["chosen"] == "lda");
  CHECK(first["verdict"]["level"] == "GREEN");
  const auto& estimates = first["panels"][1]["estimates"];
  REQUIRE(estimates.size() == kQuantities.size());
  CHECK(estimates[0]["quantity"] == "z_y");
  CHECK(estimates[0]["kind"] == "lower_bound");
  CHECK(estimates[0]["nats"] == 1.131);
  CHECK(estimates[0]["p_value"].is_null());
  CHECK(document["embeddings"][1]["epoch"].is_null());
  CHECK(document["embeddings"][1]["verdict"].is_null());
}

TEST_CASE("JSON refuses a NaN instead of writing null") {
  EmbeddingResult result = fixed_result();
  result.panels[0].estimates[0].std_error = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH_AS(results_json({result}), "nan cannot be written to JSON", std::invalid_argument);
}

TEST_CASE("JSON stays JSON whatever bytes a file name has") {
  EmbeddingResult result = fixed_result();
  result.file = "bad\xff\"name\n.h5";
  CHECK(nlohmann::json::accept(results_json({result})));
}
