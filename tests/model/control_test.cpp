// SPDX-License-Identifier: BSD-3-Clause
// Protocols N and W: whoever wants to know that a run is stopped is told, and no deadline is slept
// through.
#include <gtest/gtest.h>

#include <memory>

#include "engine/alarm.hpp"
#include "engine/queued_deadlines.hpp"
#include "engine/stop_notice.hpp"
#include "tests/model/explore.hpp"
#include "tests/model/model_run.hpp"

namespace reactor::model {
namespace {

constexpr auto seq_cst = std::memory_order_seq_cst;
constexpr auto relaxed = std::memory_order_relaxed;

// A source that is made while the run is being stopped is stopped, and sees why.
TEST(Notice, tells_each_source_once) {
  explore("notice: two ask while one stops", {{3, 2, 0}, 12'204, 500'000}, [] {
    using Notice = engine::StopNotice<Env>;
    Notice::Word word{0};
    Var<int> reason;
    auto const ask = [&] {
      Env::stop_source& source = Notice::source(word);
      if (source.requests->load(std::memory_order_acquire) != 0) {
        require(reason.get() == 1, "told to stop, but not why");
      }
      require(&Notice::source(word) == &source, "two sources of one run");
    };
    Env::thread first("first", ask);
    Env::thread second("second", ask);
    reason.set(1);
    Notice::stop(word);
    first.join();
    second.join();
    require(Notice::source(word).requests->load(relaxed) == 1, "told never, or twice");
    Notice::reset(word);
  });
}

// The later deadline of two is set first, or last, or while the sleeper looks.
TEST(Alarm, sleeps_through_no_deadline) {
  explore("alarm: two deadlines", {{3, 2, 0}, 277'599, 100'000}, [] {
    engine::Alarm<Env> alarm;
    std::array<Atomic<std::uint64_t>, 2> deadlines{engine::k_forever_ns, engine::k_forever_ns};
    std::array<bool, 2> kept{};
    Env::thread sleeper("sleeper", [&] {
      while (!kept[0] || !kept[1]) {
        alarm.sleep([&] {
          std::uint64_t earliest_ns = engine::k_forever_ns;
          for (std::size_t i = 0; i < 2; ++i) {
            std::uint64_t const deadline_ns = deadlines[i].load(seq_cst);
            if (deadline_ns <= Env::now_ns()) kept[i] = true;
            if (!kept[i]) earliest_ns = std::min(earliest_ns, deadline_ns);
          }
          return kept[0] && kept[1] ? 0 : earliest_ns;
        });
      }
    });
    auto const set = [&](std::size_t i, std::uint64_t deadline_ns) {
      deadlines[i].store(deadline_ns, seq_cst);
      alarm.expect(deadline_ns);
    };
    Env::thread other("other", [&] { set(1, 500'000); });
    set(0, 1'000'000);
    other.join();
    sleeper.join();
    require(Env::now_ns() < 2'000'000, "a deadline was slept through");
  });
}

// The end of the Reactor wakes the watchdog, whatever it is doing.
TEST(Alarm, ends_with_the_crew) {
  explore("alarm: ends with the crew", {{2, 2, 0}, 27'191, 100'000}, [] {
    engine::Crew<EnvWithoutWatch> crew(1, 0, "worker", {});
    crew.watch();
  });
}

// A run that is queued until its deadline comes.
class Queued final : public engine::QueuedDeadlines<Env>::Run {
 public:
  Var<int> job;
  bool is_late = false;
  bool has_left = false;

  bool needs_watch() const noexcept override { return !is_late; }
  void expire() noexcept override {
    require(job.get() == 1, "late before it was there");
    is_late = true;
  }
  void leave_list() noexcept override { has_left = true; }
};

void keep_two(bool is_earlier) {
  std::string const name = is_earlier ? "an earlier" : "a later";
  explore("deadlines: " + name + " one", {{3, 2, 0}, is_earlier ? 70'304u : 63'742u, 100'000},
          [is_earlier] {
            engine::Alarm<Env> alarm;
            engine::QueuedDeadlines<Env> deadlines;
            std::array<Queued, 2> runs;
            auto const are_over = [&] { return runs[0].has_left && runs[1].has_left; };
            Env::thread sleeper("sleeper", [&] {
              while (!are_over()) {
                alarm.sleep([&] {
                  std::uint64_t const next_ns = deadlines.look(Env::now_ns());
                  return are_over() ? 0 : next_ns;
                });
              }
            });
            auto const submit = [&](Queued& run, std::uint64_t in_ns) {
              run.job.set(1);
              std::uint64_t const deadline_ns = Env::now_ns() + in_ns;
              static_cast<void>(deadlines.push(run, deadline_ns));
              alarm.expect(deadline_ns);
            };
            submit(runs[0], is_earlier ? 20'000 : 100);
            submit(runs[1], 10'000);
            sleeper.join();
            require(runs[0].is_late && runs[1].is_late, "not ended");
          });
}

// Than the one that is planned: which comes while the sleeper plans, or has come by then.
TEST(QueuedDeadlines, are_kept) {
  keep_two(true);
  keep_two(false);
}

// One that comes in the middle of a look is there with all that belongs to it.
TEST(QueuedDeadlines, are_complete) {
  explore("deadlines: during a look", {{3, 2, 0}, 4'380, 100'000}, [] {
    engine::QueuedDeadlines<Env> deadlines;
    std::array<Queued, 2> runs;
    Env::thread watchdog("watchdog", [&] {
      while (!runs[0].has_left || !runs[1].has_left) {
        deadlines.look(1);
        Env::relax();
      }
    });
    for (Queued& run : runs) {
      run.job.set(1);
      static_cast<void>(deadlines.push(run, 1));
    }
    watchdog.join();
  });
}

using PlainEnv = EnvWithoutWatch;

// Tasks that go on until they are told to stop, in flight and queued.
TEST(Deadline, ends_a_run) {
  for (bool const helps : {true, false}) {
    explore(std::string("deadline: ends a run, ") + (helps ? "helps" : "waits"),
            {{2, 1, 0}, helps ? 5'788u : 504'277u, 100'000}, [helps] {
              SleepingCrew<PlainEnv> crew(1);
              crew.watch();
              ModelRun<PlainEnv> run(2);
              run.may_be_stopped = true;
              run.deadline_ns = PlainEnv::now_ns() + 10'000;
              run.in_task = [&](std::uint64_t, std::uint32_t) {
                run.wait_for_stop();
                return true;
              };
              auto const counts = run_and_check(crew.shared(), run, helps);
              require(counts.winner != 0, "the deadline was not kept");
            });
  }
}

// A deadline that comes when its run is over, or about to be, stops no other run of the same batch.
TEST(Deadline, stops_its_own_run_only) {
  explore("deadline: against the end of the run", {{3, 2, 0}, 273'669, 100'000}, [] {
    SleepingCrew<PlainEnv> crew(1);
    crew.watch();
    ModelRun<PlainEnv> late(1);
    late.may_be_stopped = true;
    late.deadline_ns = PlainEnv::now_ns() + 300;
    run_and_check(crew.shared(), late, true);
    ModelRun<PlainEnv> next(2);
    run_and_check(crew.shared(), next, true);
  });
}

// Who may stop a run, as std::stop_callback does it: at any time while this lives, never after.
class Canceller {
 public:
  explicit Canceller(engine::Batch<PlainEnv>& batch)
      : thread_("canceller", [&batch] { batch.stop(engine::ErrorLatch<PlainEnv>::k_cancelled); }) {}
  Canceller(Canceller const&) = delete;
  Canceller& operator=(Canceller const&) = delete;
  ~Canceller() { thread_.join(); }

 private:
  PlainEnv::thread thread_;
};

// Against the last task, against a failure, against a caller that falls asleep; and what is
// cancelled leaves nothing for the next run.
TEST(Cancel, at_any_time) {
  for (bool const helps : {true, false}) {
    for (bool const fails : {true, false}) {
      explore(
          std::string("cancel: ") + (helps ? "helps" : "waits") + (fails ? ", fails" : ""),
          {{2, 1, 0}, helps ? 87'399u : 322'200u, 100'000}, [helps, fails] {
            std::uint32_t const workers = helps ? 2 : 1;
            SleepingCrew<PlainEnv> crew(workers);
            ModelRun<PlainEnv> run(2);
            run.may_be_stopped = true;
            run.running_max = workers;
            run.in_task = [&](std::uint64_t i, std::uint32_t) { return !fails || i != 1; };
            engine::Caller<PlainEnv> caller(crew.shared(), workers, 0, helps);
            run.check(caller.run(run.job(), PlainEnv::now_ns(),
                                 [](engine::Batch<PlainEnv>& batch) { return Canceller(batch); }));
            ModelRun<PlainEnv> next(2);
            run_and_check(crew.shared(), next, helps);
          });
    }
  }
}

// A task waits for nothing but the stop: the caller, asleep, is told.
TEST(Cancel, reaches_who_waits) {
  explore("cancel: reaches who waits", {{2, 2, 0}, 174'437, 100'000}, [] {
    SleepingCrew<PlainEnv> crew(1);
    ModelRun<PlainEnv> run(1);
    run.may_be_stopped = true;
    run.in_task = [&](std::uint64_t, std::uint32_t) {
      run.wait_for_stop();
      return true;
    };
    engine::Caller<PlainEnv> caller(crew.shared(), 1, 0, false);
    auto const attach = [](engine::Batch<PlainEnv>& batch) { return Canceller(batch); };
    run.check(caller.run(run.job(), PlainEnv::now_ns(), attach));
  });
}

}  // namespace
}  // namespace reactor::model
