// SPDX-License-Identifier: BSD-3-Clause
// Each task runs exactly once, however many there are.
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include "reactor/reactor.hpp"

using reactor::Options;
using reactor::Reactor;
using reactor::RunOptions;

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

// Of an action that cannot fail, again and again: from the second run on it is known to be short.
TEST_P(ExactlyOnce, EachTaskThatCannotFailRuns) {
  std::vector<std::size_t> tasks(GetParam());
  std::iota(tasks.begin(), tasks.end(), 1);
  for (bool const helps : {true, false}) {
    Reactor reactor(Options{.parallelism = 4, .caller_participates = helps});
    for (int round = 0; round < 3; ++round) {
      bool const in_order = round == 2;
      std::vector<std::atomic<std::uint8_t>> runs(GetParam());
      auto const results = reactor.run(
          tasks,
          [&](std::size_t task) noexcept {
            runs[task - 1].fetch_add(1, std::memory_order_relaxed);
            return task * task;
          },
          RunOptions{.completion_order = in_order});
      ASSERT_EQ(results.summary().done, GetParam());
      for (std::size_t i = 0; i < GetParam(); ++i) {
        ASSERT_EQ(runs[i].load(), 1) << i;
        ASSERT_EQ(*results[i], (i + 1) * (i + 1));
      }
      ASSERT_EQ(results.completion_order().size(), in_order ? GetParam() : 0);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tasks, ExactlyOnce,
                         ::testing::Values<std::size_t>(0, 1, 2, 63, 64, 65, 65535, 65536, 65537,
                                                        1'000'003));

}  // namespace
