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

  // On the thread that made this; run(reactor) makes a run in which the last task calls end(). Was
  // the Reactor gone before its caller was back?
  template <class Run>
  bool run(Run const& run) {
    steps_.begin();
    run(*reactor_);
    return is_gone_;
  }
  void end() {
    ending_.open();
    is_ending_ = true;
  }

 private:
  // Until the Reactor is gone; or lives: ~Reactor looks every millisecond, and joins its threads.
  bool stand() {
    is_gone_ = is_gone_ || (is_ending_ && gone_.try_acquire_for(2ms));
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

// run(leaving, reactor), again until it was gone in time: how long it takes to go is the system's.
template <class Run>
void leave(Options const& options, Run const& run) {
  auto const give_up = std::chrono::steady_clock::now() + k_hang_bound;
  for (bool was_gone = false; !was_gone;) {
    ASSERT_LT(std::chrono::steady_clock::now(), give_up) << "it lives until its caller has left";
    Leaving leaving(options);
    was_gone = leaving.run([&](Reactor& reactor) { run(leaving, reactor); });
  }
}

TEST(Leaving, ARunOfOneTask) {
  leave({.parallelism = 2}, [&](Leaving& leaving, Reactor& reactor) {
    reactor.run(1, [&](std::size_t) { leaving.end(); });
  });
}

TEST(Leaving, ARunThatNobodyHelpedWith) {
  leave({.parallelism = 2}, [&](Leaving& leaving, Reactor& reactor) {
    reactor.run(16, [&](std::size_t i) {
      if (i == 15) leaving.end();
    });
  });
}

TEST(Leaving, ARunThatAWorkerHelpedWith) {
  leave({.parallelism = 2}, [&](Leaving& leaving, Reactor& reactor) {
    Rendezvous both(2);
    std::atomic<int> left{2};
    reactor.run(2, [&](std::size_t) {
      both.arrive_and_wait();
      if (left.fetch_sub(1) == 1) leaving.end();
    });
  });
}

TEST(Leaving, ARunThatTheCallerOnlyWaitedFor) {
  leave({.parallelism = 2, .caller_participates = false}, [&](Leaving& leaving, Reactor& reactor) {
    reactor.run(1, [&](std::size_t) { leaving.end(); });
  });
}

TEST(Leaving, ARunWithADeadlineAndAStopToken) {
  leave({.parallelism = 2}, [&](Leaving& leaving, Reactor& reactor) {
    std::stop_source stop;
    reactor.run(2,
                [&](std::size_t i) {
                  if (i == 1) leaving.end();
                },
                {.deadline = std::chrono::steady_clock::now() + 1h, .stop = stop.get_token()});
  });
}

TEST(Leaving, ARunThatWasCancelled) {
  leave({.parallelism = 2}, [&](Leaving& leaving, Reactor& reactor) {
    std::stop_source stop;
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
    leave({.stop_on_error = stop_on_error, .parallelism = 2},
          [&](Leaving& leaving, Reactor& reactor) {
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
  leave({.parallelism = 2}, [&](Leaving& leaving, Reactor& reactor) {
    auto const tasks = std::views::iota(0, 3);
    reactor.run(reactor::lazy(tasks), [&](int i) {
      if (i == 2) leaving.end();
    });
  });
}

// What is handed over may be over before the thread that hands it over is through.
TEST(Leaving, ACallThatIsPosted) {
  leave({.parallelism = 2},
        [&](Leaving& leaving, Reactor& reactor) { reactor.post([&] { leaving.end(); }); });
}

TEST(Leaving, ACallThatIsSubmitted) {
  leave({.parallelism = 2}, [&](Leaving& leaving, Reactor& reactor) {
    auto const future = reactor.submit([&] { leaving.end(); });
  });
}

TEST(Leaving, ARunThatIsSubmitted) {
  reactor::Batch<void> batch;
  leave({.parallelism = 2}, [&](Leaving& leaving, Reactor& reactor) {
    batch = reactor.submit(1, [&](std::size_t) { leaving.end(); },
                           {.deadline = std::chrono::steady_clock::now() + 1h});
  });
}

TEST(Leaving, ARunThatIsSubmittedAndCancelled) {
  reactor::Batch<void> batch;
  leave({.parallelism = 2}, [&](Leaving& leaving, Reactor& reactor) {
    std::stop_source stop;
    batch = reactor.submit(1,
                           [&leaving, stop](std::size_t) mutable {
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
  leave({.parallelism = 1}, [&](Leaving& leaving, Reactor& reactor) {
    std::stop_source stop;
    auto const is_over = std::make_shared<Gate>();
    reactor.post([is_over] { is_over->wait(); });
    std::shared_ptr<void> ending(nullptr, [&leaving, is_over](void*) {
      is_over->open();
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
