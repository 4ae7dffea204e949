// SPDX-License-Identifier: BSD-3-Clause
// Protocol L: a task that throws stops its run before its stack is unwound, which takes as long as
// it takes; and whatever it waits for meanwhile still comes.
#include <gtest/gtest.h>

#include "tests/model/explore.hpp"
#include "tests/model/model_submission.hpp"

namespace reactor::model {
namespace {

using Env = EnvWithoutWatch;
using Crew = SleepingCrew<Env>;
using Latch = engine::ErrorLatch<Env>;

bool fails(std::uint64_t, std::uint32_t) {
  return false;
}

TEST(Thrown, by_two) {
  explore("thrown: by two", {{3, 2, 0}, 190'846, 250'000}, [] {
    Crew crew(2);
    ModelRun<Env> run(2);
    run.in_task = fails;
    run.unwind = [](std::uint64_t) {};
    run_and_check(crew.shared(), run, true);
  });
}

// What fails meanwhile comes after it.
TEST(Thrown, before_another_fails) {
  explore("thrown: another fails meanwhile", {{3, 2, 0}, 218'916, 250'000}, [] {
    Crew crew(2);
    ModelRun<Env> run(2);
    run.in_task = [&](std::uint64_t i, std::uint32_t) {
      if (i == 0) await([&] { return run.was_begun(1); });
      if (i == 1) run.wait_for_stop();
      return false;
    };
    run.unwind = [&](std::uint64_t i) {
      if (i == 0) await([&] { return run.has_ended(1); });
    };
    engine::RunCounts const counts = run_and_check(crew.shared(), run, true);
    require(counts.winner == 1, "not the first to throw");
  });
}

// That other one gives notice, as its own thread cannot yet.
TEST(Thrown, waits_for_notice) {
  explore("thrown: waits for notice", {{2, 2, 0}, 17'396, 250'000}, [] {
    Crew crew(2);
    ModelRun<Env> run(2);
    run.in_task = [&](std::uint64_t i, std::uint32_t) {
      await([&] { return i == 0 ? run.was_begun(1) : run.has_thrown(); });
      return false;
    };
    run.unwind = [&](std::uint64_t i) {
      if (i == 0) run.wait_for_notice();
    };
    run_and_check(crew.shared(), run, true);
  });
}

// Of two tasks one ends, perhaps when nobody has anything else to do, and the other is unwound
// until the run is stopped from outside.
void end_one_and_throw(ModelRun<Env>& run) {
  run.may_be_stopped = true;
  run.in_task = [](std::uint64_t i, std::uint32_t) { return i == 0; };
  run.unwind = [&run](std::uint64_t) { run.wait_for_stop(Latch::k_reasons_from); };
}

TEST(Thrown, until_the_deadline) {
  for (bool const helps : {true, false}) {
    explore(std::string("thrown: until the deadline, ") + (helps ? "helps" : "waits"),
            {{1, 1, 0}, helps ? 4'954u : 95'878u, 100'000}, [helps] {
              Crew crew(2);
              crew.watch();
              ModelRun<Env> run(2);
              end_one_and_throw(run);
              run.deadline_ns = Env::now_ns() + 10'000;
              auto const counts = run_and_check(crew.shared(), run, helps);
              require(counts.winner == Latch::k_deadline_exceeded, "the deadline was not kept");
            });
  }
}

TEST(Thrown, until_it_is_cancelled) {
  explore("thrown: until it is cancelled", {{2, 1, 0}, 129'620, 100'000}, [] {
    Crew crew(2);
    Handle handle(crew.shared(), 2);
    end_one_and_throw(handle->run);
    handle.submit(2);
    await([&] { return handle->run.has_thrown(); });
    handle->cancel(Latch::k_cancelled);
    require(handle.await().winner == Latch::k_cancelled, "it was not cancelled");
  });
}

// A stream stops its parts for what one has met, which may be what this task has caused: so it
// gives notice, but is not what the part was stopped by.
TEST(Thrown, until_its_stream_is_stopped) {
  explore("thrown: until its stream is stopped", {{2, 1, 0}, 146'975, 100'000}, [] {
    Crew crew(2);
    Handle handle(crew.shared(), 2);
    handle->run.may_be_stopped = true;
    handle->run.in_task = [](std::uint64_t i, std::uint32_t) { return i == 0; };
    handle->run.unwind = [&](std::uint64_t) { handle->run.wait_for_notice(); };
    handle.submit(2);
    await([&] { return handle->run.has_thrown(); });
    handle->cancel(Latch::k_with_stream);
    require(handle.await().winner == 2, "not the one that was being unwound");
  });
}

// From then on its deadline is none of its stream's, either.
TEST(Thrown, past_its_streams_deadline) {
  explore("thrown: past its stream's deadline", {{1, 1, 0}, 66'739, 100'000}, [] {
    Crew crew(2);
    crew.watch();
    Handle handle(crew.shared(), 2);
    std::uint64_t const deadline_ns = Env::now_ns() + 10'000;
    handle->run.deadline_ns = deadline_ns;
    handle->run.may_be_stopped = true;
    handle->run.in_task = [](std::uint64_t i, std::uint32_t) { return i == 0; };
    handle->run.unwind = [&](std::uint64_t) {
      handle->run.wait_for_notice();
      while (Env::now_ns() <= deadline_ns) Env::relax();
    };
    handle.submit(2);
    await([&] { return handle->run.has_thrown() || Env::now_ns() >= deadline_ns; });
    handle->cancel(Latch::k_with_stream);
    bool const was_in_time = Env::now_ns() < deadline_ns;
    require(handle.await().winner == 2 || !was_in_time, "not the one that was being unwound");
  });
}

}  // namespace
}  // namespace reactor::model
