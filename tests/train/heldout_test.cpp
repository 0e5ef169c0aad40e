#include "train/heldout.h"

#include "train/run.h"

#include "scratch.h"
#include "synthetic.h"

#include <doctest/doctest.h>

using namespace equinfo;

TEST_CASE("runs of other training seeds are measured on the same images, transformed alike") {
  const ScratchFolder folder("heldout");
  write_synthetic_dataset(folder.path(), 60, 60);
  auto first = tiny_config();
  first.dataset.path = folder.path().string();
  first.dataset.train_limit = first.dataset.test_limit = 12;
  first.transform = "rotation";
  auto second = first;
  second.train.seed = first.train.seed + 1;
  for (const auto split : {Split::kTrain, Split::kTest}) {
    CHECK(load_images(first, split).pixels == load_images(second, split).pixels);
  }
  const auto images = to_device(load_images(first, Split::kTest), torch::kCPU);
  const HeldoutValues here(first, images), there(second, images);
  CHECK(torch::equal(here.labels, there.labels));
  CHECK(torch::equal(here.noise, there.noise));
}
