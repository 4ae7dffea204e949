// SPDX-License-Identifier: BSD-3-Clause
// Workers that have nothing to do use no CPU at all.
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <thread>

#include "machine.hpp"
#include "reactor/reactor.hpp"

using reactor::Options;
using reactor::Reactor;

namespace {

std::map<std::size_t, std::uint64_t> activity_of(std::map<std::size_t, pid_t> const& workers) {
  std::map<std::size_t, std::uint64_t> all;
  for (auto const& [number, thread] : workers) all[number] = activity(thread);
  return all;
}

void let_pass(std::chrono::milliseconds time) {
  std::this_thread::sleep_for(time);  // the passing of time is what is measured
}

// Waits until nothing changed for a while.
bool settle(std::map<std::size_t, pid_t> const& workers) {
  auto last = activity_of(workers);
  for (int i = 0; i < 150; ++i) {
    let_pass(std::chrono::milliseconds(200));
    auto const now = activity_of(workers);
    if (now == last) return true;
    last = now;
  }
  return false;
}

TEST(IdleWorkers, UseNoCpu) {
  Reactor reactor(Options{.parallelism = 4, .name = "idle"});
  auto const workers = workers_of("idle");
  ASSERT_EQ(workers.size(), 4u);
  for (int round = 0; round < 100; ++round) reactor.run(1000, [](std::size_t) {});
  ASSERT_TRUE(settle(workers));
  auto const before = activity_of(workers);
  let_pass(std::chrono::seconds(1));
  EXPECT_EQ(activity_of(workers), before);
}

}  // namespace
