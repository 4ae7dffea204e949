// SPDX-License-Identifier: BSD-3-Clause
// Reactors come and go.
#include <gtest/gtest.h>

#include <cstddef>
#include <thread>
#include <vector>

#include "machine.hpp"
#include "reactor/reactor.hpp"

using reactor::Options;
using reactor::Reactor;

namespace {

TEST(CreateDestroy, ThousandsThatRunOnce) {
  for (int round = 0; round < scaled(3000, 500); ++round) {
    auto const parallelism = 1 + static_cast<std::size_t>(round) % 4;
    Reactor reactor(Options{.parallelism = parallelism, .caller_participates = round % 2 == 0});
    ASSERT_EQ(reactor.run(20, [](std::size_t) {}).summary().done, 20u);
  }
}

TEST(CreateDestroy, HundredThousandThatDoNothing) {
  for (int round = 0; round < scaled(100'000, 2000); ++round) {
    Reactor const reactor(Options{.parallelism = 1});
    ASSERT_EQ(reactor.parallelism(), 1u);
  }
}

TEST(CreateDestroy, FromManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([] {
      for (int round = 0; round < scaled(200, 30); ++round) {
        Reactor reactor(Options{.parallelism = 2});
        ASSERT_EQ(reactor.run(10, [](std::size_t) {}).summary().done, 10u);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(CreateDestroy, InsideATaskOfAnother) {
  Reactor outer(Options{.parallelism = 2});
  auto const results = outer.run(50, [](std::size_t) {
    return Reactor(Options{.parallelism = 2}).run(10, [](std::size_t) {}).summary().done;
  });
  for (auto const outcome : results) EXPECT_EQ(*outcome, 10u);
}

}  // namespace
