// SPDX-License-Identifier: BSD-3-Clause
#include "engine/slab.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <new>
#include <thread>
#include <vector>

namespace reactor::engine {
namespace {

struct Thing {
  std::uint32_t number;
  std::atomic<int> owners{0};
  explicit Thing(std::uint32_t n) : number(n) {}
};
using Things = Slab<NativeEnv, Thing>;

auto const make = [](std::uint32_t number) { return std::make_unique<Thing>(number); };

TEST(Slab, reuses_what_was_released) {
  Things slab;
  auto* const first = slab.acquire(make);
  EXPECT_FALSE(slab.was_all_free());
  slab.release(first);
  EXPECT_TRUE(slab.was_all_free());
  EXPECT_EQ(slab.acquire(make), first);
  EXPECT_NE(slab.acquire(make), first);
}

TEST(Slab, has_a_limit) {
  Things slab;
  Things::Entry* last = nullptr;
  for (std::uint32_t i = 0; i < Things::k_entries_max; ++i) {
    last = slab.acquire(make);
    ASSERT_NE(last, nullptr);
  }
  EXPECT_EQ(slab.acquire(make), nullptr);
  slab.release(last);
  EXPECT_EQ(slab.acquire(make), last);
}

TEST(Slab, every_entry_gets_its_turn) {
  Things slab;
  for (int i = 0; i < 3; ++i) slab.acquire(make);
  Things::Entry* last = nullptr;
  std::vector<std::uint32_t> seen;
  for (int i = 0; i < 6; ++i) {
    last = slab.find_next(last, [](Thing const&) { return true; });
    seen.push_back(last->value->number);
  }
  EXPECT_EQ(seen, (std::vector<std::uint32_t>{2, 1, 0, 2, 1, 0}));
  EXPECT_EQ(slab.find_next(last, [](Thing const& thing) { return thing.number == 0; }), last);
  EXPECT_EQ(slab.find_next(last, [](Thing const&) { return false; }), nullptr);
}

TEST(Slab, survives_a_failure_to_grow) {
  Things slab;
  auto const fail = [](std::uint32_t) -> std::unique_ptr<Thing> { throw std::bad_alloc(); };
  for (std::uint32_t i = 0; i < 2 * Things::k_entries_max; ++i) {
    EXPECT_THROW(slab.acquire(fail), std::bad_alloc);
  }
  EXPECT_NE(slab.acquire(make), nullptr);
}

TEST(Slab, an_entry_has_one_owner_at_a_time) {
  Things slab;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20'000; ++i) {
        auto* const entry = slab.acquire(make);
        EXPECT_EQ(entry->value->owners.fetch_add(1), 0);
        entry->value->owners.fetch_sub(1);
        slab.release(entry);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  int entries = 0;
  slab.find_if([&](Thing const&) {
    ++entries;
    return false;
  });
  EXPECT_LE(entries, 4 + 4) << "grows with the owners at once, not with the uses";
}

}  // namespace
}  // namespace reactor::engine
