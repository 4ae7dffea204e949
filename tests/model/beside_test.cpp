// SPDX-License-Identifier: BSD-3-Clause
// A run gets its help, whatever those turn to that it saw awake.
#include <gtest/gtest.h>

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
  explore("beside: a worker that looked and went", {{2, 1, 0}, 1'273'689, 50'000}, [] {
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

// Worker 0 waits where it has looked for work in vain and not yet fallen asleep.
struct EnvWithWindow : model::Env {
  struct Window {
    bool is_armed = false;
    bool is_open = false;
    bool may_close = false;
  };
  static inline Window* window = nullptr;

  static std::uint64_t now_ns() noexcept {
    if (window->is_armed && std::string_view(scheduler().current().name) == "worker/0") {
      window->is_armed = false;
      window->is_open = true;
      await([] { return window->may_close; });
    }
    return model::Env::now_ns();
  }

 private:
  static Scheduler& scheduler() noexcept { return Checker::get().scheduler(); }
};

// A caller sees one worker search, and relies on it; but it is the one that this run benches, and
// it falls asleep. So it looks on behalf of who sleeps, at once: no watch makes up for it.
TEST(Beside, a_benched_worker_that_falls_asleep) {
  explore("beside: a benched worker falls asleep", {{0, 0, 0}, 1, 0}, [] {
    EnvWithWindow::Window window;
    EnvWithWindow::window = &window;
    SleepingCrew<EnvWithWindow> crew(2);
    ModelRun<EnvWithWindow> before(2);
    before.in_task = [&](std::uint64_t i, std::uint32_t worker) {
      await([&] { return before.was_begun(1 - i); });
      if (worker == 0) window.is_armed = true;
      return true;
    };
    run_and_check(crew.shared(), before, true, 1);
    await([&] { return window.is_open; });
    ModelRun<EnvWithWindow> run(2);
    run.in_task = [&](std::uint64_t i, std::uint32_t) {
      window.may_close = true;
      await([&] { return run.was_begun(1 - i); });
      return true;
    };
    std::uint64_t const began_ns = model::Env::now_ns();
    run_and_check(crew.shared(), run, true, 0);
    require(model::Env::now_ns() - began_ns < engine::k_watch_tick_ns / 2, "left to the watch");
  });
}

}  // namespace
}  // namespace reactor::model
