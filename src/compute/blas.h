#pragma once

#include <vector>

#include "core/matrix.h"

/// Dense linear algebra on row-major views: a thin cover of OpenBLAS. Every call runs on the calling thread alone, so
/// that results do not depend on the number of threads; spread work with parallel_for over blocks instead.
namespace equinfo {

/// OpenBLAS multiplies in the calling thread alone, which every function here sees to when it is first called. Its own
/// threads would look for work for some 20 ms from the start of the program on; called at once, this spares them.
void stop_blas_threads();

enum class Transpose { kNo, kYes };

/// C ← alpha · op(A) · op(B) + beta · C. Shapes must agree (std::invalid_argument). 2·m·n·k operations.
void multiply(float alpha, MatrixView<const float> a, Transpose op_a, MatrixView<const float> b, Transpose op_b,
              float beta, MatrixView<float> c);
void multiply(double alpha, MatrixView<const double> a, Transpose op_a, MatrixView<const double> b, Transpose op_b,
              double beta, MatrixView<double> c);

/// B ← B · U for an upper triangular U [d, d] and B [n, d]. n·d² operations.
void multiply_upper(MatrixView<float> b, MatrixView<const float> u);

/// C ← AᵀA + beta · C for A [n, d] and a symmetric C [d, d], of which both triangles are filled. n·d² operations.
void gram(MatrixView<const float> a, float beta, MatrixView<float> c);
void gram(MatrixView<const double> a, double beta, MatrixView<double> c);

/// The lower Cholesky factor L of a symmetric positive definite A = L·Lᵀ, in place; the upper triangle is zeroed.
/// Throws std::domain_error if A is not positive definite. d³/3 operations.
void cholesky(MatrixView<double> a);

/// B ← A⁻¹B, given the factor that `cholesky` left. 2·d²·columns operations.
void solve_cholesky(MatrixView<const double> factor, MatrixView<double> b);

/// B ← L⁻¹B for a lower triangular L. d²·columns operations.
void solve_lower(MatrixView<const double> factor, MatrixView<double> b);

/// Eigenvalues in ascending order; eigenvectors are the *rows* of the matrix, in the same order. ≈ 9 d³ operations.
struct SymmetricEigen {
  std::vector<double> values;
  Matrix<double> vectors;
};
SymmetricEigen symmetric_eigen(MatrixView<const double> a);

}  // namespace equinfo
