// SPDX-License-Identifier: BSD-3-Clause
// Protocol I, the other way round: who cannot help is left asleep and falls asleep, whatever lies
// about. Staying awake for nothing would be no error that anybody else notices.
#include <gtest/gtest.h>

#include "tests/model/explore.hpp"
#include "tests/model/model_run.hpp"

namespace reactor::model {
namespace {

using Env = EnvWithoutWatch;
using Crew = SleepingCrew<Env>;

// So many, and for good: who only looks whether it may sleep is counted, too, while it does so.
template <class E>
void await_asleep(SleepingCrew<E>& crew, std::uint32_t sleepers) {
  constexpr int k_looks = 10;
  Held const held;
  for (int looks = 0; looks < k_looks; ++looks) {
    if (crew.shared().idle.look().asleep != sleepers) looks = 0;
    Env::relax();
  }
}

// Whoever can be woken has been counted as asleep: the count never falls below none.
TEST(Asleep, is_counted_before_it_can_be_woken) {
  explore("asleep: counted before woken", {{3, 2, 0}, 36, 0}, [] {
    engine::Idle<Env> idle(2);
    idle.begin_search();
    idle.begin_search();
    idle.announce(0);
    Env::thread other("other", [&] { idle.announce(1); });
    for (int wakes = 0; wakes < 2; ++wakes) idle.wake_one(0, engine::k_nobody);
    require(idle.look().asleep <= 2, "woken before it was counted");
    other.join();
  });
}

// Worker 0 is benched, and nobody else is asleep.
TEST(Asleep, however_much_is_offered) {
  explore("asleep: however much is offered", {{2, 1, 0}, 17'293, 50'000}, [] {
    Crew crew(2);
    ModelRun<Env> run(4);
    run.in_task = [&](std::uint64_t i, std::uint32_t) {
      if (i == 0) await([&] { return run.was_begun(1); });
      require(crew.shared().idle.look().asleep != 0, "woken in vain");
      return true;
    };
    run_and_check(crew.shared(), run, true, 0);
  });
}

// One worker is searching when the second run begins: that will do.
TEST(Asleep, beside_who_is_awake_anyway) {
  explore("asleep: beside who is awake anyway", {{0, 0, 0}, 1, 0}, [] {
    Crew crew(3, 20'000);
    for (int runs = 0; runs < 2; ++runs) {
      ModelRun<Env> run(2);
      run.in_task = [&](std::uint64_t i, std::uint32_t) {
        await([&] { return run.was_begun(1 - i); });
        return true;
      };
      run_and_check(crew.shared(), run, true, 0);
      while (crew.shared().idle.look().searching == 0) Env::relax();
      require(crew.shared().idle.look().asleep == 2, "more were woken than one");
    }
  });
}

// Worker 0, awake from the run before, is benched in this one: what is queued is not for it.
TEST(Asleep, beside_work_for_others) {
  explore("asleep: beside work for others", {{2, 1, 0}, 91'480, 50'000}, [] {
    Crew crew(2);
    ModelRun<Env> before(2);
    before.in_task = [&](std::uint64_t i, std::uint32_t) {
      await([&] { return before.was_begun(1 - i); });
      return true;
    };
    run_and_check(crew.shared(), before, true, 1);
    ModelRun<Env> run(3);
    run.in_task = [&](std::uint64_t i, std::uint32_t worker) {
      if (i == 0) {
        await([&] { return run.was_begun(1); });
        await_asleep(crew, 1);
      }
      if (i == 1 && worker == 1) await([&] { return run.has_ended(0); });
      return true;
    };
    run_and_check(crew.shared(), run, true, 0);
  });
}

// What found no room in the queue is kept by who offered it, and is no work for others.
TEST(Asleep, beside_what_found_no_room) {
  explore("asleep: beside what found no room", {{2, 1, 1}, 13'057, 50'000}, [] {
    SleepingCrew<EnvWithoutRoom> crew(2);
    for (bool const is_second : {false, true}) {
      ModelRun<EnvWithoutRoom> run(2);
      run.in_task = [&](std::uint64_t i, std::uint32_t worker) {
        if (is_second && i == 0 && worker == 2) await_asleep(crew, 2);
        return true;
      };
      run_and_check(crew.shared(), run, true);
    }
  });
}

// What is left of it waits for nobody, and nobody walks it, while its caller is still in a task.
TEST(Asleep, beside_a_stopped_run) {
  explore("asleep: beside a stopped run", {{2, 1, 0}, 505, 50'000}, [] {
    Crew crew(2);
    ModelRun<Env> run(4);
    run.in_task = [&](std::uint64_t i, std::uint32_t) {
      if (i != 0) return false;
      await([&] { return run.has_ended(1); });
      await_asleep(crew, 2);
      Held const held;
      auto const is_left = [](engine::Batch<Env> const& batch) { return batch.has_queued(); };
      require(crew.shared().slab.find_if(is_left) != nullptr, "a stopped run was walked");
      return true;
    };
    run_and_check(crew.shared(), run, true);
  });
}

// The first run is stopped while more of it is queued.
TEST(Asleep, whatever_a_stopped_run_has_left) {
  explore("asleep: beside what was left", {{2, 1, 0}, 16'989, 50'000}, [] {
    Crew crew(2);
    ModelRun<Env> stopped(4);
    stopped.in_task = [&](std::uint64_t i, std::uint32_t worker) {
      return fail_beside_what_is_queued(stopped, i, worker);
    };
    run_and_check(crew.shared(), stopped, true);
    await_asleep(crew, 2);
    ModelRun<Env> next(2);
    next.in_task = [&](std::uint64_t i, std::uint32_t worker) {
      if (i == 0 && worker == 2) {
        await([&] { return next.has_ended(1); });
        await_asleep(crew, 2);
      }
      return true;
    };
    run_and_check(crew.shared(), next, true);
  });
}

// The caller wakes up by itself, now and then, to see whether those it waits for have a CPU: the
// news is not lost that comes meanwhile.
TEST(Asleep, the_caller_looks_again) {
  explore("asleep: the caller looks again", {{2, 2, 0}, 75'457, 100'000}, [] {
    using LookingEnv = EnvWithLoans;
    SleepingCrew<LookingEnv> crew(1);
    ModelRun<LookingEnv> run(2);
    run.in_task = [](std::uint64_t, std::uint32_t) {
      Checker::get().scheduler().advance_ns(LookingEnv::cpu_loan::k_patience_ns);
      return true;
    };
    run_and_check(crew.shared(), run, false);
  });
}

}  // namespace
}  // namespace reactor::model
