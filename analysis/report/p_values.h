#pragma once

#include <string>
#include <vector>

#include "report/embedding_result.h"
#include "report/table.h"

namespace equinfo {

/// Keeps the tests in the result and puts their p-values beside the headline's estimates (and those of "best_bound" and
/// "lda", whose statistic they are), with what was permuted among the headline's details.
void set_p_values(EmbeddingResult& result, std::vector<PermutationTest> tests);

/// Fills the p-values of all results corrected for the choice among those that share their samples, and so their
/// permutations (adjusted_p_values). A result whose samples no other has stays without.
void set_corrected_p_values(std::vector<EmbeddingResult>& results);

/// The tests of one embedding: quantity, p-value, what was permuted. Empty if there are none, else begins with an empty
/// line. UTF-8, ends in LF.
std::string permutation_table(const EmbeddingResult& result, const TableOptions& options);

/// The corrected p-values of all embeddings that share their samples, with the plain ones: one line an embedding, in
/// order. Empty unless at least two do; else begins with an empty line. UTF-8, ends in LF.
std::string adjusted_table(const std::vector<EmbeddingResult>& results, const TableOptions& options);

}  // namespace equinfo
