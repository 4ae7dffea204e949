// SPDX-License-Identifier: BSD-3-Clause
#include "engine/range_queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace reactor::engine {
namespace {

TEST(RangeQueue, producers_of_one_queue_dont_mix) {
  RangeQueue<NativeEnv> queue;
  RangeProducer<NativeEnv> a(queue);
  RangeProducer<NativeEnv> b(queue);
  ASSERT_TRUE(a.push({1, 0, 10}));
  Range range;
  EXPECT_FALSE(b.pop(range));
  ASSERT_TRUE(a.pop(range));
  EXPECT_EQ(range.hi, 10u);
}

TEST(RangeQueue, stale_ranges_are_dropped) {
  RangeQueue<NativeEnv> queue;
  RangeProducer<NativeEnv> producer(queue);
  producer.push({1, 0, 10});
  producer.push({1, 10, 20});
  producer.push({3, 0, 5});
  Range range;
  ASSERT_TRUE(pop_current<NativeEnv>(producer, 3, range));
  EXPECT_EQ(range.hi, 5u);
  EXPECT_FALSE(pop_current<NativeEnv>(producer, 3, range));
  EXPECT_FALSE(producer.pop(range));
}

TEST(RangeQueue, has_room_without_allocating_for_what_a_participant_holds) {
  RangeQueue<NativeEnv> queue;
  RangeProducer<NativeEnv> producer(queue);
  Range range;
  for (int i = 0; i < 31; ++i) ASSERT_TRUE(producer.push({1, 0, 1})) << i;
  for (int i = 0; i < 1'000; ++i) {  // wherever in its blocks the queue stands
    ASSERT_TRUE(producer.push({1, 0, 1})) << i;
    ASSERT_TRUE(producer.pop(range));
  }
}

TEST(RangeQueue, says_when_it_is_full) {
  RangeQueue<NativeEnv> queue;
  RangeProducer<NativeEnv> producer(queue);
  int pushed = 0;
  while (producer.push({1, 0, 1})) ++pushed;
  EXPECT_GE(pushed, 32);
  Range range;
  int popped = 0;
  while (producer.pop(range)) ++popped;
  EXPECT_EQ(popped, pushed);
}

TEST(RangeQueue, gives_out_each_range_once) {
  constexpr std::uint64_t k_ranges = 200'000;
  RangeQueue<NativeEnv> queue;
  RangeProducer<NativeEnv> producer(queue);
  std::vector<std::atomic<int>> taken(k_ranges);
  std::atomic<std::uint64_t> total{0};
  auto const consume = [&] {
    Range range;
    while (total.load(std::memory_order_relaxed) < k_ranges) {
      if (!producer.pop(range)) {
        std::this_thread::yield();  // to who fills it
        continue;
      }
      taken[range.lo].fetch_add(1, std::memory_order_relaxed);
      total.fetch_add(1, std::memory_order_relaxed);
    }
  };
  std::vector<std::thread> thieves;
  for (int i = 0; i < 3; ++i) thieves.emplace_back(consume);
  for (std::uint64_t i = 0; i < k_ranges; ++i) {
    while (!producer.push({1, i, i + 1})) std::this_thread::yield();
  }
  for (auto& thief : thieves) thief.join();
  for (auto const& count : taken) ASSERT_EQ(count, 1);
}

}  // namespace
}  // namespace reactor::engine
