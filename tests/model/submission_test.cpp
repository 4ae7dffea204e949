// SPDX-License-Identifier: BSD-3-Clause
// Protocol Q: what was submitted ends once, whoever begins it, cancels it, waits for it or lets go
// of it.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "engine/submission.hpp"
#include "tests/model/explore.hpp"
#include "tests/model/model_run.hpp"
#include "tests/model/model_submission.hpp"

namespace reactor::model {
namespace {

using PlainEnv = EnvWithoutWatch;
using Shared = engine::Shared<PlainEnv>;
using Crew = SleepingCrew<PlainEnv>;
using Latch = engine::ErrorLatch<PlainEnv>;

bool never() {
  return false;
}

TEST(Submission, from_beginning_to_end) {
  for (std::uint32_t const workers : {1u, 2u}) {
    explore("submit: " + std::to_string(workers) + " workers",
            {{2, 2, 0}, workers == 1 ? 5'897u : 129'717u, 100'000}, [workers] {
              Crew crew(workers);
              Handle handle(crew.shared(), 2);
              handle.submit(workers);
              require(handle.await().remaining == 0, "a task was not run");
            });
  }
}

// A failure stops it: who leaves last ends it.
TEST(Submission, that_fails) {
  explore("submit: fails", {{2, 2, 0}, 77'501, 100'000}, [] {
    Crew crew(2);
    Handle handle(crew.shared(), 3);
    handle->run.in_task = [](std::uint64_t i, std::uint32_t) { return i != 0; };
    handle.submit(2);
    require(handle.await().winner == 1, "it was not stopped");
  });
}

// Each task waits for the one before: whoever runs it never keeps that one from running.
TEST(Submission, in_order) {
  explore("submit: in order", {{1, 1, 0}, 459, 100'000}, [] {
    Crew crew(2);
    Handle handle(crew.shared(), 7);
    ModelRun<PlainEnv>& run = handle->run;
    run.in_order = true;
    run.in_task = [&run](std::uint64_t i, std::uint32_t) {
      if (i != 0) await([&run, i] { return run.has_ended(i - 1); });
      return true;
    };
    handle.submit(2);
    require(handle.await().remaining == 0, "a task was not run");
  });
}

TEST(Submission, two_at_once) {
  explore("submit: two", {{2, 2, 0}, 24'664, 100'000}, [] {
    Crew crew(1);
    Handle first(crew.shared(), 1);
    Handle second(crew.shared(), 2);
    first.submit(1);
    second.submit(1);
    second.await();
    first.await();
  });
}

// Who helped a caller is still on its way out of the batch.
TEST(Submission, in_the_batch_of_a_run) {
  explore("submit: after a run", {{2, 0, 0}, 78'536, 100'000}, [] {
    Crew crew(2);
    ModelRun<PlainEnv> run(2);
    run_and_check(crew.shared(), run, false);
    Handle handle(crew.shared(), 1);
    handle.submit(2);
    require(handle.await().remaining == 0, "a task was not run");
  });
}

TEST(Submission, cancel_against_the_last_task) {
  explore("submit: cancel", {{2, 2, 0}, 289'669, 200'000}, [] {
    Crew crew(1);
    Handle handle(crew.shared(), 2);
    handle->share();
    PlainEnv::thread other("canceller", [run = handle.submitted] {
      run->cancel(Latch::k_cancelled);
      run->drop();
    });
    handle.submit(1);
    auto const counts = handle.await();
    require(counts.winner == Latch::k_cancelled || counts.remaining == 0, "cut short");
    other.join();
  });
}

struct Late {
  char const* name;
  bool is_behind_another;  // which ends only after it
  std::uint64_t deadline_ns;
  std::uint64_t executions;
};

TEST(Submission, that_has_a_deadline) {
  for (Late const& kind :
       {Late{"before its turn", true, 10'000, 86'043}, Late{"about its turn", false, 300, 92'170},
        Late{"long after its end", false, 1'000'000'000, 92'170}}) {
    explore(std::string("submit: late ") + kind.name, {{2, 0, 0}, kind.executions, 100'000}, [&] {
      Crew crew(1);
      crew.watch();
      Handle first(crew.shared(), 1);
      Handle late(crew.shared(), 1);
      first->run.in_task = [&](std::uint64_t, std::uint32_t) {
        while (kind.is_behind_another && !late->is_over()) PlainEnv::relax();
        return true;
      };
      late->run.deadline_ns = PlainEnv::now_ns() + kind.deadline_ns;
      first.submit(1);
      late.submit(1);
      auto const counts = late.await();
      require(counts.winner == Latch::k_deadline_exceeded || counts.remaining == 0, "cut short");
      require(!kind.is_behind_another || counts.remaining == 1, "ran before its turn");
      first.await();
    });
  }
}

// A task that waits for it would wait for ever if it were lost.
TEST(Submission, a_cancel_is_never_lost) {
  explore("submit: waits to be cancelled", {{2, 2, 0}, 108'791, 100'000}, [] {
    Crew crew(1);
    Handle handle(crew.shared(), 2);
    handle->run.in_task = [&handle](std::uint64_t, std::uint32_t) {
      handle->run.wait_for_stop();
      return true;
    };
    handle->share();
    PlainEnv::thread other("canceller", [run = handle.submitted] {
      run->cancel(Latch::k_cancelled);
      run->drop();
    });
    handle.submit(1);
    require(handle.await().winner == Latch::k_cancelled, "not cancelled");
    other.join();
  });
}

// The one who cancels it may be interrupted before it is over: by who keeps deadlines, say.
TEST(Submission, cancelled_about_its_deadline) {
  explore("submit: cancelled about its deadline", {{1, 1, 0}, 6'897, 100'000}, [] {
    Crew crew(1);
    crew.watch();
    Handle first(crew.shared(), 1);
    Handle late(crew.shared(), 1);
    first->run.in_task = [&late](std::uint64_t, std::uint32_t) {
      while (!late->is_over()) PlainEnv::relax();
      return true;
    };
    late->run.deadline_ns = PlainEnv::now_ns() + 300;
    first.submit(1);
    late.submit(1);
    late->cancel(Latch::k_with_stream);
    std::uint64_t const winner = late.await().winner;
    require(winner == Latch::k_with_stream || winner == Latch::k_deadline_exceeded,
            "not cut short");
    first.await();
  });
}

// Whichever comes first, it does not wait for its turn.
TEST(Submission, cancelled_while_it_is_submitted) {
  explore("submit: cancelled meanwhile", {{2, 2, 0}, 783'963, 200'000}, [] {
    Crew crew(1);
    Handle first(crew.shared(), 1);
    Handle late(crew.shared(), 1);
    first->run.in_task = [&late](std::uint64_t, std::uint32_t) {
      while (!late->is_over()) PlainEnv::relax();
      return true;
    };
    first.submit(1);
    late->share();
    PlainEnv::thread other("canceller", [run = late.submitted] {
      run->cancel(Latch::k_cancelled);
      run->drop();
    });
    late.submit(1);
    other.join();
    require(late->is_over() && late->counts().winner == Latch::k_cancelled, "not cancelled");
    first.await();
  });
}

// As it is when the last handle goes, with the Reactor close behind.
TEST(Submission, cancelled_and_left_at_the_end) {
  explore("submit: left", {{2, 2, 0}, 35'771, 200'000}, [] {
    Crew crew(1);
    {
      Handle handle(crew.shared(), 2);
      handle.submit(1);
      handle->cancel(Latch::k_cancelled);
      handle.await();
    }
    crew.end();
  });
}

// The Reactor goes as soon as its owner knows that the run is over, which another thread ends.
TEST(Submission, ended_by_another_at_the_end) {
  explore("submit: ended by another", {{2, 2, 0}, 1'868, 100'000}, [] {
    auto crew = std::make_unique<Crew>(1);
    Handle handle(crew->shared(), 1);
    handle->cancel(Latch::k_cancelled);
    PlainEnv::thread other("other", [&] { handle.submit(1); });  // which ends it
    handle.await();
    crew->end();
    other.join();
  });
}

// The same, before who has submitted it is through.
TEST(Submission, ended_while_it_is_submitted) {
  explore("submit: ended meanwhile", {{2, 2, 0}, 16'962, 100'000}, [] {
    auto crew = std::make_unique<Crew>(1);
    Handle handle(crew->shared(), 1);
    PlainEnv::thread other("other", [&] { handle.submit(1); });
    handle->cancel(Latch::k_cancelled);
    handle.await();
    crew->end();
    other.join();
  });
}

// By whoever leaves last, which may be another worker than the one that has taken it.
TEST(Submission, tells_at_the_end) {
  explore("submit: tells at the end", {{2, 0, 0}, 286'085, 100'000}, [] {
    auto crew = std::make_unique<Crew>(2);
    Listener listener;
    {
      Handle handle(crew->shared(), 2);
      handle->listener = &listener;
      handle.submit(2);
      handle.await();
    }
    crew->end();
    require(listener.was_told.get() == 1, "was not told");
  });
}

// What a run owns goes with it, on a worker's thread, and may take its time there: a worker that
// has found nothing to do must not be counted on meanwhile.
TEST(Submission, whose_end_waits_for_another) {
  explore("submit: its end waits for another", {{2, 0, 0}, 10'813, 100'000}, [] {
    Crew crew(2);
    Handle other(crew.shared(), 1);
    Handle handle(crew.shared(), 2);
    handle->at_end = [&] {
      other.submit(2);
      other.await();
    };
    handle.submit(2);
    handle.await();
  });
}

// Those that follow on each other's ends come first, but leave the others their turn.
struct Follower final : engine::InboxItem<PlainEnv> {
  Begun begin(std::uint32_t, engine::Counters<PlainEnv>&) override {
    in_turn();
    return {};
  }
  void refuse() noexcept override {}
  std::function<void()> in_turn;
};

TEST(Submission, that_is_followed_for_long) {
  explore("submit: followed for long", {{2, 0, 0}, 17'746, 100'000}, [] {
    Crew crew(1);
    std::array<Follower, 8> chain;
    Follower other;
    bool is_there = false;
    bool has_begun = false;
    std::size_t ahead = 0;
    for (std::size_t i = 0; i < chain.size(); ++i) {
      chain[i].in_turn = [&, i] {
        if (is_there && !has_begun) ++ahead;
        if (i + 1 < chain.size()) crew.shared().submit_first(chain[i + 1], 0);
      };
    }
    other.in_turn = [&] { has_begun = true; };
    crew.shared().submit_first(chain[0], 1);
    crew.shared().submit(other, 1);
    is_there = true;
    crew.end();
    require(has_begun, "was lost");
    require(ahead <= PlainEnv::k_items_a_turn, "had to wait for all that follow");
  });
}

TEST(Submission, that_nobody_waits_for) {
  explore("submit: nobody waits", {{2, 2, 0}, 141'470, 100'000}, [] {
    Crew crew(1);
    { Handle(crew.shared(), 2).submit(1); }
    crew.end();
  });
}

// Every worker is in a task that waits for it.
TEST(Submission, waited_for_in_a_task) {
  explore("submit: waited for in a task", {{2, 2, 0}, 12'378, 100'000}, [] {
    Crew crew(1);
    Handle outer(crew.shared(), 1);
    Shared& shared = crew.shared();
    outer->run.in_task = [&shared](std::uint64_t, std::uint32_t self) {
      Handle inner(shared, 2);
      inner.submit(self);
      while (!inner->await_end(1)) inner->help(never);
      return inner.await().remaining == 0;
    };
    outer.submit(1);
    require(outer.await().failed == 0, "the run inside was cut short");
  });
}

// And one after the other: what the inbox keeps of them does not become more.
TEST(Submission, several_waited_for_in_a_task) {
  explore("submit: several in a task", {{1, 1, 0}, 211, 100'000}, [] {
    Crew crew(1);
    Handle outer(crew.shared(), 1);
    Shared& shared = crew.shared();
    outer->run.in_task = [&shared](std::uint64_t, std::uint32_t self) {
      for (int i = 0; i < 3; ++i) {
        Handle inner(shared, 1);
        inner.submit(self);
        while (!inner->await_end(1)) inner->help(never);
        require(shared.inbox.size_approx() <= 1, "the inbox keeps what is over");
        Handle cancelled(shared, 1);
        cancelled.submit(self);
        cancelled->cancel(Latch::k_cancelled);
        require(shared.inbox.size_approx() <= 1, "the inbox keeps what was cancelled");
      }
      return true;
    };
    outer.submit(1);
    require(outer.await().failed == 0, "the run inside was cut short");
  });
}

// By a task of another Reactor, whose thread is one more.
TEST(Submission, helped_from_outside) {
  explore("submit: helped from outside", {{2, 2, 0}, 142'517, 100'000}, [] {
    Crew crew(1);
    Handle handle(crew.shared(), 3);
    handle->run.running_max = 2;
    handle.submit(1);
    while (!handle->await_end(1)) handle->help(never);
    require(handle.await().remaining == 0, "a task was not run");
  });
}

// They have one place among them, and with it what is a caller's.
TEST(Submission, helped_by_two_from_outside) {
  explore("submit: helped by two from outside", {{2, 0, 0}, 171'750, 100'000}, [] {
    Crew crew(1);
    Handle handle(crew.shared(), 3);
    handle->run.running_max = 2;
    handle.submit(1);
    auto const help = [&] {
      while (!handle->await_end(1)) handle->help(never);
    };
    PlainEnv::thread other("other", help);
    help();
    require(handle.await().remaining == 0, "a task was not run");
    other.join();
  });
}

// It has had enough after each block, and leaves the rest where others find it.
TEST(Submission, helped_for_a_while) {
  explore("submit: helped for a while", {{2, 1, 0}, 18'393, 100'000}, [] {
    Crew crew(1);
    Handle handle(crew.shared(), 3);
    handle->run.running_max = 2;
    handle.submit(1);
    handle->help([] { return true; });
    require(handle.await().remaining == 0, "a task was not run");
  });
}

TEST(Submission, when_the_last_worker_is_lost) {
  explore("submit: deserted", {{2, 1, 1}, 48'120, 100'000}, [] {
    Crew crew(1);
    Handle first(crew.shared(), 2, false);
    Handle second(crew.shared(), 1);
    first->run.in_task = [](std::uint64_t i, std::uint32_t) -> bool {
      if (i == 0) throw ThreadEnds();
      return true;
    };
    first.submit(1);
    second.submit(1);
    first.await();
    second.await();
  });
}

}  // namespace
}  // namespace reactor::model
