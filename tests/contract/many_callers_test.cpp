// SPDX-License-Identifier: BSD-3-Clause
// Any number of threads may use one Reactor at once.
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <stdexcept>
#include <thread>
#include <vector>

#include "machine.hpp"
#include "reactor/reactor.hpp"
#include "rendezvous.hpp"

using reactor::Options;
using reactor::Reactor;
using reactor::Results;
using reactor::TaskError;

namespace {

constexpr std::size_t k_callers = 16;

class ManyCallers : public ::testing::TestWithParam<bool> {
 protected:
  // Every thread does `body(number)`, all at once.
  template <class Body>
  static void at_once(Body const& body) {
    Rendezvous start(k_callers);
    std::vector<std::thread> threads;
    for (std::size_t number = 0; number < k_callers; ++number) {
      threads.emplace_back([&, number] {
        start.arrive_and_wait();
        body(number);
      });
    }
    for (auto& thread : threads) thread.join();
  }

  Reactor reactor_{Options{.parallelism = 4, .caller_participates = GetParam()}};
};

TEST_P(ManyCallers, EachGetsItsOwnResults) {
  at_once([&](std::size_t caller) {
    Results<std::size_t> results;
    for (int round = 0; round < scaled(200, 30); ++round) {
      std::size_t const size = 1 + (caller * 31 + static_cast<std::size_t>(round) * 7) % 300;
      reactor_.run_into(results, size, [&](std::size_t task) { return caller * 1000 + task; });
      ASSERT_EQ(results.size(), size);
      for (auto const outcome : results) ASSERT_EQ(*outcome, caller * 1000 + outcome.index());
    }
  });
}

TEST_P(ManyCallers, OnesErrorIsNoOtherOnes) {
  at_once([&](std::size_t caller) {
    bool const fails = caller % 2 == 0;
    for (int round = 0; round < scaled(100, 20); ++round) {
      auto const action = [&](std::size_t task) {
        if (fails && task == caller) throw std::runtime_error("no");
      };
      if (!fails) {
        ASSERT_EQ(reactor_.run(100, action).summary().done, 100u);
        continue;
      }
      try {
        reactor_.run(100, action);
        ADD_FAILURE() << "no error came out";
      } catch (TaskError const& error) {
        ASSERT_EQ(error.task_index(), caller);
      }
    }
  });
}

TEST_P(ManyCallers, MayBeThreadsThatLiveForOneRun) {
  for (int round = 0; round < scaled(500, 100); ++round) {
    std::size_t done = 0;
    std::thread([&] { done = reactor_.run(10, [](std::size_t) {}).summary().done; }).join();
    ASSERT_EQ(done, 10u);
  }
}

TEST_P(ManyCallers, RunAllTasksOfAllRuns) {
  std::atomic<std::size_t> executed{0};
  at_once([&](std::size_t) {
    for (int round = 0; round < 50; ++round) {
      reactor_.run(64, [&](std::size_t) { executed.fetch_add(1); });
    }
  });
  EXPECT_EQ(executed.load(), k_callers * 50 * 64);
}

INSTANTIATE_TEST_SUITE_P(CallerParticipates, ManyCallers, ::testing::Bool());

}  // namespace
