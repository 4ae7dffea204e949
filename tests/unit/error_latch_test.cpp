// SPDX-License-Identifier: BSD-3-Clause
#include "engine/error_latch.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace reactor::engine {
namespace {

TEST(ErrorLatch, the_first_wins_and_stays) {
  ErrorLatch<NativeEnv> latch;
  EXPECT_FALSE(latch.was_tripped());
  EXPECT_EQ(latch.winner(), 0u);
  EXPECT_TRUE(latch.trip(7));
  EXPECT_FALSE(latch.trip(3));
  EXPECT_TRUE(latch.was_tripped());
  EXPECT_EQ(latch.winner(), 8u);
  latch.reset();
  EXPECT_TRUE(latch.trip(0)) << "task 0 is a winner like any other";
  EXPECT_EQ(latch.winner(), 1u);
}

TEST(ErrorLatch, has_one_winner_among_many) {
  for (int round = 0; round < 200; ++round) {
    ErrorLatch<NativeEnv> latch;
    std::atomic<int> winners{0};
    std::atomic<std::uint64_t> winner{0};
    std::vector<std::thread> threads;
    for (std::uint64_t task = 0; task < 4; ++task) {
      threads.emplace_back([&, task] {
        if (latch.trip(task)) {
          ++winners;
          winner = task;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    ASSERT_EQ(winners, 1);
    ASSERT_EQ(latch.winner(), winner + 1);
  }
}

}  // namespace
}  // namespace reactor::engine
