// SPDX-License-Identifier: BSD-3-Clause
// Protocols B, E and I together: whole runs over workers that search, sleep and wake. No task is
// lost, none is run twice, no wake-up is missed, nothing is touched after its end.
#include <gtest/gtest.h>

#include <string>

#include "tests/model/explore.hpp"
#include "tests/model/model_run.hpp"

namespace reactor::model {
namespace {

// Nobody keeps watch: a lost wake-up is a deadlock.
using Env = EnvWithoutWatch;
using Crew = SleepingCrew<Env>;

// Each task waits for the other: help must come. In the second run, from a worker that is about to
// fall asleep after the first.
template <class E>
Checker::Program tasks_that_meet(std::uint32_t workers, bool helps, int runs) {
  return [=] {
    SleepingCrew<E> crew(workers);
    for (int already = 0; already < runs; ++already) {
      ModelRun<E> run(2);
      run.in_task = [&](std::uint64_t i, std::uint32_t) {
        await([&] { return run.was_begun(1 - i); });
        return true;
      };
      run_and_check(crew.shared(), run, helps);
    }
  };
}

TEST(Run, tasks_that_wait_for_each_other) {
  explore("run: tasks that meet, helps", {{3, 2, 0}, 108'470, 100'000},
          tasks_that_meet<Env>(2, true, 1));
  explore("run: tasks that meet twice, helps", {{2, 2, 0}, 116'262, 100'000},
          tasks_that_meet<Env>(2, true, 2));
  explore("run: tasks that meet twice, by a queue", {{2, 2, 0}, 255'386, 100'000},
          tasks_that_meet<EnvWithoutShelf>(2, true, 2));
  explore("run: tasks that meet, waits", {{2, 2, 0}, 1'028'796, 100'000},
          tasks_that_meet<Env>(2, false, 1));
}

TEST(Run, under_a_watch) {
  explore("run: tasks that meet, watched", {{3, 1, 0}, 694'991, 100'000},
          tasks_that_meet<model::Env>(2, true, 1));
  explore("run: tasks that meet twice, watched", {{2, 2, 0}, 367'734, 100'000},
          tasks_that_meet<model::Env>(2, true, 2));
}

// One run on a crew that sleeps.
Checker::Program plain(std::uint32_t workers, std::uint64_t tasks, bool helps) {
  return [=] {
    Crew crew(workers);
    ModelRun<Env> run(tasks);
    run_and_check(crew.shared(), run, helps);
  };
}

// The caller begins alone, finds the first task longer than it was the last time, and shares what
// is left: two that wait for each other.
Checker::Program head_start(bool stop_on_error, bool first_fails) {
  return [=] {
    Crew crew(2);
    ModelRun<Env> run(3, stop_on_error);
    run.task_ns = 1;
    run.in_task = [&](std::uint64_t i, std::uint32_t) {
      if (i == 0) Checker::get().scheduler().advance_ns(engine::k_wake_worth_ns);
      if (i != 0) await([&] { return run.was_begun(3 - i); });
      return i != 0 || !first_fails;
    };
    run_and_check(crew.shared(), run, true);
    require(crew.shared().was_unused(), "the run goes on for ever");
  };
}

// As short as it was the last time at first, then longer, and tasks behind that wait for each
// other: the caller notices in time to share these.
Checker::Program head_start_that_grows() {
  return [] {
    Crew crew(2);
    ModelRun<Env> run(6);
    run.task_ns = 1;
    run.in_task = [&](std::uint64_t i, std::uint32_t) {
      if (i == 1) Checker::get().scheduler().advance_ns(engine::k_wake_worth_ns);
      if (i >= 4) await([&] { return run.was_begun(9 - i); });
      return true;
    };
    run_and_check(crew.shared(), run, true);
  };
}

// Who asks whether the Reactor is unused, once a task has begun, is not told so before the run's
// end, though that goes over from the caller to a batch meanwhile.
Checker::Program head_start_against_the_end() {
  return [] {
    Crew crew(1);
    {
      Held const held;  // one that is free, and may look so when it is not any more
      crew.shared().slab.release(crew.shared().acquire_batch());
    }
    ModelRun<Env> run(2);
    run.task_ns = 1;
    Env::atomic<bool> has_begun{false};
    run.in_task = [&](std::uint64_t i, std::uint32_t) {
      if (i != 0) return true;
      Checker::get().scheduler().advance_ns(engine::k_wake_worth_ns);
      has_begun.store(true, std::memory_order_release);
      return true;
    };
    Env::thread other("who asks", [&] {
      if (!has_begun.load(std::memory_order_acquire) || !crew.shared().was_unused()) return;
      require(run.has_ended(0) && run.has_ended(1), "a run that goes on was overlooked");
      require(run.has_result(0) && run.has_result(1), "a run's end is not there");
    });
    run_and_check(crew.shared(), run, true);
    other.join();
  };
}

// No more than there are workers, so they may, however short they were the last time.
Checker::Program tasks_that_meet(std::uint64_t task_ns) {
  return [=] {
    Crew crew(2);
    ModelRun<Env> run(2);
    run.task_ns = task_ns;
    run.in_task = [&](std::uint64_t i, std::uint32_t) {
      await([&] { return run.was_begun(1 - i); });
      return true;
    };
    run_and_check(crew.shared(), run, true);
  };
}

TEST(Run, with_a_head_start) {
  explore("run: tasks that meet, known to be short", {{2, 2, 0}, 7'598, 100'000},
          tasks_that_meet(1));
  explore("run: tasks that meet, worth help but no wake", {{2, 2, 0}, 9'584, 100'000},
          tasks_that_meet(2'000));
  explore("run: head start", {{2, 2, 0}, 9'554, 100'000}, head_start(true, false));
  explore("run: head start, whose task fails", {{2, 2, 0}, 9'554, 100'000},
          head_start(false, true));
  explore("run: head start, to its end", {{2, 2, 0}, 1, 100'000}, head_start(true, true));
  explore("run: head start, that grows", {{2, 2, 0}, 8'324, 100'000}, head_start_that_grows());
  explore("run: head start, against the end", {{2, 2, 0}, 80, 100'000},
          head_start_against_the_end());
}

TEST(Run, with_a_caller_that_helps) {
  explore("run: 2 workers, 2 tasks, helps", {{3, 2, 0}, 138'263, 100'000}, plain(2, 2, true));
  explore("run: 2 workers, 3 tasks, helps", {{3, 2, 0}, 490'508, 100'000}, plain(2, 3, true));
}

TEST(Run, with_a_caller_that_waits) {
  explore("run: 1 worker, 2 tasks, waits", {{3, 2, 0}, 460'443, 100'000}, plain(1, 2, false));
  explore("run: 2 workers, 2 tasks, waits", {{2, 2, 0}, 643'758, 100'000}, plain(2, 2, false));
}

// The crew's construction and end are part of what is explored.
TEST(Run, from_beginning_to_end) {
  explore("run: from beginning to end", {{2, 1, 0}, 1'457'724, 100'000}, [] {
    engine::Crew<Env> crew(2, 0, "worker", {});
    ModelRun<Env> run(2);
    run_and_check(crew.shared(), run, true);
  });
}

// A batch is used again while its last run's helpers may still be on their way out.
Checker::Program two_in_a_row(std::uint32_t workers, std::uint64_t spin_ns, bool helps) {
  return [=] {
    Crew crew(workers, spin_ns);
    for (int i = 0; i < 2; ++i) {
      ModelRun<Env> run(2);
      run_and_check(crew.shared(), run, helps);
    }
  };
}

TEST(Run, two_in_a_row) {
  explore("run: two in a row, helps", {{3, 1, 0}, 524'288, 100'000}, two_in_a_row(2, 0, true));
  explore("run: two in a row, waits", {{2, 2, 0}, 355'021, 100'000}, two_in_a_row(1, 0, false));
  explore("run: two in a row, who spins", {{2, 1, 0}, 9'181, 100'000}, two_in_a_row(2, 200, true));
}

// Another worker is benched in each run, because the caller has moved to another CPU. Who believes
// the last run's word on it is one too many.
TEST(Run, with_the_benched_one_changing) {
  explore("run: the benched one changes", {{2, 2, 0}, 104'360, 100'000}, [] {
    Crew crew(2);
    Atomic<int> beat{0};
    for (std::uint32_t const benched : {0u, 1u}) {
      ModelRun<Env> run(3);
      run.in_task = [&](std::uint64_t, std::uint32_t) {
        beat.fetch_add(1, std::memory_order_relaxed);
        return true;
      };
      run_and_check(crew.shared(), run, true, benched);
    }
  });
}

// A queue without room: the participant keeps its range.
TEST(Run, when_a_push_finds_no_room) {
  explore("run: a push finds no room", {{2, 1, 2}, 6'505, 100'000}, [] {
    SleepingCrew<EnvWithoutRoom> crew(2);
    ModelRun<EnvWithoutRoom> run(3);
    run_and_check(crew.shared(), run, true);
  });
}

// Beside a long task with nothing left to take, the others sleep.
TEST(Run, beside_a_long_task_workers_sleep) {
  explore("run: asleep beside a long task", {{2, 1, 0}, 342, 100'000}, [] {
    Crew crew(2);
    ModelRun<Env> run(2);
    run.in_task = [&](std::uint64_t i, std::uint32_t worker) {
      if (i == 0 && worker == 2) {
        await([&] { return run.has_ended(1); });
        crew.await_asleep();
      }
      return true;
    };
    run_and_check(crew.shared(), run, true);
  });
}

// One piece of work wakes one thread, however many sleep.
TEST(Run, one_piece_of_work_wakes_one_thread) {
  explore("run: one wake", {{0, 0, 0}, 1, 0}, [] {
    Crew crew(3);
    ModelRun<Env> run(2);
    run.in_task = [&](std::uint64_t i, std::uint32_t) {
      await([&] { return run.was_begun(1 - i); });
      return true;
    };
    run_and_check(crew.shared(), run, true);
    require(wakes(crew.shared()) == 1, "not one wake for one piece of work");
  });
}

// Who searches is relied on, but may not help this one: it wakes another, long before it sleeps.
TEST(Run, whose_searcher_is_benched) {
  explore("run: the searcher is benched", {{0, 0, 0}, 1, 0}, [] {
    constexpr std::uint64_t k_spin_ns = 20'000;
    Crew crew(2, k_spin_ns);
    for (std::uint32_t const benched : {1u, 0u}) {
      ModelRun<Env> run(2);
      run.in_task = [&](std::uint64_t i, std::uint32_t) {
        await([&] { return run.was_begun(1 - i); });
        return true;
      };
      std::uint64_t const began_ns = Env::now_ns();
      run_and_check(crew.shared(), run, true, benched);
      require(Env::now_ns() - began_ns < k_spin_ns / 2, "left until the searcher slept");
    }
  });
}

// Whoever keeps watch: what is worth a wake is not left to it.
TEST(Run, long_work_wakes_beside_a_watch) {
  explore("run: long work beside a watch", {{0, 0, 0}, 1, 0}, [] {
    SleepingCrew<model::Env> crew(2);
    ModelRun<model::Env> run(4);
    std::uint64_t const began_ns = model::Env::now_ns();
    run.in_task = [&](std::uint64_t i, std::uint32_t worker) {
      Checker::get().scheduler().advance_ns(40'000);
      // The third, if the caller has it, waits for help: before the watch's next look.
      if (i == 2 && worker == 2) await([&] { return run.was_begun(3); });
      return true;
    };
    run_and_check(crew.shared(), run, true);
    require(model::Env::now_ns() - began_ns < engine::k_watch_tick_ns, "left to the watch");
  });
}

// Long tasks are worth a wake, whoever keeps watch.
TEST(Run, of_long_tasks) {
  explore("run: long tasks, watched", {{2, 2, 0}, 230'503, 100'000}, [] {
    SleepingCrew<model::Env> crew(2);
    ModelRun<model::Env> run(4);
    run.in_task = [](std::uint64_t, std::uint32_t) {
      Checker::get().scheduler().advance_ns(40'000);
      return true;
    };
    run_and_check(crew.shared(), run, true);
  });
}

}  // namespace
}  // namespace reactor::model
