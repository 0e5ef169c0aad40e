#include "report/results_json.h"

#include <cmath>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/version.h"
#include "report/difference_table.h"
#include "report/pooled_table.h"
#include "report/words.h"

namespace equinfo {
namespace {

using Json = nlohmann::ordered_json;

/// JSON knows no NaN, and a silent null would hide an error.
double finite(double value) {
  require(std::isfinite(value), "{} cannot be written to JSON", value);
  return value;
}

Json number(const std::optional<double>& value) { return value ? Json(finite(*value)) : Json(nullptr); }

Json estimate_json(const Estimate& estimate) {
  return {{"quantity", name_of(estimate.quantity)},
          {"kind", name_of(estimate.kind)},
          {"nats", finite(estimate.nats)},
          {"ci_low", number(estimate.ci_low)},
          {"ci_high", number(estimate.ci_high)},
          {"ci_level", finite(estimate.ci_level)},
          {"std_error", number(estimate.std_error)},
          {"p_value", number(estimate.p_value)},
          {"ceiling_nats", number(estimate.ceiling_nats)},
          {"flags", estimate.flags}};
}

Json panel_json(const Panel& panel) {
  Json estimates = Json::array(), details = Json::object(), numbers = Json::array();
  for (const auto& estimate : panel.estimates) estimates.push_back(estimate_json(estimate));
  for (const auto& [name, value] : panel.details) details[name] = value;
  for (const auto& number : panel.numbers) {
    numbers.push_back({{"item", number.item},
                       {"quantity", number.quantity ? Json(name_of(*number.quantity)) : Json(nullptr)},
                       {"value", finite(number.value)}});
  }
  return {{"estimator", panel.estimator},
          {"estimates", estimates},
          {"chain_residual", finite(panel.chain_residual)},
          {"details", details},
          {"numbers", numbers}};
}

Json design_json(const EmbeddingResult& result) {
  const Design& design = result.design;
  return {{"n", result.rows},
          {"sources", result.sources},
          {"sources_given", result.sources_given},
          {"classes", result.classes},
          {"transforms", result.transforms},
          {"sources_of_several_classes", design.mixed_sources},
          {"continuous_t", design.continuous_t},
          {"balanced", design.balanced},
          {"independent", design.independent},
          {"h_y_nats", finite(design.h_y)},
          {"h_t_nats", finite(design.h_t)},
          {"h_yt_nats", finite(design.h_yt)},
          {"i_yt_nats", finite(design.y_t)},
          {"dependence_p_value", finite(design.dependence_p_value)}};
}

Json pid_json(const EmbeddingResult& result) {
  Json measures = Json::array();
  for (std::size_t m = 0; m < result.pids.size(); ++m) {
    const Pid& pid = result.pids[m];
    Json parts = Json::array();
    for (const PidPart part : kPidParts) {
      const PidAtom& atom = pid.at(part);
      const NullPart* null = null_of(result, m, part);
      parts.push_back({{"part", name_of(part)},
                       {"nats", finite(atom.nats)},
                       {"claimed_nats", finite(atom.claimed_nats)},
                       {"ci_low", number(atom.ci_low)},
                       {"ci_high", number(atom.ci_high)},
                       {"std_error", number(atom.std_error)},
                       {"null_nats", null ? Json(finite(null->mean)) : Json(nullptr)},
                       {"p_value", null ? Json(finite(null->p_value)) : Json(nullptr)}});
    }
    measures.push_back(
        {{"measure", pid.measure}, {"parts", parts}, {"gap_nats", finite(pid.gap)}, {"flags", pid.flags}});
  }
  return measures;
}

Json verdict_json(const std::optional<Verdict>& verdict) {
  if (!verdict) return nullptr;
  Json reasons = Json::array();
  for (const Reason& reason : verdict->reasons) reasons.push_back(reason.text());
  return {{"level", name_of(verdict->level)}, {"knn_only", verdict->of_knn_alone()}, {"reasons", reasons}};
}

Json tests_json(const EmbeddingResult& result) {
  Json tests = Json::array();
  for (std::size_t q = 0; q < result.permutation_tests.size(); ++q) {
    const PermutationTest& test = result.permutation_tests[q];
    const bool corrected = q < result.corrected_p_values.size();
    tests.push_back({{"quantity", name_of(test.quantity)},
                     {"p_value", number(test.p_value)},
                     {"p_value_corrected", corrected ? number(result.corrected_p_values[q]) : Json(nullptr)},
                     {"permuted", test.scheme}});
  }
  return tests;
}

Json plan_json(const std::optional<Plan>& plan) {
  if (!plan) return nullptr;
  Json quantities = Json::array();
  for (const PlannedQuantity& planned : plan->quantities) {
    quantities.push_back({{"quantity", name_of(planned.quantity)},
                          {"width_now", finite(planned.width_now)},
                          {"images_needed", planned.images_needed ? Json(*planned.images_needed) : Json(nullptr)}});
  }
  return {{"width_nats", finite(plan->width)}, {"images_now", plan->images_now}, {"quantities", quantities}};
}

Json power_json(const std::optional<Power>& power) {
  if (!power) return nullptr;
  Json strengths = Json::array();
  for (const PlantedStrength& strength : power->strengths) {
    Json quantities = Json::array();
    for (const PlantedQuantity& planted : strength.quantities) {
      quantities.push_back({{"quantity", name_of(planted.quantity)},
                            {"planted_nats", finite(planted.truth)},
                            {"mean_nats", finite(planted.mean)},
                            {"detected", planted.detected},
                            {"covered", planted.covered}});
    }
    strengths.push_back({{"shift", finite(strength.shift)}, {"quantities", quantities}});
  }
  return {{"estimator", power->estimator},
          {"plants", power->plants},
          {"detectable_synergy_nats", number(detectable(*power, Quantity::kSynergy))},
          {"strengths", strengths}};
}

Json pooled_json(const PooledRuns& pooled) {
  Json runs = Json::array(), estimates = Json::array();
  for (const EmbeddingResult* run : pooled.runs) runs.push_back({{"run", run->run}, {"file", run->file}});
  for (const PooledEstimate& e : pooled.pool.estimates) {
    const bool several = e.over_runs.runs > 1;
    estimates.push_back({{"quantity", name_of(e.quantity)},
                         {"nats", finite(e.over_runs.mean)},
                         {"ci_low", finite(e.ci_low)},
                         {"ci_high", finite(e.ci_high)},
                         {"ci_level", finite(pooled.pool.ci_level)},
                         {"runs_sd", several ? Json(finite(e.over_runs.runs_sd)) : Json(nullptr)},
                         {"runs_error", several ? Json(finite(e.over_runs.runs_error)) : Json(nullptr)},
                         {"images_error", finite(e.over_runs.images_error)}});
  }
  return {{"group", pooled.group},
          {"epoch", pooled.epoch ? Json(*pooled.epoch) : Json(nullptr)},
          {"layer", pooled.layer},
          {"runs", runs},
          {"same_images", pooled.pool.same_images},
          {"estimates", estimates}};
}

Json result_json(const EmbeddingResult& result) {
  Json panels = Json::array();
  for (const auto& panel : result.panels) panels.push_back(panel_json(panel));
  return {{"run", result.run},
          {"file", result.file},
          {"epoch", result.epoch ? Json(*result.epoch) : Json(nullptr)},
          {"layer", result.layer},
          {"d", result.dims},
          {"transform", result.transform_name},
          {"split", result.split},
          {"design", design_json(result)},
          {"panels", panels},
          {"pid", pid_json(result)},
          {"in_words", in_words(result, kNats)},
          {"notes", notes_on(result)},
          {"verdict", verdict_json(result.verdict)},
          {"tests", tests_json(result)},
          {"plan", plan_json(result.plan)},
          {"power", power_json(result.power)},
          {"seed", result.seed},
          {"seconds", finite(result.seconds)}};
}

Json comparison_json(const EmbeddingResult& first, const EmbeddingResult& second) {
  const Comparison comparison = compare(first, second);
  Json differences = Json::array();
  for (const Difference& d : comparison.differences) {
    differences.push_back({{"quantity", name_of(d.quantity)},
                           {"nats_a", finite(d.first)},
                           {"nats_b", finite(d.second)},
                           {"difference_nats", finite(d.nats)},
                           {"ci_low", finite(d.ci_low)},
                           {"ci_high", finite(d.ci_high)},
                           {"std_error", finite(d.std_error)}});
  }
  return {{"paired", comparison.paired}, {"ci_level", finite(comparison.ci_level)}, {"differences", differences}};
}

}  // namespace

std::string results_json(const std::vector<EmbeddingResult>& results, bool compared) {
  Json embeddings = Json::array();
  for (const auto& result : results) embeddings.push_back(result_json(result));
  Json document{{"schema", "equinfo/results"},
                {"schema_version", 1},
                {"version", version()},
                {"git_commit", git_commit()},
                {"embeddings", embeddings}};
  if (compared) document["comparison"] = comparison_json(results.at(0), results.at(1));
  for (const PooledRuns& pooled : pooled_runs(results)) document["pooled"].push_back(pooled_json(pooled));
  // A file name may be any bytes; what is no UTF-8 is replaced, since JSON has no other way to say it.
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace equinfo
