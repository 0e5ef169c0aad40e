#include <algorithm>
#include <cmath>
#include <sstream>

#include "report/fixed_result.h"
#include "report/table.h"
#include "report/text_columns.h"
#include "report/words.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

int widest_line(const std::string& text) {
  std::istringstream lines(text);
  int width = 0;
  for (std::string line; std::getline(lines, line);) width = std::max(width, display_width(line));
  return width;
}

Estimate& estimate_of(EmbeddingResult& result, Quantity quantity) { return result.panels[0].at(quantity); }

}  // namespace

TEST_CASE("the table of one embedding, letter by letter") {
  CHECK(embedding_table(fixed_result(), {}) ==
        R"(runs/demo/features.h5 · epoch 7 · encoder · 20,000 rows of 5,000 images · d = 512
  10 classes × 4 rotations, balanced, independent

                               nats    95 % interval   of at most    knn
I(Z;Y)     class              1.162  [ 1.118,  1.206]       2.303  1.080
I(Z;T)     rotation           0.446  [ 0.420,  0.472]       1.386  0.390
I(Z;Y|T)   class, T known     1.207  [ 1.162,  1.252]       2.303  1.110
I(Z;T|Y)   rotation, Y known  0.491  [ 0.463,  0.519]       1.386  0.420
I(Z;Y,T)   both               1.653  [ 1.598,  1.708]       3.689  1.500
synergy S  S = I(Y;T|Z)       0.045  [ 0.030,  0.060]     ≈ 0.940  0.030

In words: Z holds 50 % of the class and 32 % of the rotation; the class tells 0.045 nats more about
  the rotation once Z is known, 5 % of what Z leaves open.
GREEN the probe and kNN agree; sources are kept together.
chain rules hold to 1e-15 · lda chosen · seed 1 · 41 s
)");
}

TEST_CASE("in bits everything is divided by ln 2, but not the share") {
  const std::string table = embedding_table(fixed_result(), {.unit = kBits});
  CHECK(contains(table, " bits "));
  CHECK(contains(table, "1.676  [ 1.613,  1.740]       3.322"));
  CHECK(contains(table, "tells 0.065 bits more about"));
  CHECK(contains(table, "5 % of what Z leaves open"));
}

TEST_CASE("the verdict's amounts are in the table's unit") {
  EmbeddingResult result = fixed_result();
  result.verdict->reasons = {Reason("kNN reads {} {unit} less", {0.5})};
  CHECK(contains(embedding_table(result, {.unit = kBits}), "kNN reads 0.721 bits less."));
  CHECK(contains(embedding_table(result, {}), "kNN reads 0.500 nats less."));
  CHECK(!contains(embedding_table(result, {.unit = kBits}), "nats"));
}

TEST_CASE("a verdict for neighbours that read less is told from others at a glance, and a question keeps its mark") {
  EmbeddingResult result = fixed_result();
  result.verdict = Verdict{};
  raise(*result.verdict, VerdictLevel::kAmber, {"kNN reads less than the probe", {}, true});
  CHECK(contains(embedding_table(result, {}), "AMBER (kNN only) kNN reads less than the probe.\n"));
  raise(*result.verdict, VerdictLevel::kAmber, "is this the right array?");
  CHECK(contains(embedding_table(result, {}), "AMBER is this the right array?; kNN reads less than the probe.\n"));
  result.verdict->reasons.pop_back();
  CHECK(contains(embedding_table(result, {}), "AMBER is this the right array?\n"));
}

TEST_CASE("intervals of informations end where the possible does, but only around an estimate that is possible") {
  EmbeddingResult result = fixed_result();
  Estimate& z_t = estimate_of(result, Quantity::kZT);
  z_t.nats = 1.37, z_t.ci_low = -0.02, z_t.ci_high = 1.5;
  CHECK(contains(embedding_table(result, {}), "1.370  [ 0.000,  1.386]       1.386"));
  z_t.nats = 1.39;
  CHECK(contains(embedding_table(result, {}), "1.390  [-0.020,  1.500]       1.386"));
  Estimate& synergy = estimate_of(result, Quantity::kSynergy);
  synergy.ci_low = -0.01, synergy.ci_high = 0.95;
  CHECK(contains(embedding_table(result, {}), "0.045  [ 0.000,  0.950]     ≈ 0.940"));
  result.design.independent = false;
  result.verdict.reset();
  CHECK(contains(embedding_table(result, {}), "0.045  [-0.010,  0.950]     ≈ 0.940"));
}

TEST_CASE("no line is wider than asked for, whatever the names") {
  EmbeddingResult result = fixed_result();
  result.file = std::string(300, 'f') + ".h5";
  result.layer = std::string(300, 'l');
  result.sources_given = false;
  CHECK(widest_line(embedding_table(result, {})) <= 100);
  CHECK(widest_line(comparison_table({result, fixed_result()}, {})) <= 120);
}

TEST_CASE("colour only where it is asked for, and it does not move the columns") {
  CHECK(!contains(embedding_table(fixed_result(), {}), "\033"));
  std::string painted = embedding_table(fixed_result(), {.colour = true});
  CHECK(contains(painted, "\033[1;32mGREEN\033[0m"));
  for (auto at = painted.find('\033'); at != std::string::npos; at = painted.find('\033')) {
    painted.erase(at, painted.find('m', at) - at + 1);
  }
  CHECK(painted == embedding_table(fixed_result(), {}));
}

TEST_CASE("an embedding without a headline panel shows its first, without a verdict none") {
  EmbeddingResult result = fixed_result();
  result.panels.erase(result.panels.begin());
  result.verdict.reset();
  const std::string table = embedding_table(result, {});
  CHECK(contains(table, "≥ 1.131  [ 1.087,  1.175]"));
  CHECK(!contains(table, "GREEN"));
  result.panels.clear();
  CHECK_THROWS_WITH_AS(embedding_table(result, {}), "runs/demo/features.h5: nothing was measured",
                       std::invalid_argument);
}

TEST_CASE("dependent labels: the title says so and the quantities of the labels are shown") {
  EmbeddingResult result = fixed_result();
  result.design.independent = false;
  result.design.y_t = 0.1;
  result.design.dependence_p_value = 1e-9;
  result.verdict.reset();
  const std::string table = embedding_table(result, {});
  CHECK(contains(table, "dependent: I(Y;T) = 0.100 nats (p = 1e-09)"));
  CHECK(contains(table, "I(Y;T|Z)   of the labels, Z known"));
  CHECK(contains(table, "synergy S  I(Z;T|Y) − I(Z;T)"));
  CHECK(contains(table, "Note: class and transformation depend on each other"));
}

TEST_CASE("several embeddings are compared, a line each") {
  EmbeddingResult untrained = fixed_result();
  untrained.epoch = 0;
  untrained.panels = {fixed_panel("best", 0.9, 0.3, 0.02)};
  CHECK(comparison_table({untrained, fixed_result()}, {}) ==
        R"(epoch  layer    I(Z;Y)  I(Z;T)  I(Z;Y|T)  I(Z;T|Y)  I(Z;Y,T)      S    interval of S
    0  encoder   0.900   0.300     0.920     0.320     1.220  0.020  [ 0.005,  0.035]
    7  encoder   1.162   0.446     1.207     0.491     1.653  0.045  [ 0.030,  0.060]
in nats; epoch 0 is the untrained encoder
)");
  untrained.file = "other.h5";
  CHECK(contains(comparison_table({untrained, fixed_result()}, {}), "other.h5"));
}

TEST_CASE("the sentence: a synergy that may be zero, one below zero") {
  EmbeddingResult result = fixed_result();
  Estimate& synergy = estimate_of(result, Quantity::kSynergy);
  synergy.ci_low = 0.0;
  CHECK(in_words(result, kNats) ==
        "Z holds 50 % of the class and 32 % of the rotation; what the class adds about the rotation once Z is known "
        "cannot be told from nothing; its interval reaches to 0.060 nats.");
  synergy.nats = -0.05, synergy.ci_low = -0.06, synergy.ci_high = -0.04;
  CHECK(contains(in_words(result, kNats), "the class tells 0.050 nats less about the rotation once Z is known"));
}

TEST_CASE("the sentence: bounds are at least so much, and what may be zero is not called a share") {
  EmbeddingResult result = fixed_result();
  estimate_of(result, Quantity::kZY).kind = EstimateKind::kLowerBound;
  estimate_of(result, Quantity::kZT).ci_low = -0.001;
  CHECK(in_words(result, kNats)
            .starts_with("Z holds at least 50 % of the class and nothing of the rotation that can be told from zero; "
                         "the class tells"));
  Estimate& synergy = estimate_of(result, Quantity::kSynergy);
  synergy.nats = 0.0, synergy.ci_low = 0.0, synergy.ci_high = 0.0001;
  CHECK(
      in_words(result, kNats).ends_with("cannot be told from nothing; its interval reaches to less than 0.001 nats."));
}

TEST_CASE("notes: rounding is no error, a cut interval is explained, sources of several classes are pointed out") {
  EmbeddingResult result = fixed_result();
  estimate_of(result, Quantity::kZT).nats = -1e-9;
  estimate_of(result, Quantity::kZY).nats = std::log(10.0) + 1e-9;
  CHECK(notes_on(result).empty());
  Estimate& synergy = estimate_of(result, Quantity::kSynergy);
  synergy.nats = -0.01, synergy.ci_low = 0.0, synergy.ci_high = 0.01;
  CHECK(contains(notes_on(result).at(1), "the interval of S is cut at zero"));
  result = fixed_result();
  result.design.mixed_sources = 12;
  CHECK(contains(notes_on(result).at(0), "the class varies within 12 of 5000 sources"));
}

TEST_CASE("notes: RED of few probes asks for all of them, and no verdict has a reason") {
  EmbeddingResult result = fixed_result();
  result.verdict->level = VerdictLevel::kRed;
  CHECK(notes_on(result).empty());
  result.options.estimators = kFastEstimators;
  CHECK(contains(notes_on(result).at(0), "measure again without --fast"));
  result.verdict.reset();
  CHECK(notes_on(result).empty());
  result.panels = {fixed_panel("knn", 1.08, 0.39, 0.03)};
  CHECK(contains(notes_on(result).at(0), "there is no verdict"));
}

TEST_CASE("the rows of the headline carry the verdict, those of others do not") {
  const auto rows = rows_of(fixed_result());
  for (const ResultRow& row : rows) {
    const bool carries = std::ranges::find(row.flags, "verdict_green") != row.flags.end();
    CHECK(carries == (row.estimator == "best"));
  }
}

TEST_CASE("the transformation is called by its name without the number") {
  EmbeddingResult result = fixed_result();
  CHECK(transform_noun(result) == "rotation");
  result.transform_name = "";
  CHECK(transform_noun(result) == "transformation");
}

TEST_CASE("notes: nothing to say about a sound result") {
  EmbeddingResult result = fixed_result();
  CHECK(notes_on(result).empty());
}

TEST_CASE("notes: a decomposition of the first of several sets of folds") {
  EmbeddingResult result = fixed_result();
  result.options.repeats = 5;
  CHECK(notes_on(result).empty());
  result.pids.resize(1);
  CHECK(contains(notes_on(result).at(0), "the decomposition is of the first of the 5 sets of folds"));
  result.options.repeats = 1;
  CHECK(notes_on(result).empty());
}

TEST_CASE("notes: sources, training images, negative values, ceilings, bounds, flags") {
  EmbeddingResult result = fixed_result();
  result.sources_given = false;
  CHECK(notes_on(result).empty());  // the verdict says so
  result.verdict.reset();
  result.split = "train";
  estimate_of(result, Quantity::kZT).nats = -0.01;
  estimate_of(result, Quantity::kZY).nats = 2.4;
  estimate_of(result, Quantity::kZYT).kind = EstimateKind::kLowerBound;
  estimate_of(result, Quantity::kZYT).flags = {"extrapolation_unreliable", "negative"};
  estimate_of(result, Quantity::kZY).flags = {"a_new_flag"};
  const auto notes = notes_on(result);
  REQUIRE(notes.size() == 7);
  CHECK(contains(notes[0], "no /source in the file"));
  CHECK(contains(notes[1], "trained on"));
  CHECK(contains(notes[2], "I(Z;T) reads below zero"));
  CHECK(contains(notes[3], "I(Z;Y) reads above the largest possible value"));
  CHECK(contains(notes[4], "≥ marks a lower bound"));
  CHECK(notes[5] == "I(Z;Y): a_new_flag.");
  CHECK(notes[6] == "I(Z;Y,T): the learning curve could not be extrapolated, so this is the raw bound.");
}

TEST_CASE("notes: a negative synergy of dependent labels is no error") {
  EmbeddingResult result = fixed_result();
  estimate_of(result, Quantity::kSynergy).nats = -0.05;
  CHECK(contains(notes_on(result).at(0), "synergy S reads below zero"));
  result.design.independent = false;
  for (const auto& note : notes_on(result)) CHECK(!contains(note, "below zero"));
}

TEST_CASE("columns line up by letters, not by bytes") {
  CHECK(display_width("≥ 1") == 3);
  CHECK(display_width("\033[1mab\033[0m") == 2);
  CHECK(aligned({{"é", "1"}, {"abc", "22"}}, "lr") == "é     1\nabc  22\n");
  CHECK(shortened("häuser", 6) == "häuser");
  CHECK(shortened("häuser", 4) == "…ser");
  CHECK(wrapped({"aa", "bb", "cc"}, " · ", 8, "  ") == "aa · bb\n  cc\n");
}

TEST_CASE("units: nats, bits and nothing else") {
  CHECK(unit_named("bits").per_nat == 1.0 / std::log(2.0));
  CHECK(unit_named("nats").per_nat == 1.0);
  CHECK_THROWS_WITH_AS(unit_named("bans"), "unit: 'bans' is neither nats nor bits", std::invalid_argument);
}
