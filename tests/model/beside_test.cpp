// SPDX-License-Identifier: BSD-3-Clause
// A run gets its help, whatever those turn to that it saw awake.
#include <gtest/gtest.h>

#include <functional>
#include <string_view>

#include "tests/model/explore.hpp"
#include "tests/model/model_run.hpp"

namespace reactor::model {
namespace {

using Env = EnvWithoutWatch;
using Crew = SleepingCrew<Env>;

// The only worker that may help looks at the first run, finds nothing, and goes to the second,
// whose task waits for the end of the first: so the first one's caller must not have slept.
TEST(Beside, a_worker_that_looked_and_went) {
  explore("beside: a worker that looked and went", {{2, 1, 0}, 1'702'741, 50'000}, [] {
    Crew crew(2);
    ModelRun<Env> first(2);
    ModelRun<Env> second(2);
    first.in_task = [&](std::uint64_t i, std::uint32_t) {
      if (i == 0) await([&] { return second.was_begun(0); });
      return true;
    };
    second.in_task = [&](std::uint64_t i, std::uint32_t) {
      if (i == 0) await([&] { return second.was_begun(1); });
      if (i == 1) await([&] { return first.has_ended(0) && first.has_ended(1); });
      return true;
    };
    Env::thread other("caller", [&] { run_and_check(crew.shared(), second, true); });
    run_and_check(crew.shared(), first, true);
    other.join();
  });
}

// In task 1 of a run of two, which worker 1 is at, a run of three: in its tasks, `in_task`.
class Nested {
 public:
  Nested() {
    outer.in_task = [this](std::uint64_t i, std::uint32_t worker) {
      if (i == 0) await([&] { return outer.was_begun(1) && may_return(); });
      if (i == 1) {
        require(worker == 1, "not by the one worker that may help");
        engine::Caller<Env> caller(crew.shared(), 1, 1, true, crew.worker(1).batch());
        inner.check(caller.run(inner.job(), Env::now_ns()));
      }
      return true;
    };
  }
  void run() { run_and_check(crew.shared(), outer, true); }

  Crew crew{2};
  ModelRun<Env> outer{2};
  ModelRun<Env> inner{3};
  std::function<bool()> may_return = [] { return true; };  // the outer caller's task
};

// The outer caller sits where worker 0 would, and is busy.
TEST(Beside, a_nested_run_keeps_to_the_places_of_the_outer_one) {
  explore("beside: nested, the outer caller is busy", {{2, 1, 0}, 8'062, 20'000}, [] {
    Nested nested;
    nested.may_return = [&] { return nested.inner.has_ended(2); };
    nested.inner.in_task = [](std::uint64_t, std::uint32_t worker) {
      require(worker == 1, "a nested run takes another place than the outer one has");
      return true;
    };
    nested.run();
  });
}

// One task waits for another one, so worker 0 must come when the outer caller sleeps.
TEST(Beside, a_nested_run_gets_the_place_of_an_outer_caller_that_sleeps) {
  explore("beside: nested, the outer caller sleeps", {{2, 1, 0}, 195'818, 20'000}, [] {
    Nested nested;
    nested.inner.in_task = [&](std::uint64_t i, std::uint32_t) {
      if (i == 0) await([&] { return nested.inner.was_begun(1); });
      return true;
    };
    nested.run();
  });
}

// Worker 0 waits where it has looked for work in vain and not yet fallen asleep.
struct EnvWithWindow : EnvWithLongWatch {
  struct Window {
    bool is_armed = false;
    bool is_open = false;
    bool may_close = false;
  };
  static inline Window* window = nullptr;

  static void relax() noexcept {
    EnvWithLongWatch::relax();
    if (!window->is_armed || std::string_view(scheduler().current().name) != "worker/0") return;
    window->is_armed = false;
    window->is_open = true;
    await([] { return window->may_close; });
  }

 private:
  static Scheduler& scheduler() noexcept { return Checker::get().scheduler(); }
};

// A caller sees worker 0 search, and relies on it; but it falls asleep. Help must come all the
// same, and no watch make up for it, neither worker 1's nor its own.
void fall_asleep_in_a_window(bool is_watched) {
  EnvWithWindow::Window window;
  EnvWithWindow::window = &window;
  SleepingCrew<EnvWithWindow> crew(2);
  ModelRun<EnvWithWindow> before(2);
  before.in_task = [&](std::uint64_t i, std::uint32_t worker) {
    await([&] { return before.was_begun(1 - i); });
    if (worker == 0) window.is_armed = true;
    return true;
  };
  // Worker 0 had the watch. Worker 1 takes it over if this run wakes it.
  run_and_check(crew.shared(), before, !is_watched, 1);
  await([&] { return window.is_open; });
  while (crew.shared().idle.look().watched != is_watched) Env::relax();
  ModelRun<EnvWithWindow> run(2);
  run.in_task = [&](std::uint64_t i, std::uint32_t) {
    window.may_close = true;
    await([&] { return run.was_begun(1 - i); });
    return true;
  };
  std::uint64_t const began_ns = Env::now_ns();
  run_and_check(crew.shared(), run, true, is_watched ? 1 : 0);
  require(Env::now_ns() - began_ns < engine::k_watch_tick_ns / 2, "left to the watch");
}

// The run benches worker 0. So it looks on behalf of who sleeps.
TEST(Beside, a_benched_worker_that_falls_asleep) {
  explore("beside: a benched worker falls asleep", {{0, 0, 0}, 1, 0},
          [] { fall_asleep_in_a_window(false); });
}

// The run benches worker 1, which keeps watch. So worker 0 looks for itself.
TEST(Beside, a_worker_that_falls_asleep_beside_a_watch) {
  explore("beside: a worker falls asleep beside a watch", {{0, 0, 0}, 5, 0},
          [] { fall_asleep_in_a_window(true); });
}

// A short run wakes nobody, and then turns out to need help. The watch brings it, though it may be
// kept by the very worker that the run benches.
TEST(Beside, a_watch) {
  explore("beside: a watch", {{0, 0, 0}, 1, 0}, [] {
    SleepingCrew<EnvWithLongWatch> crew(2);
    for (std::uint32_t const benched : {0U, 1U}) {
      crew.await_asleep();
      while (!crew.shared().idle.look().watched) Env::relax();
      ModelRun<EnvWithLongWatch> run(2);
      run.in_task = [&](std::uint64_t i, std::uint32_t) {
        await([&] { return run.was_begun(1 - i); });
        return true;
      };
      std::uint64_t const began_ns = Env::now_ns();
      run_and_check(crew.shared(), run, true, benched);
      require(Env::now_ns() - began_ns < 2 * engine::k_watch_tick_ns, "help came too late");
    }
  });
}

// No more tasks than workers, of a known length. The last run's meet, and need not wait for the
// watch: then somebody is woken, and not before.
void runs_of_few(int runs, std::uint64_t task_ns) {
  SleepingCrew<EnvWithLongWatch> crew(2, 1);
  while (!crew.shared().idle.look().watched) Env::relax();
  for (int left = runs; left > 0; --left) {
    ModelRun<EnvWithLongWatch> run(2);
    run.task_ns = task_ns;
    run.in_task = [&](std::uint64_t i, std::uint32_t) {
      if (left == 1) await([&] { return run.was_begun(1 - i); });
      Checker::get().scheduler().advance_ns(task_ns);
      return true;
    };
    std::uint64_t const began_ns = Env::now_ns();
    run_and_check(crew.shared(), run, true);
    require(Env::now_ns() - began_ns < engine::k_watch_tick_ns / 2, "left to the watch");
    auto const look = crew.shared().idle.look();
    require(left == 1 || look.asleep == crew.shared().workers, "woken too early");
  }
}

TEST(Beside, a_watch_and_few_tasks) {
  explore("beside: few tasks, known to be long", {{0, 0, 0}, 1, 0},
          [] { runs_of_few(1, engine::k_wake_worth_ns); });
  explore("beside: few tasks, short ones in a row", {{0, 0, 0}, 1, 0},
          [] { runs_of_few(3, engine::k_wake_worth_ns / 3 + 1); });
}

}  // namespace
}  // namespace reactor::model
