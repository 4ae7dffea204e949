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

TEST(ErrorLatch, keeps_the_place_of_a_task_that_is_unwound) {
  using Latch = ErrorLatch<NativeEnv>;
  Latch latch;
  detail::Frame unwound{.latch = &latch.state()};
  detail::Frame other{.latch = &latch.state()};
  Latch::trip_early(unwound);
  EXPECT_EQ(latch.winner(), Latch::k_unwinding);
  Latch::trip_early(other);
  EXPECT_FALSE(latch.has_winner()) << "not yet";
  EXPECT_FALSE(Latch::trip(other, 3)) << "it came later";
  EXPECT_TRUE(Latch::trip(unwound, 7));
  EXPECT_EQ(latch.winner(), 8u);
  EXPECT_TRUE(latch.has_winner());
  EXPECT_FALSE(Latch::trip(unwound, 9)) << "once only";
}

TEST(ErrorLatch, lets_a_reason_from_outside_win_over_a_task_that_is_unwound) {
  using Latch = ErrorLatch<NativeEnv>;
  Latch latch;
  detail::Frame unwound{.latch = &latch.state()};
  Latch::trip_early(unwound);
  EXPECT_TRUE(Latch::trip_for(latch.state(), Latch::k_cancelled));
  EXPECT_FALSE(Latch::trip_for(latch.state(), Latch::k_deadline_exceeded));
  EXPECT_FALSE(Latch::trip(unwound, 7));
  EXPECT_EQ(latch.winner(), Latch::k_cancelled);
}

TEST(ErrorLatch, lets_a_task_that_is_unwound_win_over_the_stop_of_its_stream) {
  using Latch = ErrorLatch<NativeEnv>;
  Latch latch;
  detail::Frame unwound{.latch = &latch.state()};
  auto const& source = StopNotice<NativeEnv>::source(latch.state().notice);
  Latch::trip_early(unwound);
  EXPECT_FALSE(Latch::trip_for(latch.state(), Latch::k_with_stream));
  EXPECT_TRUE(source.stop_requested()) << "it may wait for it";
  EXPECT_TRUE(Latch::trip(unwound, 7));
  EXPECT_EQ(latch.winner(), 8u);
  latch.reset();
  EXPECT_TRUE(Latch::trip_for(latch.state(), Latch::k_with_stream));
  EXPECT_FALSE(Latch::trip_for(latch.state(), Latch::k_cancelled));
}

// On the thread of the one that is unwound a callback might want a mutex that this still holds.
TEST(ErrorLatch, gives_notice_when_a_failure_has_been_recorded) {
  using Latch = ErrorLatch<NativeEnv>;
  Latch latch;
  detail::Frame unwound{.latch = &latch.state()};
  detail::Frame other{.latch = &latch.state()};
  auto const& source = StopNotice<NativeEnv>::source(latch.state().notice);
  Latch::trip_early(unwound);
  EXPECT_FALSE(source.stop_requested());
  EXPECT_FALSE(Latch::trip(other, 3));
  EXPECT_TRUE(source.stop_requested());
  EXPECT_TRUE(Latch::trip(unwound, 7));
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
