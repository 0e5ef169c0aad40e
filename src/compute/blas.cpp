#include "compute/blas.h"

#include <sys/mman.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <cblas.h>
#include <lapacke.h>

#include "core/error.h"

/// Ends the threads that OpenBLAS starts when it is loaded; its builds without threads have no such function.
extern "C" [[gnu::weak]] int blas_thread_shutdown_();

namespace equinfo {
namespace {

/// OpenBLAS maps a work area for its first product, and where it gets none it asks again for ever.
void require_work_area() {
  constexpr std::size_t kMebibytes = 128, kBytes = kMebibytes << 20U;
  void* area = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (area == MAP_FAILED) {
    throw std::runtime_error(fmt::format("OpenBLAS needs {} MiB to multiply matrices: {} (see ulimit -d and ulimit -v)",
                                         kMebibytes, std::strerror(errno)));
  }
  munmap(area, kBytes);
}

void use_calling_thread_only() {
  static const bool done = [] {
    require_work_area();
    stop_blas_threads();
    return true;
  }();
  static_cast<void>(done);
}

CBLAS_TRANSPOSE cblas_of(Transpose op) { return op == Transpose::kYes ? CblasTrans : CblasNoTrans; }

struct ProductShape {
  int m, n, k;
};

template <class T>
ProductShape checked_shape(MatrixView<const T> a, Transpose op_a, MatrixView<const T> b, Transpose op_b,
                           MatrixView<T> c) {
  const bool at = op_a == Transpose::kYes, bt = op_b == Transpose::kYes;
  const auto m = at ? a.cols() : a.rows(), k = at ? a.rows() : a.cols();
  const auto kb = bt ? b.cols() : b.rows(), n = bt ? b.rows() : b.cols();
  require(k == kb && c.rows() == m && c.cols() == n, "multiply: [{}, {}] x [{}, {}] does not give [{}, {}]", m, k, kb,
          n, c.rows(), c.cols());
  return {static_cast<int>(m), static_cast<int>(n), static_cast<int>(k)};
}

template <class T>
void check_gram_shape(MatrixView<const T> a, MatrixView<T> c) {
  require(c.rows() == a.cols() && c.cols() == a.cols(), "gram: [{}, {}] does not give [{}, {}]", a.rows(), a.cols(),
          c.rows(), c.cols());
}

template <class T>
void mirror_upper(MatrixView<T> c) {
  constexpr std::int64_t kTile = 32;  // of both triangles at once, so that no cache line is fetched for one number
  for (std::int64_t top = 0; top < c.rows(); top += kTile) {
    for (std::int64_t left = 0; left <= top; left += kTile) {
      for (std::int64_t i = top; i < std::min(top + kTile, c.rows()); ++i) {
        for (std::int64_t j = left; j < std::min(left + kTile, i); ++j) c(i, j) = c(j, i);
      }
    }
  }
}

}  // namespace

void stop_blas_threads() {
  // In this order: to be told a number starts them again.
  openblas_set_num_threads(1);
  if (blas_thread_shutdown_ != nullptr) blas_thread_shutdown_();
}

void multiply(float alpha, MatrixView<const float> a, Transpose op_a, MatrixView<const float> b, Transpose op_b,
              float beta, MatrixView<float> c) {
  use_calling_thread_only();
  const auto [m, n, k] = checked_shape(a, op_a, b, op_b, c);
  cblas_sgemm(CblasRowMajor, cblas_of(op_a), cblas_of(op_b), m, n, k, alpha, a.data(), static_cast<int>(a.stride()),
              b.data(), static_cast<int>(b.stride()), beta, c.data(), static_cast<int>(c.stride()));
}

void multiply(double alpha, MatrixView<const double> a, Transpose op_a, MatrixView<const double> b, Transpose op_b,
              double beta, MatrixView<double> c) {
  use_calling_thread_only();
  const auto [m, n, k] = checked_shape(a, op_a, b, op_b, c);
  cblas_dgemm(CblasRowMajor, cblas_of(op_a), cblas_of(op_b), m, n, k, alpha, a.data(), static_cast<int>(a.stride()),
              b.data(), static_cast<int>(b.stride()), beta, c.data(), static_cast<int>(c.stride()));
}

void multiply_upper(MatrixView<float> b, MatrixView<const float> u) {
  use_calling_thread_only();
  require(u.rows() == u.cols() && b.cols() == u.rows(), "multiply_upper: [{}, {}] x [{}, {}]", b.rows(), b.cols(),
          u.rows(), u.cols());
  cblas_strmm(CblasRowMajor, CblasRight, CblasUpper, CblasNoTrans, CblasNonUnit, static_cast<int>(b.rows()),
              static_cast<int>(b.cols()), 1.0F, u.data(), static_cast<int>(u.stride()), b.data(),
              static_cast<int>(b.stride()));
}

void gram(MatrixView<const float> a, float beta, MatrixView<float> c) {
  use_calling_thread_only();
  check_gram_shape(a, c);
  cblas_ssyrk(CblasRowMajor, CblasUpper, CblasTrans, static_cast<int>(a.cols()), static_cast<int>(a.rows()), 1.0F,
              a.data(), static_cast<int>(a.stride()), beta, c.data(), static_cast<int>(c.stride()));
  mirror_upper(c);
}

void gram(MatrixView<const double> a, double beta, MatrixView<double> c) {
  use_calling_thread_only();
  check_gram_shape(a, c);
  cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, static_cast<int>(a.cols()), static_cast<int>(a.rows()), 1.0,
              a.data(), static_cast<int>(a.stride()), beta, c.data(), static_cast<int>(c.stride()));
  mirror_upper(c);
}

void cholesky(MatrixView<double> a) {
  use_calling_thread_only();
  const auto size = static_cast<lapack_int>(a.rows());
  // Column-major LAPACK reads the symmetric matrix unchanged, and its upper factor is our lower one.
  const lapack_int info =
      LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', size, a.data(), static_cast<lapack_int>(a.stride()));
  if (info != 0) {
    throw std::domain_error(fmt::format("cholesky: the {0} x {0} matrix is not positive definite", a.rows()));
  }
  for (std::int64_t i = 0; i < a.rows(); ++i) {
    for (std::int64_t j = i + 1; j < a.cols(); ++j) a(i, j) = 0.0;
  }
}

namespace {

void solve_triangular(MatrixView<const double> factor, CBLAS_TRANSPOSE op, MatrixView<double> b) {
  use_calling_thread_only();
  require(factor.rows() == b.rows(), "solve: factor of {} rows, right side of {}", factor.rows(), b.rows());
  cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, op, CblasNonUnit, static_cast<int>(b.rows()),
              static_cast<int>(b.cols()), 1.0, factor.data(), static_cast<int>(factor.stride()), b.data(),
              static_cast<int>(b.stride()));
}

}  // namespace

void solve_lower(MatrixView<const double> factor, MatrixView<double> b) { solve_triangular(factor, CblasNoTrans, b); }

void solve_cholesky(MatrixView<const double> factor, MatrixView<double> b) {
  solve_triangular(factor, CblasNoTrans, b);
  solve_triangular(factor, CblasTrans, b);
}

SymmetricEigen symmetric_eigen(MatrixView<const double> a) {
  use_calling_thread_only();
  const std::int64_t size = a.rows();
  SymmetricEigen eigen{std::vector<double>(static_cast<std::size_t>(size)), Matrix<double>(size, size)};
  for (std::int64_t i = 0; i < size; ++i) {
    for (std::int64_t j = 0; j < size; ++j) eigen.vectors(i, j) = a(i, j);
  }
  // Column-major LAPACK reads the symmetric matrix unchanged and leaves the eigenvectors as our rows.
  const auto n = static_cast<lapack_int>(size);
  const lapack_int info = LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'L', n, eigen.vectors.data(), n, eigen.values.data());
  if (info != 0) throw std::domain_error(fmt::format("symmetric_eigen: did not converge (LAPACK info {})", info));
  return eigen;
}

}  // namespace equinfo
