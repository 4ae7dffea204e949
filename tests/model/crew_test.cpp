// SPDX-License-Identifier: BSD-3-Clause
// Protocol C: all threads or none, none lost in the middle, and an end that waits for what is going
// on.
#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

#include "engine/crew.hpp"
#include "tests/model/explore.hpp"
#include "tests/model/model_run.hpp"

namespace reactor::model {
namespace {

using Env = EnvWithoutWatch;
using Crew = engine::Crew<Env>;

TEST(Construction, and_the_end) {
  explore("crew: 2 workers, no run", {{2, 2, 0}, 548'098, 100'000},
          [] { Crew crew(2, 0, "w", {}); });
  explore("crew: 2 workers, watched, no run", {{2, 1, 0}, 208'674, 100'000},
          [] { engine::Crew<model::Env> crew(2, 0, "w", {}); });
}

// What is left behind would be a leak, a thread that nobody joins, or a deadlock.
TEST(Construction, fails_as_a_whole_when_a_thread_is_not_to_be_had) {
  explore("crew: no thread to be had", {{2, 2, 1}, 548'129, 100'000}, [] {
    try {
      Crew crew(2, 0, "worker", {});
    } catch (std::system_error const&) {
    }
  });
}

TEST(Construction, fails_as_a_whole_when_a_hook_throws) {
  explore("crew: a hook throws", {{3, 2, 0}, 502'975, 100'000}, [] {
    bool thrown = false;
    int exits = 0;
    try {
      Crew crew(2, 0, "worker",
                {[](engine::Worker<Env> const& worker) {
                   if (worker.self() == 1) throw std::runtime_error("hook");
                 },
                 [&](std::uint32_t self) {
                   require(self == 0, "an exit without a start");
                   ++exits;
                 }});
    } catch (std::runtime_error const&) {
      thrown = true;
    }
    require(exits == 1, "a start without an exit");
    require(thrown, "the hook's error was lost");
  });
}

// The destructor begins while another thread is in the middle of a run, and knows that it is.
void end_during(std::uint32_t workers, bool is_solo, bool helps) {
  Atomic<bool> has_begun{false};
  std::optional<Env::thread> other;
  {
    SleepingCrew<Env> crew(workers);
    other.emplace("caller", [&] {
      ModelRun<Env> run(2);
      run.running_max = workers;
      run.in_task = [&](std::uint64_t, std::uint32_t) {
        has_begun.store(true, std::memory_order_release);
        return true;
      };
      engine::Caller<Env> caller(crew.shared(), workers, 0, helps);
      run.check(is_solo ? caller.run_alone(run.job()) : caller.run(run.job(), Env::now_ns()));
    });
    while (!has_begun.load(std::memory_order_acquire)) Env::relax();
    crew.end();
  }
  other->join();
}

TEST(End, waits_for_a_run) {
  explore("crew: end during a run, helps", {{2, 1, 0}, 318'679, 150'000},
          [] { end_during(2, false, true); });
  explore("crew: end during a run, waits", {{2, 1, 0}, 360'912, 150'000},
          [] { end_during(1, false, false); });
  explore("crew: end during a solo run", {{2, 2, 0}, 466, 100'000},
          [] { end_during(1, true, true); });
}

// A task ends its worker's thread; perhaps there is no other to be had.
TEST(Replacement, of_a_thread_that_a_task_has_ended) {
  for (int const faults : {0, 1}) {
    explore("crew: a task ends its thread, faults " + std::to_string(faults),
            {{2, 1, faults}, faults == 0 ? 60'031u : 77'971u, 150'000}, [] {
              try {
                Crew crew(1, 0, "worker", {});
                ModelRun<Env> run(2, false);
                run.in_task = [&](std::uint64_t i, std::uint32_t worker) {
                  if (i == 0 && worker == 0) throw ThreadEnds();
                  return true;
                };
                run_and_check(crew.shared(), run, false);
              } catch (std::system_error const&) {  // at construction
              }
            });
  }
}

// Each leaves the rest of a block behind: that must not fill its queue.
TEST(Replacement, of_one_thread_after_the_other) {
  explore("crew: thread after thread ends", {{2, 1, 0}, 233'157, 150'000}, [] {
    SleepingCrew<EnvWithLittleRoom> crew(1);
    ModelRun<EnvWithLittleRoom> run(8, false);
    run.in_task = [&](std::uint64_t i, std::uint32_t) {
      Checker::get().scheduler().advance_ns(engine::k_block_min_ns / 2);  // two tasks a block
      if (i == 1 || i == 3 || i == 5) throw ThreadEnds();
      return true;
    };
    run_and_check(crew.shared(), run, false);
  });
}

}  // namespace
}  // namespace reactor::model
