// SPDX-License-Identifier: BSD-3-Clause
#include "engine/parker.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace reactor::engine {
namespace {

TEST(Parker, nobody_to_claim_while_awake) {
  Parker<NativeEnv> parker;
  EXPECT_FALSE(parker.unpark());
}

TEST(Parker, an_announcement_is_claimed_once) {
  Parker<NativeEnv> parker;
  parker.announce();
  EXPECT_TRUE(parker.claim());
  EXPECT_FALSE(parker.claim());
  EXPECT_TRUE(parker.wait()) << "claimed before it slept: returns at once";
}

TEST(Parker, withdrawing_tells_who_was_quicker) {
  Parker<NativeEnv> parker;
  parker.announce();
  EXPECT_TRUE(parker.withdraw());
  parker.announce();
  EXPECT_TRUE(parker.claim());
  EXPECT_FALSE(parker.withdraw());
}

TEST(Parker, a_timed_wait_ends) {
  Parker<NativeEnv> parker;
  parker.announce();
  EXPECT_FALSE(parker.wait(1'000'000));
  EXPECT_TRUE(parker.withdraw());
}

// Two threads hand a counter to and fro, each sleeping until it is its turn: a wake-up lost
// anywhere would hang.
TEST(Parker, loses_no_wake_up) {
  constexpr int k_turns = 100'000;
  Parker<NativeEnv> parkers[2];
  std::atomic<int> turn{0};
  auto const play = [&](int self) {
    for (int mine = self; mine < k_turns; mine += 2) {
      while (turn.load(std::memory_order_seq_cst) != mine) {
        parkers[self].announce();
        if (turn.load(std::memory_order_seq_cst) == mine) {
          parkers[self].withdraw();
        } else {
          parkers[self].wait();
        }
      }
      turn.store(mine + 1, std::memory_order_seq_cst);
      parkers[1 - self].unpark();
    }
  };
  std::thread other(play, 1);
  play(0);
  other.join();
  EXPECT_EQ(turn.load(), k_turns);
}

}  // namespace
}  // namespace reactor::engine
