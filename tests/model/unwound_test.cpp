// SPDX-License-Identifier: BSD-3-Clause
// A task ends its thread in the middle of a block: what was left of it goes to others.
#include <gtest/gtest.h>

#include "tests/model/explore.hpp"
#include "tests/model/model_run.hpp"

namespace reactor::model {
namespace {

// The other worker is asleep, and perhaps no thread is to be had in place of this one.
TEST(Unwound, wakes_who_sleeps) {
  explore("unwound: wakes who sleeps", {{1, 1, 1}, 10'038, 50'000}, [] {
    SleepingCrew<EnvWithoutWatch> crew(2);
    ModelRun<EnvWithoutWatch> run(4, false);
    run.in_task = [&](std::uint64_t i, std::uint32_t) {
      Checker::get().scheduler().advance_ns(engine::k_block_min_ns / 8);  // then two in a block
      if (i != 1) return true;
      {
        Held const held;
        while (crew.shared().idle.look().asleep == 0) EnvWithoutWatch::relax();
      }
      throw ThreadEnds();
    };
    run_and_check(crew.shared(), run, false);
  });
}

// Part of it found no room in the queue.
TEST(Unwound, gives_up_what_it_had_kept) {
  explore("unwound: gives up what it had kept", {{2, 1, 1}, 56'379, 50'000}, [] {
    SleepingCrew<EnvWithoutRoom> crew(2);
    ModelRun<EnvWithoutRoom> run(4, false);
    run.in_task = [&](std::uint64_t i, std::uint32_t worker) {
      if (i != 0 && worker < 2) throw ThreadEnds();
      return true;
    };
    run_and_check(crew.shared(), run, true);
  });
}

// What found no room in one block was begun in the next: it is nobody's to give up any more.
TEST(Unwound, forgets_what_it_had_kept) {
  explore("unwound: forgets what it had kept", {{2, 0, 1}, 40'006, 50'000}, [] {
    SleepingCrew<EnvWithoutRoom> crew(2);
    ModelRun<EnvWithoutRoom> run(6, false);
    int by_worker = 0;
    run.in_task = [&](std::uint64_t, std::uint32_t worker) {
      Checker::get().scheduler().advance_ns(engine::k_block_min_ns);  // then one in a block
      if (worker < 2 && ++by_worker == 2) throw ThreadEnds();
      return true;
    };
    run_and_check(crew.shared(), run, true);
  });
}

}  // namespace
}  // namespace reactor::model
