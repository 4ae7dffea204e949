// SPDX-License-Identifier: BSD-3-Clause
// Protocol T: equal stacks are kept once, different ones never taken for each other, what has no
// room is counted.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "engine/trace_store.hpp"
#include "tests/model/env.hpp"
#include "tests/model/explore.hpp"

namespace reactor::model {
namespace {

using engine::Trace;
using engine::TraceView;
using Stack = std::array<std::uintptr_t, 2>;

constexpr Stack k_first{1, 2};
constexpr Stack k_second{1, 3};
constexpr Stack k_third{2, 3};

// What was kept is the stack that was given, if any was.
template <class Store>
Trace const* keep(Store& store, Stack const& stack) {
  Trace const* const trace = store.keep({stack, false});
  if (trace != nullptr) {
    require(std::equal(stack.begin(), stack.end(), trace->frames.begin(), trace->frames.end()),
            "another stack than the one that was given");
  }
  return trace;
}

TEST(Traces, equal_ones_are_one) {
  explore("traces: two that are equal", {{3, 2, 0}, 4'063, 200'000}, [] {
    engine::TraceStore<Env, 4, 4> store;
    Trace const* one = nullptr;
    Trace const* two = nullptr;
    Env::thread first("first", [&] { one = keep(store, k_first); });
    Env::thread second("second", [&] {
      keep(store, k_second);
      two = keep(store, k_first);
    });
    first.join();
    second.join();
    require(one != nullptr && one == two, "kept twice, or not at all");
    require(keep(store, k_first) == one, "not found again");
    require(store.dropped_approx() == 0, "dropped, though there was room");
  });
}

TEST(Traces, more_than_there_is_room_for) {
  explore("traces: more than there is room for", {{2, 2, 0}, 4'449, 200'000}, [] {
    engine::TraceStore<Env, 4, 4> store;
    std::uint32_t kept = 0;
    auto const count = [&](Stack const& stack) { kept += keep(store, stack) != nullptr ? 1 : 0; };
    count({3, 3});
    count({4, 3});
    Env::thread first("first", [&] { count(k_first); });
    Env::thread second("second", [&] { count(k_second); });
    count(k_third);
    first.join();
    second.join();
    require(kept == 4 && store.dropped_approx() == 1, "one of five, and only one, is dropped");
  });
}

// Cut off where others went on.
TEST(Traces, cut_or_not_is_a_difference) {
  explore("traces: cut or not", {{0, 0, 0}, 1, 0}, [] {
    engine::TraceStore<Env, 4, 4> store;
    Trace const* const whole = store.keep({k_first, false});
    Trace const* const cut = store.keep({k_first, true});
    require(whole != cut && cut->was_cut && !whole->was_cut, "taken for each other");
  });
}

}  // namespace
}  // namespace reactor::model
