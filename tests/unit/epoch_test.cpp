// SPDX-License-Identifier: BSD-3-Clause
#include "engine/epoch.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace reactor::engine {
namespace {

TEST(Epoch, is_entered_only_while_open) {
  Epoch<NativeEnv> epoch;
  EXPECT_EQ(epoch.try_enter(), 0u);
  std::uint64_t const first = epoch.open(true);
  EXPECT_EQ(epoch.try_enter(), first);
  EXPECT_FALSE(epoch.leave()) << "the owner is still inside, and it is open";
  EXPECT_TRUE(epoch.close(true));
  EXPECT_EQ(epoch.try_enter(), 0u);
}

TEST(Epoch, every_run_has_a_number_of_its_own) {
  Epoch<NativeEnv> epoch;
  std::uint64_t const first = epoch.open(false);
  EXPECT_TRUE(epoch.close(false));
  EXPECT_GT(epoch.open(false), first);
}

TEST(Epoch, the_last_one_out_of_a_closed_batch_knows_it) {
  Epoch<NativeEnv> epoch;
  epoch.open(true);
  epoch.try_enter();
  epoch.try_enter();
  EXPECT_FALSE(epoch.close(true));
  EXPECT_FALSE(epoch.leave());
  EXPECT_FALSE(epoch.was_quiescent());
  EXPECT_TRUE(epoch.leave());
  EXPECT_TRUE(epoch.was_quiescent());
}

// What is written before opening is seen inside, and what was done inside is seen when quiescent;
// ThreadSanitizer watches.
TEST(Epoch, publishes_both_ways) {
  constexpr int k_runs = 5'000;
  constexpr int k_threads = 3;
  Epoch<NativeEnv> epoch;
  int job = 0;
  std::vector<int> seen(k_threads * 64);
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < k_threads; ++t) {
    threads.emplace_back([&, t] {
      while (!stop.load(std::memory_order_relaxed)) {
        if (epoch.try_enter() == 0) continue;
        seen[static_cast<std::size_t>(t) * 64] = job;
        epoch.leave();
      }
    });
  }
  for (int run = 1; run <= k_runs; ++run) {
    job = run;
    epoch.open(true);
    epoch.close(true);
    while (!epoch.was_quiescent()) std::this_thread::yield();
    for (int t = 0; t < k_threads; ++t) {
      ASSERT_LE(seen[static_cast<std::size_t>(t) * 64], run);
    }
  }
  stop = true;
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace reactor::engine
