// SPDX-License-Identifier: BSD-3-Clause
#include "engine/idle.hpp"

#include <gtest/gtest.h>

namespace reactor::engine {
namespace {

class IdleTest : public testing::Test {
 protected:
  void fall_asleep(std::uint32_t worker) {
    idle_.begin_search();
    idle_.announce(worker);
  }
  Idle<NativeEnv> idle_{4};
};

TEST_F(IdleTest, counts_who_searches_and_who_sleeps) {
  idle_.begin_search();
  idle_.begin_search();
  idle_.announce(2);
  EXPECT_EQ(idle_.look().searching, 1u);
  EXPECT_EQ(idle_.look().asleep, 1u);
  idle_.withdraw(2);
  EXPECT_EQ(idle_.look().searching, 2u);
  EXPECT_EQ(idle_.look().asleep, 0u);
}

TEST_F(IdleTest, who_is_woken_counts_as_searching_at_once) {
  fall_asleep(1);
  EXPECT_TRUE(idle_.wake(1));
  EXPECT_EQ(idle_.look().searching, 1u);
  EXPECT_EQ(idle_.look().asleep, 0u);
  EXPECT_TRUE(idle_.sleep(1, k_forever_ns)) << "woken before it slept";
}

TEST_F(IdleTest, withdrawing_after_being_woken_counts_once) {
  fall_asleep(1);
  EXPECT_TRUE(idle_.wake(1));
  idle_.withdraw(1);
  EXPECT_EQ(idle_.look().searching, 1u);
  EXPECT_EQ(idle_.look().asleep, 0u);
}

TEST_F(IdleTest, the_nearest_is_woken_first_and_never_the_benched) {
  for (std::uint32_t worker = 0; worker < 4; ++worker) fall_asleep(worker);
  EXPECT_TRUE(idle_.wake_one(1, 2));
  EXPECT_FALSE(idle_.wake(3)) << "3 is next after 1, and 2 stays out";
  EXPECT_TRUE(idle_.wake_one(1, 2));
  EXPECT_FALSE(idle_.wake(0));
  EXPECT_TRUE(idle_.wake_one(1, 2));
  EXPECT_FALSE(idle_.wake_one(1, 2)) << "only the benched one sleeps";
  EXPECT_TRUE(idle_.wake(2));
}

TEST_F(IdleTest, one_keeps_watch) {
  EXPECT_FALSE(idle_.look().watched);
  EXPECT_TRUE(idle_.begin_watch());
  EXPECT_FALSE(idle_.begin_watch());
  EXPECT_TRUE(idle_.look().watched);
  idle_.end_watch();
  EXPECT_FALSE(idle_.look().watched);
}

}  // namespace
}  // namespace reactor::engine
