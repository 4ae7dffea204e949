// SPDX-License-Identifier: BSD-3-Clause
#include "engine/pace.hpp"

#include <gtest/gtest.h>

namespace reactor::engine {
namespace {

TEST(Pace, an_unknown_task_goes_alone) {
  EXPECT_EQ(block_tasks(1'000'000, 0, 2), 1u);
}

TEST(Pace, few_tasks_go_unwatched) {
  EXPECT_EQ(unwatched_tasks(0), 1);
  EXPECT_EQ(unwatched_tasks(1), 64);
  EXPECT_EQ(unwatched_tasks(100), 10);
  EXPECT_EQ(unwatched_tasks(501), 1);
  EXPECT_EQ(unwatched_tasks(~std::uint64_t{0}), 1);
}

TEST(Pace, a_long_task_goes_alone) {
  EXPECT_EQ(block_tasks(1'000, k_block_max_ns + 1, 2), 1u);
  EXPECT_EQ(block_tasks(1'000, 1'000'000'000, 2), 1u);
}

TEST(Pace, a_block_stays_within_its_bounds) {
  for (std::uint64_t const left : {1u, 2u, 10u, 1'000u, 1'000'000u}) {
    for (std::uint64_t const task_ns : {1u, 2u, 100u, 1'300u, 5'000u, 130'000u}) {
      for (std::uint64_t const participants : {1u, 2u, 64u, 4096u}) {
        std::uint64_t const block = block_tasks(left, task_ns, participants);
        EXPECT_GE(block, 1u);
        EXPECT_LE(block, left);
        EXPECT_TRUE(block == 1 || block * task_ns <= k_block_max_ns);
      }
    }
  }
}

TEST(Pace, blocks_shrink_towards_the_end) {
  std::uint64_t const task_ns = 100;
  EXPECT_EQ(block_tasks(1'000'000, task_ns, 2), k_block_max_ns / task_ns);
  EXPECT_EQ(block_tasks(400, task_ns, 2), 100u);
  EXPECT_EQ(block_tasks(100, task_ns, 2), k_block_min_ns / task_ns);
}

TEST(Pace, a_wake_must_be_worth_it) {
  EXPECT_FALSE(is_longer(1'000'000, 0, k_wake_worth_ns)) << "not known yet";
  EXPECT_FALSE(is_longer(2, 1'300, k_wake_worth_ns));
  EXPECT_TRUE(is_longer(256, 1'300, k_wake_worth_ns));
  EXPECT_TRUE(is_longer(1, k_wake_worth_ns, k_wake_worth_ns));
  EXPECT_FALSE(is_longer(1, k_wake_worth_ns - 1, k_wake_worth_ns));
}

TEST(Pace, is_news_when_it_is_another_by_a_quarter) {
  EXPECT_TRUE(is_another_pace(0, 1));
  EXPECT_FALSE(is_another_pace(100, 127));
  EXPECT_TRUE(is_another_pace(100, 128));
  EXPECT_FALSE(is_another_pace(100, 73));
  EXPECT_TRUE(is_another_pace(100, 72));
}

TEST(Pace, of_a_nanosecond_or_three_is_no_news) {
  EXPECT_FALSE(is_another_pace(1, 3));
  EXPECT_FALSE(is_another_pace(3, 1));
  EXPECT_TRUE(is_another_pace(1, 4));
}

}  // namespace
}  // namespace reactor::engine
