// SPDX-License-Identifier: BSD-3-Clause
#include "engine/pull_window.hpp"

#include <gtest/gtest.h>

#include <cstddef>

namespace reactor::engine {
namespace {

constexpr std::uint64_t k_quick_ns = 1'000;
constexpr std::uint64_t k_slow_ns = 1'000'000;

// Pulls a part of it. How many.
std::size_t pull(PullWindow& window, std::uint64_t took_ns) {
  std::size_t const size = window.part_size();
  window.pulled(size, took_ns);
  window.hold(size);
  return size;
}

TEST(PullWindow, parts_grow_while_the_source_is_quick) {
  PullWindow window(1'000'000, 2);
  for (std::size_t size = 1; size <= 1024; size *= 2) EXPECT_EQ(pull(window, k_quick_ns), size);
  EXPECT_EQ(pull(window, k_quick_ns), 1024u);
}

TEST(PullWindow, and_shrink_when_it_is_slow) {
  PullWindow window(1'000'000, 2);
  for (int i = 0; i < 5; ++i) pull(window, k_quick_ns);
  for (std::size_t const size : {32u, 16u, 8u, 4u, 2u, 1u, 1u}) {
    EXPECT_EQ(pull(window, k_slow_ns), size);
  }
}

TEST(PullWindow, is_filled_to_the_brim_and_then_part_by_part) {
  PullWindow window(64, 2);
  std::size_t pulled = 0;
  while (window.wants_more()) pulled += pull(window, k_quick_ns);
  EXPECT_EQ(pulled, 64u);
  for (int i = 0; i < 15; ++i) {
    window.consumed_one();
    EXPECT_FALSE(window.wants_more());
  }
  window.consumed_one();
  EXPECT_TRUE(window.wants_more());
  EXPECT_EQ(window.part_size(), 16u);
}

TEST(PullWindow, keeps_no_task_back_where_all_may_be_in_flight_together) {
  PullWindow window(8, 8);
  for (int i = 0; i < 8; ++i) {
    EXPECT_TRUE(window.wants_more());
    EXPECT_EQ(pull(window, k_quick_ns), 1u);
  }
  EXPECT_FALSE(window.wants_more());
}

// One task in each part does not end, and all others have been consumed.
TEST(PullWindow, stuck_tasks_bound_what_is_held) {
  std::size_t const in_flight_max = 100;
  PullWindow window(in_flight_max, 2);
  std::size_t held = 0;
  while (window.wants_more()) {
    std::size_t const size = pull(window, k_quick_ns);
    held += size;
    for (std::size_t i = 1; i < size; ++i) window.consumed_one();
  }
  EXPECT_EQ(window.total_pulled(), held);
  EXPECT_LE(held, 3 * in_flight_max);
}

TEST(PullWindow, of_one) {
  PullWindow window(1, 4);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(window.wants_more());
    EXPECT_EQ(pull(window, k_quick_ns), 1u);
    EXPECT_FALSE(window.wants_more());
    window.consumed_one();
    window.let_go(1);
  }
}

TEST(PullWindow, without_a_bound) {
  PullWindow window(~std::size_t{0}, 2);
  EXPECT_TRUE(window.wants_more());
  EXPECT_EQ(pull(window, k_quick_ns), 1u);
  EXPECT_TRUE(window.wants_more());
}

}  // namespace
}  // namespace reactor::engine
