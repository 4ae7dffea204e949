// SPDX-License-Identifier: BSD-3-Clause
// Each task runs exactly once, however many there are.
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "reactor/reactor.hpp"

using reactor::Options;
using reactor::Reactor;

namespace {

class ExactlyOnce : public ::testing::TestWithParam<std::size_t> {};

TEST_P(ExactlyOnce, EachTaskRuns) {
  for (bool const helps : {true, false}) {
    Reactor reactor(Options{.parallelism = 4, .caller_participates = helps});
    for (int round = 0; round < 3; ++round) {
      std::vector<std::atomic<std::uint8_t>> runs(GetParam());
      auto const results = reactor.run(GetParam(), [&](std::size_t task) {
        runs[task].fetch_add(1, std::memory_order_relaxed);
        return task;
      });
      ASSERT_EQ(results.size(), GetParam());
      ASSERT_EQ(results.summary().done, GetParam());
      for (std::size_t i = 0; i < GetParam(); ++i) {
        ASSERT_EQ(runs[i].load(), 1) << i;
        ASSERT_EQ(*results[i], i);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tasks, ExactlyOnce,
                         ::testing::Values<std::size_t>(0, 1, 2, 63, 64, 65, 65535, 65536, 65537,
                                                        1'000'003));

}  // namespace
