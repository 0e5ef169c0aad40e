#include "train/schedule.h"

#include <cmath>

#include <doctest/doctest.h>

using namespace equinfo;

TEST_CASE("the cosine schedule at its start, quarter, middle and end") {
  Schedule schedule;
  schedule.lr = 0.36;
  schedule.final_lr = 6e-4;
  schedule.epochs = 4;
  schedule.steps_per_epoch = 25;
  CHECK(schedule.rate(0) == 0.36);
  CHECK(schedule.rate(25) == doctest::Approx(6e-4 + 0.3594 * (1 + std::sqrt(0.5)) / 2).epsilon(1e-12));
  CHECK(schedule.rate(50) == doctest::Approx(0.1803).epsilon(1e-12));
  CHECK(schedule.rate(100) == doctest::Approx(6e-4).epsilon(1e-12));
  CHECK(schedule.rate(99) > schedule.rate(100));
}

TEST_CASE("the step schedule changes with the first step after a milestone") {
  Schedule schedule;
  schedule.decay = Decay::kStep;
  schedule.lr = 0.05;
  schedule.gamma = 0.2;
  schedule.milestones = {60, 120, 160};
  schedule.epochs = 200;
  schedule.steps_per_epoch = 10;
  CHECK(schedule.rate(0) == 0.05);
  CHECK(schedule.rate(599) == 0.05);
  CHECK(schedule.rate(600) == doctest::Approx(0.01).epsilon(1e-12));
  CHECK(schedule.rate(1200) == doctest::Approx(0.002).epsilon(1e-12));
  CHECK(schedule.rate(1999) == doctest::Approx(0.0004).epsilon(1e-12));
}
