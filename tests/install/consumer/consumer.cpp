// Touches each library once, so that a missing dependency fails to link.
#include <cstdio>

#include <compute/blas.h>
#include <core/error.h>
#include <core/sha256.h>
#include <core/version.h>
#include <dataset/dataset.h>
#include <store/features_reader.h>

namespace {

template <class Function>
bool refuses_missing_file(Function&& open) {
  try {
    open();
  } catch (const equinfo::IoError&) {
    return true;
  }
  return false;
}

}  // namespace

int main() {
  equinfo::Matrix<double> a(2, 2);
  a(0, 0) = a(1, 1) = 4;
  equinfo::cholesky(a.view());
  const bool works = a(0, 0) == 2 && equinfo::sha256_of_text("abc").starts_with("ba7816bf") &&
                     refuses_missing_file([] { equinfo::load_dataset("/absent", equinfo::Split::kTrain); }) &&
                     refuses_missing_file([] { equinfo::FeatureFile file("/absent.h5"); });
  std::printf("equinfo %s: %s\n", equinfo::version(), works ? "works" : "FAILS");
  return works ? 0 : 1;
}
