// SPDX-License-Identifier: BSD-3-Clause
#include "engine/tick_clock.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>

namespace reactor::engine {
namespace {

using Moment = TickClock::Moment;

constexpr std::uint64_t k_one_each = std::uint64_t{1} << TickClock::k_scale_bits;

TEST(TickClock, tells_its_pace_from_two_moments) {
  EXPECT_EQ(TickClock::scale_between({1'000, 5}, {2'000, 1'005}), k_one_each);
  EXPECT_EQ(TickClock::scale_between({1'000, 5}, {3'000, 1'005}), k_one_each / 2);
  std::uint64_t const longest_ns = TickClock::k_calibration_max_ns;
  EXPECT_EQ(TickClock::scale_between({0, 0}, {longest_ns, longest_ns}), k_one_each);
}

TEST(TickClock, does_not_believe_accidents) {
  EXPECT_EQ(TickClock::scale_between({2'000, 5}, {1'000, 1'005}), 0u) << "set back";
  EXPECT_EQ(TickClock::scale_between({1'000, 5}, {1'000, 1'005}), 0u) << "stands still";
  EXPECT_EQ(TickClock::scale_between({1'000, 5}, {1'000'000, 1'005}), 0u) << "set ahead";
  EXPECT_EQ(TickClock::scale_between({1'000, 5}, {1'010, 1'005}), 0u) << "hardly moves";
  std::uint64_t const too_long_ns = TickClock::k_calibration_max_ns + 1;
  EXPECT_EQ(TickClock::scale_between({0, 0}, {too_long_ns, too_long_ns}), 0u)
      << "the thread was stopped in between";
}

TEST(TickClock, goes_as_the_steady_clock_does) {
  TickClock::Calibrated const calibrated;
  std::uint64_t const outer_ns = TickClock::steady_ns();
  std::uint64_t const start_ns = TickClock::now_ns();
  std::uint64_t const inner_ns = TickClock::steady_ns();
  while (TickClock::steady_ns() - inner_ns < 10'000'000) continue;
  auto const least = static_cast<double>(TickClock::steady_ns() - inner_ns);
  auto const passed = static_cast<double>(TickClock::since_ns(start_ns));
  auto const most = static_cast<double>(TickClock::steady_ns() - outer_ns);
  EXPECT_GE(passed, 0.99 * least);
  EXPECT_LE(passed, 1.01 * most);
  EXPECT_EQ(TickClock::since_ns(TickClock::now_ns() + 1'000'000'000), 0u) << "it has stepped back";
}

}  // namespace
}  // namespace reactor::engine
