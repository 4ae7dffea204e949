// SPDX-License-Identifier: BSD-3-Clause
// The end of a Reactor.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

#include "machine.hpp"
#include "reactor/reactor.hpp"
#include "rendezvous.hpp"

using reactor::Options;
using reactor::Reactor;

namespace {

void destroy_inside_a_task(bool caller_participates) {
  auto reactor = std::make_unique<Reactor>(
      Options{.parallelism = 2, .caller_participates = caller_participates});
  reactor->run(1, [&](std::size_t) { reactor.reset(); });
}

void destroy_inside_a_nested_run_of_another() {
  auto reactor = std::make_unique<Reactor>(Options{.parallelism = 1});
  Reactor other(Options{.parallelism = 1});
  reactor->run(1, [&](std::size_t) { other.run(1, [&](std::size_t) { reactor.reset(); }); });
}

void destroy_while_pulling() {
  auto reactor = std::make_unique<Reactor>(Options{.parallelism = 1});
  reactor->run(reactor::lazy([&]() -> std::optional<int> {
                 reactor.reset();
                 return std::nullopt;
               }),
               [](int) {});
}

class DestructionDeath : public ::testing::Test {
 protected:
  DestructionDeath() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
  static constexpr char const* k_message = "from inside one of its own tasks";
};

TEST_F(DestructionDeath, InsideItsOwnTaskOnAWorkerAborts) {
  EXPECT_DEATH(destroy_inside_a_task(false), k_message);
}

TEST_F(DestructionDeath, InsideItsOwnTaskOnTheCallingThreadAborts) {
  EXPECT_DEATH(destroy_inside_a_task(true), k_message);
}

TEST_F(DestructionDeath, InsideATaskOfANestedRunOfAnotherAborts) {
  EXPECT_DEATH(destroy_inside_a_nested_run_of_another(), k_message);
}

TEST_F(DestructionDeath, WhileALazyRunPullsAborts) {
  EXPECT_DEATH(destroy_while_pulling(), k_message);
}

class Destruction : public ::testing::TestWithParam<std::tuple<std::size_t, int>> {};

TEST_P(Destruction, WaitsForARunInFlightOnAnotherThread) {
  auto const [parallelism, tasks] = GetParam();
  for (int round = 0; round < scaled(50, 20); ++round) {
    auto reactor = std::make_unique<Reactor>(Options{.parallelism = parallelism});
    Gate running;
    Gate go_on;
    std::atomic<int> finished{0};
    std::thread caller([&, r = reactor.get(), n = tasks] {
      r->run(n, [&](std::size_t) {
        running.open();
        go_on.wait();
        for (int i = 0; i < 100; ++i) std::this_thread::yield();
        finished.fetch_add(1);
      });
    });
    running.wait();
    go_on.open();
    reactor.reset();
    EXPECT_EQ(finished.load(), tasks);
    caller.join();
  }
}

// One task, and a parallelism of one, never leave the calling thread.
INSTANTIATE_TEST_SUITE_P(ParallelismAndTasks, Destruction,
                         ::testing::Values(std::tuple(4, 8), std::tuple(4, 1), std::tuple(1, 8)));

// A call that was posted, or whoever listens for an end, may begin runs: for them all workers are
// there.
TEST(Destruction, WaitsForACallThatBeginsARun) {
  for (int round = 0; round < scaled(50, 20); ++round) {
    auto reactor = std::make_unique<Reactor>(Options{.parallelism = 2});
    Gate running;
    Gate go_on;
    Rendezvous both(2);
    std::atomic<int> met{0};
    reactor->post([&, r = reactor.get()] {
      running.open();
      go_on.wait();
      for (int i = 0; i < 100; ++i) std::this_thread::yield();
      r->run(2, [&](std::size_t) { met += both.arrive_and_wait() ? 1 : 0; });
    });
    running.wait();
    go_on.open();
    reactor.reset();
    ASSERT_EQ(met.load(), 2);
  }
}

TEST(Destruction, WaitsForAListenerThatBeginsARun) {
  for (int round = 0; round < scaled(50, 20); ++round) {
    auto reactor = std::make_unique<Reactor>(Options{.parallelism = 2});
    Gate running;
    Rendezvous both(2);
    std::atomic<int> met{0};
    auto batch = reactor->submit(1, [](std::size_t) {});
    batch.on_complete([&, r = reactor.get()](reactor::Summary const&) {
      running.open();
      for (int i = 0; i < 100; ++i) std::this_thread::yield();
      r->run(2, [&](std::size_t) { met += both.arrive_and_wait() ? 1 : 0; });
    });
    running.wait();
    reactor.reset();
    ASSERT_EQ(met.load(), 2);
  }
}

// One that was given up on, too, may still begin something.
TEST(Destruction, WaitsForAStragglerThatPosts) {
  for (std::size_t const stragglers_max : {1u, 0u}) {  // another takes its place, or none
    std::atomic<bool> was_made{false};
    Gate go_on;
    auto reactor = std::make_unique<Reactor>(
        Options{.stop_on_error = false, .parallelism = 1, .stragglers_max = stragglers_max});
    auto const task = [&go_on, &was_made, r = reactor.get()](std::size_t) {
      go_on.wait();
      for (int i = 0; i < 1000; ++i) std::this_thread::yield();
      r->post([&was_made] { was_made = true; });
    };
    reactor::Results<void> results;
    auto const run = [&] {
      reactor->run_into(results, 1, task, {.result_timeout = std::chrono::milliseconds(1)});
    };
    if (stragglers_max == 0) {
      EXPECT_THROW(run(), reactor::Error);
    } else {
      run();
    }
    EXPECT_EQ(results.summary().timed_out, 1u);
    go_on.open();
    reactor.reset();
    EXPECT_TRUE(was_made);
  }
}

TEST(Destruction, LeavesNoThreadBehind) {
  { Reactor const reactor(Options{.parallelism = 4, .name = "leaving"}); }
  // Joined, they still are in /proc for a moment.
  EXPECT_TRUE(eventually([] { return workers_of("leaving").empty(); }));
}

}  // namespace
