// SPDX-License-Identifier: BSD-3-Clause
// Several runs at once on one Reactor: of different threads, and one inside another.
#include <gtest/gtest.h>

#include "tests/model/explore.hpp"
#include "tests/model/model_run.hpp"

namespace reactor::model {
namespace {

using Env = EnvWithoutWatch;
using Crew = SleepingCrew<Env>;

Checker::Program two_callers(std::uint32_t workers, bool helps) {
  return [=] {
    Crew crew(workers);
    auto const call = [&crew, helps] {
      ModelRun<Env> run(2);
      run_and_check(crew.shared(), run, helps);
    };
    Env::thread other("caller", call);
    call();
    other.join();
  };
}

TEST(Callers, two_at_once) {
  explore("callers: two that help, 2 workers", {{2, 1, 0}, 395'201, 200'000}, two_callers(2, true));
  explore("callers: two that wait, 1 worker", {{1, 2, 0}, 54'419, 200'000}, two_callers(1, false));
}

// A task of each needs a task of its own run to be run beside it: a worker that works for one
// caller, or stays out for it, must not be the one that the other relies on.
TEST(Callers, two_whose_tasks_meet) {
  explore("callers: tasks that meet, 2 workers", {{2, 1, 0}, 1'728'477, 200'000}, [] {
    Crew crew(2);
    auto const call = [&crew] {
      ModelRun<Env> run(2);
      run.in_task = [&run](std::uint64_t i, std::uint32_t) {
        await([&] { return run.was_begun(1 - i); });
        return true;
      };
      run_and_check(crew.shared(), run, true);
    };
    Env::thread other("caller", call);
    call();
    other.join();
  });
}

// Whom a caller wakes may have found its work before its waker has counted it as searching. What
// others left to it meanwhile is the waker's to hand on, even if it benches whom they need.
TEST(Callers, one_that_waits_for_the_other) {
  explore("callers: one waits for the other, watched", {{1, 1, 0}, 49'106, 200'000}, [] {
    SleepingCrew<model::Env> crew(2);
    ModelRun<model::Env> second(2);
    second.in_task = [&](std::uint64_t i, std::uint32_t) {
      await([&] { return second.was_begun(1 - i); });
      return true;
    };
    ModelRun<model::Env> first(3);
    first.in_task = [&](std::uint64_t i, std::uint32_t) {
      if (i == 0) Checker::get().scheduler().advance_ns(2 * engine::k_wake_worth_ns);
      if (i == 0) return true;
      await([&] { return second.has_ended(0) && second.has_ended(1); });
      return true;
    };
    model::Env::thread other("caller", [&] { run_and_check(crew.shared(), second, true, 0); });
    run_and_check(crew.shared(), first, true, 1);
    other.join();
  });
}

// A task that calls run on its own Reactor, from a worker's thread.
Checker::Program nested(std::uint32_t workers, std::uint64_t outer_tasks) {
  return [=] {
    Crew crew(workers);
    ModelRun<Env> outer(outer_tasks);
    outer.in_task = [&](std::uint64_t, std::uint32_t worker) {
      ModelRun<Env> inner(2);
      inner.running_max = workers;
      bool const is_worker = worker < crew.shared().workers;
      engine::Caller<Env> caller(crew.shared(), worker, is_worker ? worker : 0, true);
      inner.check(caller.run(inner.job(), Env::now_ns()));
      return true;
    };
    run_and_check(crew.shared(), outer, false);
  };
}

TEST(Nested, in_one_worker) {
  explore("nested: 1 worker", {{3, 2, 0}, 401'136, 200'000}, nested(1, 1));
}

TEST(Nested, in_two_workers) {
  explore("nested: 2 workers", {{1, 2, 0}, 22'662, 200'000}, nested(2, 2));
}

}  // namespace
}  // namespace reactor::model
