// SPDX-License-Identifier: BSD-3-Clause
// What other threads, and other tasks, may see of a run that is going on.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>

#include "machine.hpp"
#include "reactor/reactor.hpp"

using reactor::Options;
using reactor::Reactor;
using reactor::Results;
using reactor::Status;

namespace {

TEST(OutcomesInFlight, ADoneTaskIsNeverSeenAsSkipped) {
  Reactor reactor(Options{.parallelism = 2});
  Results<int> results;
  for (int round = 0; round < scaled(4'000, 500); ++round) {
    std::atomic<bool> begun{false};
    std::atomic<bool> reading{false};
    std::atomic<Status> seen{Status::pending};
    std::thread reader([&] {
      while (!begun.load()) std::this_thread::yield();
      reading = true;
      while (seen.load() == Status::pending) seen = results[0].status();
    });
    reactor.run_into(results, 1, [&](std::size_t) {
      begun = true;
      while (!reading.load()) std::this_thread::yield();
      return 1;
    });
    reader.join();
    ASSERT_EQ(seen.load(), Status::done) << round;
  }
}

TEST(OutcomesInFlight, AnErrorReadDuringTheRunDoesNotFreezeItsSummary) {
  Reactor reactor(Options{.stop_on_error = false, .parallelism = 1});
  Results<int> results;
  reactor.run_into(results, 3, [&](std::size_t i) {
    if (i == 0) throw std::runtime_error("first");
    EXPECT_EQ(results[0].error().task_index(), 0u);
    EXPECT_EQ(results[0].error().summary().total, 3u);
    return 1;
  });
  EXPECT_EQ(results[0].error().summary().done, 2u);
  EXPECT_EQ(results[0].error().summary().failed, 1u);
}

TEST(OutcomesInFlight, AValueThatIsNotThereYetIsAnError) {
  Reactor reactor(Options{.parallelism = 1});
  Results<int> results;
  std::string said;
  reactor.run_into(results, 2, [&](std::size_t i) {
    if (i == 1) return 1;
    try {
      static_cast<void>(results[1].value());
    } catch (reactor::Error const& error) {
      said = error.what();
    }
    return 0;
  });
  EXPECT_EQ(said, "task 1 of 2 has no value yet");
  EXPECT_EQ(results[1].value(), 1);
}

// A stopped run is left alone: nobody works through what is queued while its caller is still busy.
TEST(OutcomesInFlight, AStoppedRunOccupiesNobody) {
  Reactor reactor(Options{.parallelism = 4});
  std::atomic<bool> thrown{false};
  std::uint64_t steals_at_the_stop = 0;
  std::uint64_t steals_later = 0;
  auto const action = [&](std::size_t i, reactor::TaskContext& context) {
    if (i == 0) {
      while (!context.stop_requested()) std::this_thread::yield();
      steals_at_the_stop = reactor.stats().steals;
      for (int turn = 0; turn < 20'000; ++turn) std::this_thread::yield();
      steals_later = reactor.stats().steals;
    } else if (!thrown.exchange(true)) {
      throw std::runtime_error("stop");
    }
  };
  EXPECT_THROW(reactor.run(20'000'000, action), reactor::TaskError);
  EXPECT_LE(steals_later - steals_at_the_stop, 8u);
}

}  // namespace
