// SPDX-License-Identifier: BSD-3-Clause
// Protocol I where there are more workers than CPUs: whom a run has no use for is left asleep, but
// whatever nobody is in the middle of gets somebody.
#include <gtest/gtest.h>

#include <string>

#include "tests/model/explore.hpp"
#include "tests/model/model_run.hpp"

namespace reactor::model {
namespace {

constexpr std::uint32_t k_cpus = 1;
constexpr std::uint64_t k_short_ns =
    20'000;  // a task: too long to be begun alone, short of a slice

// Known to be short, and of more tasks than workers.
void be_short(ModelRun<Env>& run) {
  run.task_ns = k_short_ns;
}

std::uint64_t wakes(engine::Shared<Env>& shared) {
  std::uint64_t sum = 0;
  shared.slab.find_if([&](engine::Batch<Env>& batch) {
    sum += batch.counters().wakes.read_approx();
    return false;
  });
  return sum;
}

// The caller has the only CPU.
TEST(Crowd, leaves_a_short_run_to_its_caller) {
  explore("crowd: leaves it to the caller", {{0, 0, 0}, 1, 0}, [] {
    SleepingCrew<Env> crew(3, 0, 0, k_cpus);
    ModelRun<Env> run(5);
    be_short(run);
    run_and_check(crew.shared(), run, true);
    require(wakes(crew.shared()) == 0, "one more to take turns");
  });
}

// Whoever it is left to, all of it is run.
TEST(Crowd, leaves_no_run_to_nobody) {
  for (bool const helps : {true, false}) {
    explore(std::string("crowd: a short run, ") + (helps ? "helps" : "waits"),
            {{2, 1, 0}, helps ? 33'870u : 445'374u, 100'000}, [helps] {
              SleepingCrew<Env> crew(2, 0, 0, k_cpus);
              ModelRun<Env> run(3);
              be_short(run);
              run_and_check(crew.shared(), run, helps);
            });
  }
}

// It was known to be short, but its tasks wait for each other: which is seen a tick later.
TEST(Crowd, comes_when_nothing_goes_on) {
  explore("crowd: tasks that wait", {{1, 1, 0}, 663, 100'000}, [] {
    SleepingCrew<Env> crew(2, 0, 0, k_cpus);
    ModelRun<Env> run(3);
    be_short(run);
    run.in_task = [&](std::uint64_t i, std::uint32_t) {
      if (i == 0) await([&] { return run.was_begun(1); });
      return true;
    };
    run_and_check(crew.shared(), run, true);
  });
}

}  // namespace
}  // namespace reactor::model
