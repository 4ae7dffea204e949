// SPDX-License-Identifier: BSD-3-Clause
// Protocol G: a task that takes too long is its thread's or the watchdog's, never both's and never
// nobody's; and a thread that comes back late touches nothing that is gone.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "tests/model/explore.hpp"
#include "tests/model/model_run.hpp"
#include "tests/model/model_submission.hpp"

namespace reactor::model {
namespace {

using PlainEnv = EnvWithoutWatch;
using Batch = engine::Batch<PlainEnv>;
using Latch = engine::ErrorLatch<PlainEnv>;

constexpr std::uint64_t k_limit_ns = 10'000'000;

// As detail::OwnedRun: all that its tasks touch. Freed with the last share, and a touch after that
// is found by the checker.
class LimitedRun final : public Batch::RunOwner {
 public:
  struct Task {
    std::uint64_t i;
    Batch::Frame& frame;
  };

  LimitedRun(std::uint64_t tasks, bool stop_on_error) : tasks_(tasks), stops_(stop_on_error) {
    input_.set(1);
  }

  std::function<void(Task const&)> in_task;
  std::function<void()> on_given_up;  // on the watchdog's thread

  Batch::Job job(std::uint64_t timeout_ns = k_limit_ns) {
    // Slots are what give_up() gets; here it is the run itself.
    auto* const slots = reinterpret_cast<detail::Slots*>(this);
    Batch::Job job{this, &execute, slots, tasks_, stops_};
    job.is_controlled = true;
    job.timeout_ns = timeout_ns;
    job.owner = this;
    job.give_up = &give_up;
    return job;
  }

  void check(engine::RunCounts const& counts) const {
    std::uint64_t done = 0;
    std::uint64_t timed_out = 0;
    for (std::uint64_t i = 0; i < tasks_; ++i) {
      done += outcomes_[i].get() == k_done ? 1 : 0;
      timed_out += outcomes_[i].get() == k_timed_out ? 1 : 0;
      require(begun_[i] <= 1, "a task was run twice");
      require((begun_[i] == 1) == (outcomes_[i].get() != 0), "a task has begun and no outcome");
    }
    require(counts.timed_out == timed_out, "timeouts do not add up");
    require(counts.remaining == tasks_ - done - timed_out, "the counts do not add up");
    require(counts.winner != 0 || done + timed_out == tasks_, "a task was lost");
  }

 private:
  static constexpr int k_done = 1;
  static constexpr int k_timed_out = 2;

  // What detail::execute does.
  static void execute(void* context, std::uint64_t lo, std::uint64_t hi, Batch::Frame& frame) {
    auto& run = *static_cast<LimitedRun*>(context);
    for (std::uint64_t i = lo; i < hi; ++i) {
      frame.reached = i;
      if (frame.latch->winner.load(std::memory_order_relaxed) != 0) return;
      run.begun_at_ns_[i] = PlainEnv::now_ns();
      if (frame.seat != nullptr) frame.seat->begin(i);
      ++run.begun_[i];
      run.in_task({i, frame});
      require(run.input_.get() == 1, "a task's input is gone");
      if (frame.seat != nullptr && !frame.seat->end()) return;
      run.set(i, k_done);
      frame.reached = i + 1;
    }
  }

  static void give_up(Batch::Frame& frame, std::uint64_t i, std::uint64_t ran_ns,
                      std::uint64_t timeout_ns) {
    auto& run = *reinterpret_cast<LimitedRun*>(frame.slots);
    require(ran_ns >= timeout_ns && PlainEnv::now_ns() - run.begun_at_ns_[i] >= timeout_ns,
            "given up on early");
    run.set(i, k_timed_out);
    if (run.on_given_up) run.on_given_up();
  }

  void set(std::uint64_t i, int outcome) {
    require(outcomes_[i].get() == 0, "a task has two outcomes");
    outcomes_[i].set(outcome);
  }

  std::uint64_t const tasks_;
  bool const stops_;
  Var<int> input_;
  std::array<Var<int>, 4> outcomes_;
  std::array<int, 4> begun_{};
  std::array<std::uint64_t, 4> begun_at_ns_{};
};

using InTask = std::function<void(LimitedRun::Task const&)>;

struct Limits {
  std::uint64_t tasks;
  bool stop_on_error = false;
  std::uint64_t timeout_ns = k_limit_ns;
  bool caller_helps = false;
};

// As Core does it.
engine::RunCounts run_limited(engine::Shared<PlainEnv>& shared, Limits const& limits,
                              InTask const& in_task,
                              std::function<void()> const& on_given_up = {}) {
  auto* const run = new LimitedRun(limits.tasks, limits.stop_on_error);
  run->in_task = in_task;
  run->on_given_up = on_given_up;
  engine::Caller<PlainEnv> caller(shared, shared.workers, 0, limits.caller_helps);
  engine::RunCounts const counts = caller.run(run->job(limits.timeout_ns), PlainEnv::now_ns());
  run->check(counts);
  run->drop();
  return counts;
}

// Who hears nothing before it is let go.
struct Deaf {
  bool may_go = false;
  void hear_nothing() const {
    await([this] { return may_go; });
  }
};

using Crew = SleepingCrew<PlainEnv>;

// The straggler comes back while the run goes on, after it, or at the end of the Reactor.
TEST(GivenUp, the_run_goes_on_without_it) {
  for (bool const stop_on_error : {false, true}) {
    explore(std::string("given up: ") + (stop_on_error ? "stops" : "goes on"),
            {{1, 1, 0}, stop_on_error ? 353'938u : 209'059u, 100'000}, [stop_on_error] {
              Deaf deaf;
              Crew crew(1, 0, 2);
              crew.watch();
              auto const counts =
                  run_limited(crew.shared(), {2, stop_on_error}, [&](LimitedRun::Task const& task) {
                    if (task.i == 0) deaf.hear_nothing();
                  });
              require(counts.timed_out == 1, "not given up on");
              require((counts.winner != 0) == stop_on_error, "a timeout stops what it must not");
              deaf.may_go = true;
              run_limited(crew.shared(), {1}, [](LimitedRun::Task const&) {});
            });
  }
}

TEST(GivenUp, one_after_the_other_by_the_same_worker) {
  explore("given up: twice", {{1, 1, 0}, 14'393, 50'000}, [] {
    Deaf deaf;
    Crew crew(1, 0, 2);
    crew.watch();
    auto const counts = run_limited(crew.shared(), {3}, [&](LimitedRun::Task const& task) {
      require(crew.worker(0).batch() == nullptr,
              "a run would be nested in what its thread may leave");
      if (task.i != 1) deaf.hear_nothing();
    });
    require(counts.timed_out == 2, "not given up on");
    deaf.may_go = true;
  });
}

// What users do when a task is given up on takes its time, within one look: a task that begins
// meanwhile has only begun.
TEST(GivenUp, not_early_after_a_long_look) {
  explore("given up: a long look", {{1, 0, 0}, 70'656, 50'000}, [] {
    Deaf deaf;
    bool is_looking = false;
    bool has_begun = false;
    Crew crew(2, 0, 2);
    crew.watch();
    auto const in_task = [&](LimitedRun::Task const& task) {
      if (task.i == 0) return deaf.hear_nothing();
      if (task.i == 1) return await([&] { return is_looking; });
      has_begun = true;
      std::uint64_t const since_ns = PlainEnv::now_ns();
      while (PlainEnv::now_ns() - since_ns < k_limit_ns / 2) PlainEnv::relax();
    };
    run_limited(crew.shared(), {3}, in_task, [&] {
      if (is_looking) return;
      Checker::get().scheduler().advance_ns(2 * k_limit_ns);
      is_looking = true;
      await([&] { return has_begun; });
    });
    deaf.may_go = true;
  });
}

// It helps another run when it is given up on, and its number is its successor's from then on.
TEST(GivenUp, while_it_helps_another_run) {
  explore("given up: while it helps", {{1, 0, 0}, 17'426, 50'000}, [] {
    Crew crew(1, 0, 1);
    crew.watch();
    Handle handle(crew.shared(), 2);
    handle->run.running_max = 2;
    handle->run.in_task = [&](std::uint64_t i, std::uint32_t) {
      await([&] { return handle->run.was_begun(1 - i); });
      return true;
    };
    handle->share();
    run_limited(crew.shared(), {1}, [&handle, other = handle.submitted](LimitedRun::Task const&) {
      handle.submit(0);
      while (!other->await_end(1)) other->help([] { return false; });
      other->drop();
    });
    handle.await();
  });
}

// Its thread's end is news to the watchdog, for nobody else lets go of what is left of it.
TEST(GivenUp, a_thread_that_ends_is_noticed) {
  explore("given up: its end", {{1, 1, 0}, 343'853, 50'000}, [] {
    Crew crew(1, 0, 1);
    crew.watch();
    std::optional<Held> held(std::in_place);  // all that comes before is explored elsewhere
    run_limited(
        crew.shared(), {1},
        [&](LimitedRun::Task const& task) {
          while (!task.frame.seat->was_given_up()) PlainEnv::relax();
        },
        [&] { held.reset(); });
    while (crew.stragglers() != 0) PlainEnv::relax();
  });
}

// A caller that runs tasks itself is held by one that does not listen, but all else goes on.
TEST(GivenUp, on_the_callers_own_thread) {
  explore("given up: on the caller's thread", {{1, 1, 0}, 110'870, 100'000}, [] {
    Crew crew(2, 0, 0);
    crew.watch();
    auto const in_task = [&](LimitedRun::Task const& task) {
      if (task.frame.worker != 2) return;
      while (!task.frame.seat->was_given_up()) PlainEnv::relax();
    };
    auto const counts = run_limited(crew.shared(), {3, false, k_limit_ns, true}, in_task);
    require(counts.timed_out >= 1 && counts.remaining == 0, "not given up on");
    run_limited(crew.shared(), {2, false, k_limit_ns, true}, [](LimitedRun::Task const&) {});
  });
}

// The task ends when its time is over: one of the two has it.
TEST(GivenUp, result_against_timeout) {
  explore("given up: against the result", {{1, 1, 0}, 20'509, 200'000}, [] {
    Crew crew(1, 0, 1);
    crew.watch();
    run_limited(crew.shared(), {2, false, 1}, [](LimitedRun::Task const& task) {
      if (task.i == 0) Checker::get().scheduler().advance_ns(300'000);
      PlainEnv::yield();
    });
  });
}

// A task that wants the run's stop source while it is given up on: it gets it while there is one.
// What it has done by then, who gives it up on sees.
TEST(GivenUp, the_source_of_a_run_that_is_gone) {
  explore("given up: asks for the run's source", {{1, 1, 0}, 41'076, 100'000}, [] {
    Var<int> done;
    Crew crew(1, 0, 1);
    crew.watch();
    bool asked = false;
    auto const in_task = [&](LimitedRun::Task const& task) {
      Checker::get().scheduler().advance_ns(300'000);
      PlainEnv::yield();
      if (!task.frame.seat->pin()) return;
      engine::StopNotice<PlainEnv>::source(task.frame.latch->notice);
      done.set(1);
      asked = true;
      task.frame.seat->unpin();
    };
    run_limited(crew.shared(), {1, false, 1}, in_task, [&] {
      if (asked) done.get();
    });
    ModelRun<PlainEnv> next(1);  // forgets what the run before had
    run_and_check(crew.shared(), next, false);
  });
}

// Nobody is given up on by the limit of the run before.
TEST(GivenUp, not_by_an_older_limit) {
  explore("given up: not by an older limit", {{1, 2, 0}, 106'739, 100'000}, [] {
    Crew crew(1, 0, 1);
    crew.watch();
    {
      Held const held;
      run_limited(crew.shared(), {1, false, 1}, [](LimitedRun::Task const&) {});
    }
    run_limited(crew.shared(), {1}, [](LimitedRun::Task const&) {
      Checker::get().scheduler().advance_ns(300'000);
      PlainEnv::yield();
      Checker::get().scheduler().advance_ns(300'000);
      PlainEnv::yield();
    });
  });
}

// No thread to be had in its place: the run ends, the thread goes on when the task has ended.
TEST(GivenUp, without_a_thread_to_replace_it) {
  explore("given up: no thread", {{1, 1, 0}, 157'065, 100'000}, [] {
    Deaf deaf;
    Crew crew(1, 0, 0);
    crew.watch();
    auto const counts = run_limited(crew.shared(), {2}, [&](LimitedRun::Task const& task) {
      if (task.i == 0) deaf.hear_nothing();
    });
    require(counts.winner == Latch::k_no_thread, "went on without a thread");
    auto const refused = run_limited(crew.shared(), {1}, [](LimitedRun::Task const&) {});
    require(refused.winner == Latch::k_no_thread, "began without a thread");
    deaf.may_go = true;
    while (crew.shared().is_stuck()) PlainEnv::relax();
    auto const after = run_limited(crew.shared(), {1}, [](LimitedRun::Task const&) {});
    require(after.remaining == 0, "the thread did not go on");
  });
}

// A run that begins before, or while, the last thread gets stuck ends, too.
TEST(GivenUp, another_run_when_no_thread_is_left) {
  for (bool const begins_late : {false, true}) {
    explore(begins_late ? "given up: no thread for a later one" : "given up: no thread for another",
            {{1, 1, 0}, begins_late ? 64'518u : 75'334u, 100'000}, [begins_late] {
              Deaf deaf;
              Crew crew(1, 0, 0);
              crew.watch();
              bool may_begin = !begins_late;
              PlainEnv::thread other("caller", [&] {
                await([&] { return may_begin; });
                run_limited(crew.shared(), {1}, [](LimitedRun::Task const&) {});
              });
              auto const counts = run_limited(
                  crew.shared(), {1}, [&](LimitedRun::Task const&) { deaf.hear_nothing(); },
                  [&] { may_begin = true; });
              require(counts.winner == Latch::k_no_thread, "nobody was told");
              other.join();
              deaf.may_go = true;
            });
  }
}

// A thread that was stuck comes back when all ends: the watchdog goes as well.
TEST(GivenUp, the_stuck_one_comes_back_at_the_end) {
  explore("given up: back at the end", {{1, 3, 0}, 44'808, 100'000}, [] {
    Deaf deaf;
    Crew crew(1, 0, 0);
    {
      Held const held;
      crew.watch();
      run_limited(crew.shared(), {1}, [&](LimitedRun::Task const&) { deaf.hear_nothing(); });
    }
    deaf.may_go = true;
    crew.end();
  });
}

}  // namespace
}  // namespace reactor::model
