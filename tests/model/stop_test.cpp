// SPDX-License-Identifier: BSD-3-Clause
// Protocol L: the first failure wins once and stops the run; what is queued becomes stale at once.
#include <gtest/gtest.h>

#include <string>

#include "tests/model/explore.hpp"
#include "tests/model/model_run.hpp"

namespace reactor::model {
namespace {

using Env = EnvWithoutWatch;
using Crew = SleepingCrew<Env>;

TEST(Stop, at_two_failures_at_once) {
  explore("stop: two failures", {{3, 2, 0}, 94'908, 250'000}, [] {
    Crew crew(2);
    ModelRun<Env> run(2);
    run.in_task = [](std::uint64_t, std::uint32_t) { return false; };
    run_and_check(crew.shared(), run, true);
  });
  explore("stop: two failures, caller waits", {{2, 2, 0}, 506'450, 100'000}, [] {
    Crew crew(2);
    ModelRun<Env> run(2);
    run.in_task = [](std::uint64_t, std::uint32_t) { return false; };
    run_and_check(crew.shared(), run, false);
  });
}

// What the stopped run left queued must not be seen in the next run.
TEST(Stop, leaves_no_residue) {
  for (bool const helps : {true, false}) {
    explore(std::string("stop: then another run, ") + (helps ? "helps" : "waits"),
            {{2, 2, 0}, helps ? 33'318u : 490'964u, 200'000}, [helps] {
              Crew crew(helps ? 2 : 1);
              ModelRun<Env> stopped(3);
              stopped.in_task = [](std::uint64_t i, std::uint32_t) { return i != 0; };
              run_and_check(crew.shared(), stopped, helps);
              ModelRun<Env> next(2);
              run_and_check(crew.shared(), next, helps);
            });
  }
}

// A caller that waits finds a stale range in the queue of a worker that has no part in this run,
// and still takes current ones.
TEST(Stop, leaves_nothing_that_misleads_a_waiting_caller) {
  explore("stop: stale beside current", {{3, 0, 0}, 99'134, 500'000}, [] {
    Crew crew(2);
    ModelRun<Env> stopped(4);
    stopped.in_task = [&](std::uint64_t i, std::uint32_t worker) {
      return fail_beside_what_is_queued(stopped, i, worker);
    };
    run_and_check(crew.shared(), stopped, true, 1);
    crew.await_asleep();
    ModelRun<Env> next(4);
    next.in_task = [&](std::uint64_t i, std::uint32_t worker) {
      if (i == 1 && worker == 1) {
        await([&] { return next.was_begun(2) || next.was_begun(3); });  // by the caller
      }
      return true;
    };
    run_and_check(crew.shared(), next, true, 0);
  });
}

TEST(Stop, not_when_it_shall_go_on) {
  explore("stop: no stop on error", {{3, 1, 0}, 147'779, 100'000}, [] {
    Crew crew(2);
    ModelRun<Env> run(3, false);
    run.in_task = [](std::uint64_t i, std::uint32_t) { return i != 1; };
    engine::RunCounts const counts = run_and_check(crew.shared(), run, true);
    require(counts.failed == 1, "not the one failure counted");
  });
}

}  // namespace
}  // namespace reactor::model
