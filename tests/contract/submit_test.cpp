// SPDX-License-Identifier: BSD-3-Clause
// Runs in flight: what a Batch tells, when it ends, and what it has then.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <ratio>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "in_flight.hpp"
#include "live.hpp"
#include "machine.hpp"
#include "reactor/reactor.hpp"
#include "rendezvous.hpp"

using namespace std::chrono_literals;
using reactor::Batch;
using reactor::Cancelled;
using reactor::Error;
using reactor::Options;
using reactor::Outcome;
using reactor::Reactor;
using reactor::Results;
using reactor::RunOptions;
using reactor::Status;
using reactor::Summary;
using reactor::TaskContext;
using reactor::TaskError;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;

namespace {

std::size_t twice(std::size_t task) {
  return 2 * task;
}

TEST(Submit, ReturnsAtOnceAndGetHasTheOutcomes) {
  Reactor reactor(Options{.parallelism = 2});
  Gate gate;
  Batch<std::size_t> batch = reactor.submit(3, [&](std::size_t task) {
    gate.wait();
    return twice(task);
  });
  EXPECT_TRUE(batch.valid());
  EXPECT_FALSE(batch.done());
  EXPECT_EQ(batch.size(), 3u);
  EXPECT_FALSE(batch.wait_for(0ns));
  EXPECT_FALSE(batch.wait_until(Clock::now()));
  EXPECT_FALSE(batch.wait_until(std::chrono::system_clock::now()));
  gate.open();
  batch.wait();
  EXPECT_TRUE(batch.done());
  EXPECT_TRUE(batch.wait_for(0ns));
  EXPECT_TRUE(batch.wait_for(std::chrono::hours::max()));
  EXPECT_TRUE(batch.wait_until(std::chrono::system_clock::now()));
  Results<std::size_t> results = batch.get();
  EXPECT_FALSE(batch.valid());
  EXPECT_EQ(results.summary().done, 3u);
  EXPECT_THAT(std::move(results).values(), ElementsAre(0u, 2u, 4u));
}

TEST(Submit, OfNothing) {
  Reactor reactor(Options{.parallelism = 2});
  EXPECT_TRUE(reactor.submit(0, twice).done());
  EXPECT_TRUE(reactor.submit(std::vector<int>{}, [](int) {}).get().empty());
}

TEST(Submit, OwnsWhatItIsGiven) {
  Reactor reactor(Options{.parallelism = 2});
  std::vector<std::unique_ptr<int>> tasks;
  for (int i = 0; i < 5; ++i) tasks.push_back(std::make_unique<int>(i));
  auto moved = reactor.submit(
      std::move(tasks), [own = std::make_unique<int>(1)](auto& task) { return *task + *own; });
  std::list<std::string> copied{"a", "b"};
  auto const copies = [&] {
    return reactor.submit(copied, [](std::string const& task) { return task + "!"; });
  };
  auto batch = copies();
  copied.clear();
  EXPECT_THAT(batch.get().values(), ElementsAre("a!", "b!"));
  EXPECT_THAT(moved.get().values(), ElementsAre(1, 2, 3, 4, 5));
}

TEST(Submit, HasLetGoOfTasksAndActionWhenItIsDone) {
  Reactor reactor(Options{.parallelism = 2});
  auto const owned = std::make_shared<int>(7);
  auto batch = reactor.submit(std::vector{owned, owned},
                              [owned](std::shared_ptr<int> const& task) { return *task; });
  batch.wait();
  EXPECT_EQ(owned.use_count(), 1);
  EXPECT_THAT(batch.get().values(), ElementsAre(7, 7));
}

TEST(Submit, ValuesAreDestroyedOnce) {
  ASSERT_EQ(Live::count(), 0u);
  {
    Reactor reactor(Options{.parallelism = 2});
    auto kept = reactor.submit(10, [](std::size_t task) { return Live(static_cast<int>(task)); });
    kept.wait();
    auto const results =
        reactor.submit(10, [](std::size_t task) { return Live(static_cast<int>(task)); }).get();
    EXPECT_EQ(results[3]->number(), 3);
    EXPECT_EQ(Live::count(), 20u);
  }
  EXPECT_EQ(Live::count(), 0u);
  EXPECT_EQ(Live::mistakes(), 0);
}

TEST(Submit, GetThrowsWhatRunWouldAndTheOutcomesStay) {
  Reactor reactor(Options{.parallelism = 1});
  auto batch = reactor.submit(3, [](std::size_t task) {
    if (task == 1) throw std::runtime_error("no luck");
    return task;
  });
  try {
    batch.get();
    FAIL() << "nothing was thrown";
  } catch (TaskError const& error) {
    EXPECT_EQ(error.task_index(), 1u);
    EXPECT_THAT(error.what(), HasSubstr("no luck"));
    EXPECT_EQ(error.summary().skipped, 1u);
  }
  ASSERT_TRUE(batch.valid());
  EXPECT_EQ(*batch[0], 0u);
  EXPECT_EQ(batch[1].status(), Status::failed);
  EXPECT_EQ(batch[2].status(), Status::skipped);
}

TEST(Submit, KeepsGoing) {
  Reactor reactor(Options{.stop_on_error = false, .parallelism = 2});
  auto const results = reactor
                           .submit(100,
                                   [](std::size_t task) {
                                     if (task % 10 == 0) throw std::runtime_error("tenth");
                                     return task;
                                   })
                           .get();
  EXPECT_EQ(results.summary().failed, 10u);
  EXPECT_EQ(results.summary().done, 90u);
}

TEST(Submit, OutcomesAreThereAsSoonAsTheTasksHaveEnded) {
  Reactor reactor(Options{.parallelism = 1});
  Gate gate;
  auto batch = reactor.submit(3, [&](std::size_t task) {
    if (task == 1) gate.wait();
    return twice(task);
  });
  EXPECT_TRUE(eventually([&] { return batch[0].has_value(); }));
  Summary const progress = batch.progress();
  EXPECT_EQ(progress.total, 3u);
  EXPECT_EQ(progress.done, 1u);
  EXPECT_EQ(progress.skipped, 0u);
  EXPECT_EQ(batch[1].status(), Status::pending);
  gate.open();
  batch.wait();
  EXPECT_EQ(batch.progress().done, 3u);
  EXPECT_EQ(*batch[2], 4u);
}

TEST(Submit, CancelStopsWhatIsInFlightAndSkipsTheRest) {
  Reactor reactor(Options{.parallelism = 2});
  Rendezvous both(3);
  auto batch = reactor.submit(1000, [&](std::size_t, TaskContext& context) {
    both.arrive();
    EXPECT_TRUE(eventually([&] { return context.stop_requested(); }));
  });
  both.arrive_and_wait();
  batch.cancel();
  try {
    batch.get();
    FAIL() << "nothing was thrown";
  } catch (Cancelled const& cancelled) {
    EXPECT_EQ(cancelled.summary().done, 2u);
    EXPECT_EQ(cancelled.summary().skipped, 998u);
  }
}

TEST(Submit, CancelEndsWhatHasNotBegunAtOnce) {
  Reactor reactor(Options{.parallelism = 1});
  Gate gate;
  auto first = reactor.submit(1, [&](std::size_t) { gate.wait(); });
  auto second = reactor.submit(5, twice);
  second.cancel();
  EXPECT_TRUE(second.done());
  EXPECT_THROW(second.get(), Cancelled);
  EXPECT_EQ(second[0].status(), Status::skipped);
  gate.open();
  first.get();
  second.cancel();  // once it is done: nothing
}

TEST(Submit, CancelAfterTheEndChangesNothing) {
  Reactor reactor(Options{.parallelism = 1});
  auto batch = reactor.submit(2, twice);
  batch.wait();
  batch.cancel();
  EXPECT_EQ(batch.get().size(), 2u);
}

TEST(Submit, ALostBatchIsCancelledAndWaitedFor) {
  Reactor reactor(Options{.parallelism = 2});
  InFlight in_flight;
  {
    auto const batch = reactor.submit(1000, [&](std::size_t, TaskContext& context) {
      InFlight::Stay const stay(in_flight);
      EXPECT_TRUE(eventually([&] { return context.stop_requested(); }));
    });
    EXPECT_TRUE(eventually([&] { return in_flight.now() == 2; }));
  }
  EXPECT_EQ(in_flight.now(), 0u);
  EXPECT_EQ(in_flight.begun(), 2u);
}

TEST(Submit, ABatchThatIsAssignedToLetsGoOfWhatItHad) {
  Reactor reactor(Options{.parallelism = 1});
  Gate gate;
  std::atomic<bool> ended{false};
  auto batch = reactor.submit(1, [&](std::size_t, TaskContext& context) {
    gate.open();
    EXPECT_TRUE(eventually([&] { return context.stop_requested(); }));
    ended = true;
    return std::size_t{0};
  });
  gate.wait();
  batch = reactor.submit(2, twice);
  EXPECT_TRUE(ended);
  EXPECT_THAT(batch.get().values(), ElementsAre(0u, 2u));
}

TEST(Submit, TheReactorWaitsForItAndItStaysUsable) {
  Batch<std::size_t> batch;
  {
    Reactor reactor(Options{.parallelism = 2});
    batch = reactor.submit(10'000, twice);
  }
  EXPECT_TRUE(batch.done());
  batch.cancel();
  EXPECT_EQ(batch.progress().done, 10'000u);
  EXPECT_EQ(*batch.get()[9'999], 19'998u);
}

TEST(Submit, CountsAmongTheStats) {
  Reactor reactor(Options{.parallelism = 2});
  reactor.submit(100, twice).get();
  reactor.submit(50, twice).get();
  EXPECT_TRUE(eventually([&] { return reactor.stats().tasks == 150; }));
  EXPECT_EQ(reactor.stats().runs, 2u);
}

TEST(Submit, WaitsInItsOwnTaskForNothing) {
  Reactor reactor(Options{.parallelism = 1});
  Gate gate;
  Batch<void> batch;
  batch = reactor.submit(1, [&](std::size_t) {
    gate.wait();
    batch.wait();
  });
  gate.open();
  try {
    batch.get();
    FAIL() << "nothing was thrown";
  } catch (TaskError const& error) {
    EXPECT_THAT(error.what(), HasSubstr("could only wait for itself"));
  }
}

TEST(Submit, WaitsForNoTimeAtAll) {
  Reactor reactor(Options{.parallelism = 1});
  Gate gate;
  auto batch = reactor.submit(1, [&](std::size_t) { gate.wait(); });
  EXPECT_FALSE(batch.wait_for(-1ns));
  EXPECT_FALSE(batch.wait_for(std::chrono::hours(-3'000'000)));
  EXPECT_FALSE(batch.wait_for(std::chrono::duration<double>(-1e300)));
  EXPECT_FALSE(batch.wait_until(Clock::time_point::min()));
  gate.open();
  EXPECT_TRUE(batch.wait_for(std::chrono::duration<double>(1e300)));
}

// A year ahead once it has been asked.
struct ClockThatIsSet {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<ClockThatIsSet>;
  static time_point now() { return time_point(times_asked++ == 0 ? 0h : 24h * 365); }
  static inline int times_asked = 0;
};

TEST(Submit, WaitsByAnyClockInAnyUnit) {
  Reactor reactor(Options{.parallelism = 1});
  Gate gate;
  auto batch = reactor.submit(1, [&](std::size_t) { gate.wait(); });
  EXPECT_FALSE(batch.wait_until(ClockThatIsSet::time_point(24h)));
  using Days = std::chrono::duration<long, std::ratio<86400>>;
  EXPECT_FALSE(batch.wait_until(std::chrono::time_point<Clock, Days>::min()));
  EXPECT_FALSE(batch.wait_until(std::chrono::time_point<std::chrono::system_clock, Days>::min()));
  EXPECT_FALSE(batch.wait_until(std::chrono::system_clock::time_point::min()));
  std::thread opener([&] { gate.open(); });
  // This clock's times are negative until 2174.
  EXPECT_TRUE(batch.wait_until(std::chrono::file_clock::time_point::max()));
  EXPECT_TRUE(batch.wait_until(std::chrono::time_point<Clock, std::chrono::seconds>::max()));
  EXPECT_TRUE(batch.wait_until(std::chrono::time_point<std::chrono::system_clock, Days>::max()));
  opener.join();
}

TEST(Submit, OfAList) {
  Reactor reactor(Options{.parallelism = 1});
  EXPECT_THAT(reactor.submit({1, 2, 3}, [](int task) { return task + 1; }).get().values(),
              ElementsAre(2, 3, 4));
}

// Fire and forget: the run's action has the last handle, which goes with it.
TEST(Submit, ABatchThatItsOwnActionHas) {
  std::weak_ptr<Batch<void>> gone;
  {
    Gate gate;
    auto batch = std::make_shared<Batch<void>>();
    Reactor reactor(Options{.parallelism = 1});
    *batch = reactor.submit(3, [&gate, batch](std::size_t) { gate.wait(); });
    gone = batch;
    batch.reset();
    gate.open();
  }
  EXPECT_TRUE(gone.expired());
}

TEST(Submit, OneAfterTheOtherAsTheyCame) {
  Reactor reactor(Options{.parallelism = 1});
  std::mutex mutex;
  std::vector<int> order;
  Gate gate;
  std::vector<Batch<void>> batches;
  batches.push_back(reactor.submit(1, [&](std::size_t) { gate.wait(); }));
  for (int i = 0; i < 100; ++i) {
    batches.push_back(reactor.submit(2, [&, i](std::size_t) {
      std::lock_guard const lock(mutex);
      order.push_back(i);
    }));
  }
  gate.open();
  for (auto& batch : batches) batch.get();
  ASSERT_EQ(order.size(), 200u);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i / 2);
}

TEST(Submit, AHundredThousandInFlight) {
  Reactor reactor(Options{.parallelism = 2});
  int const count = scaled(100'000, 10'000);
  std::atomic<std::size_t> sum{0};
  Rendezvous begun(3);
  Gate gate;
  auto keep_busy = reactor.submit(2, [&](std::size_t) {
    begun.arrive();
    gate.wait();
  });
  begun.arrive_and_wait();
  std::vector<Batch<void>> batches;
  for (int i = 0; i < count; ++i) {
    batches.push_back(reactor.submit(2, [&](std::size_t task) { sum += task + 1; }));
  }
  EXPECT_EQ(sum, 0u);
  gate.open();
  for (auto& batch : batches) batch.get();
  EXPECT_EQ(sum, 3 * static_cast<std::size_t>(count));
  keep_busy.get();
}

TEST(Submit, FromManyThreads) {
  Reactor reactor(Options{.parallelism = 3});
  std::atomic<std::size_t> sum{0};
  std::vector<std::thread> threads;
  int const rounds = scaled(2000, 200);
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < rounds; ++i) {
        auto first = reactor.submit(3, [&](std::size_t) { ++sum; });
        auto second = reactor.submit(5, [&](std::size_t) { ++sum; });
        if (i % 2 == 0) first.get();
        second.get();
        if (i % 2 != 0) first.get();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(sum, static_cast<std::size_t>(4 * rounds * 8));
}

// Whoever else keeps the workers busy.
TEST(Submit, IsNotStarvedByRuns) {
  Reactor reactor(Options{.parallelism = 2});
  std::atomic<bool> stop{false};
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i) {
    callers.emplace_back([&] {
      while (!stop) reactor.run(64, [](std::size_t) { std::this_thread::yield(); });
    });
  }
  for (int i = 0; i < 200; ++i) EXPECT_TRUE(reactor.submit(3, twice).wait_for(k_hang_bound));
  stop = true;
  for (auto& caller : callers) caller.join();
}

}  // namespace
