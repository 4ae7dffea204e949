// SPDX-License-Identifier: BSD-3-Clause
// A run is over for the Reactor before its caller has left it. From then on another thread may
// destroy the Reactor, also while the caller stands still, wherever that is: so each test has the
// caller stand still after each of its instructions, and no memory of the Reactor's can be touched
// once it is gone (walled_heap.cpp).
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <ranges>
#include <semaphore>
#include <stop_token>
#include <thread>
#include <utility>

#include "reactor/reactor.hpp"
#include "rendezvous.hpp"
#include "single_step.hpp"

using namespace std::chrono_literals;
using reactor::Options;
using reactor::Reactor;
using reactor::RunOptions;

namespace {

// A Reactor that another thread destroys from when the last task is about to end.
class Leaving {
 public:
  explicit Leaving(Options options) : reactor_(std::make_unique<Reactor>(std::move(options))) {
    // What is done once is done, symbols are bound, and the watchdog is up: a thread that is begun
    // by one that steps would do so too.
    auto const deadline = std::chrono::steady_clock::now() + 1h;
    reactor_->run(4, [](std::size_t) {}, {.deadline = deadline});
  }

  // On the thread that made this; run(reactor) makes a run in which the last task calls end().
  template <class Run>
  void run(Run const& run) {
    steps_.begin();
    run(*reactor_);
    EXPECT_TRUE(is_gone_) << "the Reactor lived until its caller had left";
  }
  void end() {
    ending_.open();
    is_ending_ = true;
  }

 private:
  // Until the Reactor is gone; or lives, for ~Reactor looks every millisecond.
  bool stand() {
    is_gone_ = is_gone_ || (is_ending_ && gone_.try_acquire_for(1250us));
    return !is_gone_;
  }

  std::unique_ptr<Reactor> reactor_;
  std::atomic<bool> is_ending_{false};
  bool is_gone_ = false;
  std::binary_semaphore gone_{0};
  Gate ending_;
  SingleStep steps_{[this] { return stand(); }};
  std::jthread destroyer_{[this] {
    ending_.wait();
    reactor_.reset();
    gone_.release();
  }};
};

TEST(Leaving, ARunOfOneTask) {
  Leaving leaving({.parallelism = 2});
  leaving.run([&](Reactor& reactor) { reactor.run(1, [&](std::size_t) { leaving.end(); }); });
}

TEST(Leaving, ARunThatNobodyHelpedWith) {
  Leaving leaving({.parallelism = 2});
  leaving.run([&](Reactor& reactor) {
    reactor.run(16, [&](std::size_t i) {
      if (i == 15) leaving.end();
    });
  });
}

TEST(Leaving, ARunThatAWorkerHelpedWith) {
  Leaving leaving({.parallelism = 2});
  Rendezvous both(2);
  std::atomic<int> left{2};
  leaving.run([&](Reactor& reactor) {
    reactor.run(2, [&](std::size_t) {
      both.arrive_and_wait();
      if (left.fetch_sub(1) == 1) leaving.end();
    });
  });
}

TEST(Leaving, ARunThatTheCallerOnlyWaitedFor) {
  Leaving leaving({.parallelism = 2, .caller_participates = false});
  leaving.run([&](Reactor& reactor) { reactor.run(1, [&](std::size_t) { leaving.end(); }); });
}

TEST(Leaving, ARunWithADeadlineAndAStopToken) {
  Leaving leaving({.parallelism = 2});
  std::stop_source stop;
  leaving.run([&](Reactor& reactor) {
    reactor.run(2,
                [&](std::size_t i) {
                  if (i == 1) leaving.end();
                },
                {.deadline = std::chrono::steady_clock::now() + 1h, .stop = stop.get_token()});
  });
}

TEST(Leaving, ARunThatWasCancelled) {
  Leaving leaving({.parallelism = 2});
  std::stop_source stop;
  leaving.run([&](Reactor& reactor) {
    EXPECT_THROW(reactor.run(4,
                             [&](std::size_t) {
                               stop.request_stop();
                               leaving.end();
                             },
                             {.stop = stop.get_token()}),
                 reactor::Cancelled);
  });
}

TEST(Leaving, AFailedRun) {
  for (bool const stop_on_error : {true, false}) {
    Leaving leaving({.stop_on_error = stop_on_error, .parallelism = 2});
    leaving.run([&](Reactor& reactor) {
      try {
        reactor.run(1, [&](std::size_t) -> reactor::Expected<int> {
          reactor::Unexpected no("no");
          leaving.end();
          return no;
        });
      } catch (reactor::TaskError const&) {
        EXPECT_TRUE(stop_on_error);
      }
    });
  }
}

TEST(Leaving, ARunOfTasksThatComeOneByOne) {
  Leaving leaving({.parallelism = 2});
  leaving.run([&](Reactor& reactor) {
    auto const tasks = std::views::iota(0, 3);
    reactor.run(reactor::lazy(tasks), [&](int i) {
      if (i == 2) leaving.end();
    });
  });
}

// What is handed over may be over before the thread that hands it over is through.
TEST(Leaving, ACallThatIsPosted) {
  Leaving leaving({.parallelism = 2});
  leaving.run([&](Reactor& reactor) { reactor.post([&] { leaving.end(); }); });
}

TEST(Leaving, ACallThatIsSubmitted) {
  Leaving leaving({.parallelism = 2});
  leaving.run(
      [&](Reactor& reactor) { auto const future = reactor.submit([&] { leaving.end(); }); });
}

TEST(Leaving, ARunThatIsSubmitted) {
  reactor::Batch<void> batch;
  Leaving leaving({.parallelism = 2});
  leaving.run([&](Reactor& reactor) {
    batch = reactor.submit(1, [&](std::size_t) { leaving.end(); },
                           {.deadline = std::chrono::steady_clock::now() + 1h});
  });
}

TEST(Leaving, ARunThatIsSubmittedAndCancelled) {
  reactor::Batch<void> batch;
  std::stop_source stop;
  Leaving leaving({.parallelism = 2});
  leaving.run([&](Reactor& reactor) {
    batch = reactor.submit(1,
                           [&](std::size_t) {
                             stop.request_stop();
                             leaving.end();
                           },
                           {.stop = stop.get_token()});
  });
}

// The run is queued behind a call that goes on until the run's action has been destroyed; whoever
// listens for its end is told after that.
TEST(Leaving, ACancellationThatEndsARun) {
  reactor::Batch<void> batch;
  std::stop_source stop;
  Gate is_over;
  Leaving leaving({.parallelism = 1});
  leaving.run([&](Reactor& reactor) {
    reactor.post([&] { is_over.wait(); });
    std::shared_ptr<void> ending(nullptr, [&](void*) {
      is_over.open();
      leaving.end();
    });
    batch =
        reactor.submit(1, [ending = std::move(ending)](std::size_t) {}, {.stop = stop.get_token()});
    batch.on_complete([](reactor::Summary const&) {});
    stop.request_stop();
  });
}

// Who waits for a call may do so while the Reactor goes: it stands still after as many instructions
// as it takes to fall asleep, and one more each time.
TEST(Leaving, TheWaitForAFuture) {
  bool was_asleep = false;
  for (int at = 1; !was_asleep; ++at) {
    auto reactor = std::make_unique<Reactor>(Options{.parallelism = 1, .spin = 0ns});
    Gate may_end;
    auto future = reactor->submit([&] { may_end.wait(); });
    int step = 0;
    SingleStep steps([&] {
      if (++step != at) return step < at;
      may_end.open();
      reactor.reset();
      return false;
    });
    steps.begin();
    was_asleep = !future.wait_for(20ms);
    may_end.open();
  }
}

}  // namespace
