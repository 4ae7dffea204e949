// SPDX-License-Identifier: BSD-3-Clause
#include "engine/failure_map.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace reactor::engine {
namespace {

struct Value {
  explicit Value(std::uint64_t of) : index(of) { ++live; }
  ~Value() { --live; }
  std::uint64_t index;
  static inline std::atomic<int> live{0};
};
using Map = FailureMap<NativeEnv, Value>;

TEST(FailureMap, finds_what_was_inserted_and_nothing_else) {
  for (std::uint64_t const size : {1u, 63u, 64u, 65u, 4096u, 4097u, 1'000'000u}) {
    Map map;
    map.reset(size);
    EXPECT_EQ(map.find(size - 1), nullptr);
    ASSERT_TRUE(map.emplace(size - 1, size - 1));
    ASSERT_NE(map.find(size - 1), nullptr);
    EXPECT_EQ(map.find(size - 1)->index, size - 1);
    EXPECT_EQ(map.find(0) == nullptr, size > 1);
  }
  EXPECT_EQ(Value::live, 0);
}

TEST(FailureMap, takes_any_index_there_can_be) {
  Map map;
  std::uint64_t const last = ~std::uint64_t{0} - 1;
  map.reset(last + 1);
  ASSERT_TRUE(map.emplace(last, last));
  EXPECT_EQ(map.find(last)->index, last);
}

TEST(FailureMap, is_empty_after_a_reset) {
  Map map;
  map.reset(100);
  map.emplace(5, 5u);
  map.reset(10'000);
  EXPECT_EQ(map.find(5), nullptr);
  EXPECT_EQ(Value::live, 0);
}

TEST(FailureMap, takes_all_indices_in_any_order) {
  constexpr std::uint64_t k_size = 1000;
  constexpr std::uint64_t k_step = 387;  // has no divisor in common with that
  Map map;
  map.reset(k_size);
  ASSERT_TRUE(map.emplace(0, 0u));
  Value const* const first = map.find(0);
  for (std::uint64_t n = 1; n < k_size; ++n) {
    std::uint64_t const i = n * k_step % k_size;
    EXPECT_EQ(map.find(i), nullptr);
    ASSERT_TRUE(map.emplace(i, i));
  }
  EXPECT_EQ(map.find(0), first) << "it stays where it is";
  for (std::uint64_t i = 0; i < k_size; ++i) EXPECT_EQ(map.find(i)->index, i);
  EXPECT_EQ(Value::live, static_cast<int>(k_size));
  map.clear();
  EXPECT_EQ(Value::live, 0);
}

TEST(FailureMap, many_threads_insert_at_once) {
  constexpr std::uint64_t k_size = 20'000;
  constexpr std::uint64_t k_threads = 4;
  Map map;
  map.reset(k_size);
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < k_threads; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t i = t; i < k_size; i += k_threads) map.emplace(i, i);
    });
  }
  for (auto& thread : threads) thread.join();
  for (std::uint64_t i = 0; i < k_size; ++i) {
    ASSERT_NE(map.find(i), nullptr);
    ASSERT_EQ(map.find(i)->index, i);
  }
}

}  // namespace
}  // namespace reactor::engine
