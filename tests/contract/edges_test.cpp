// SPDX-License-Identifier: BSD-3-Clause
// Two things that happen at once, tried where either may be the first. REACTOR_EDGE_TRIES in the
// environment says how often; REACTOR_EDGE_SEED, with which delays.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>

#include "machine.hpp"
#include "reactor/reactor.hpp"
#include "rendezvous.hpp"

using namespace std::chrono_literals;
using reactor::Cancelled;
using reactor::Future;
using reactor::Options;
using reactor::Reactor;
using reactor::Results;
using reactor::Status;

namespace {

int from_environment(char const* name, int otherwise) {
  char const* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::stoi(text);
}

// Delays around the one at which it turns out the other way: each try shortens or lengthens the
// next.
class Edge {
 public:
  explicit Edge(int share = 1)
      : tries_(
            std::max(100, from_environment("REACTOR_EDGE_TRIES", scaled(20'000, 2'000)) / share)),
        seed_(static_cast<unsigned>(
            from_environment("REACTOR_EDGE_SEED", static_cast<int>(std::random_device()() >> 1)))),
        random_(seed_) {}
  Edge(Edge const&) = delete;
  Edge& operator=(Edge const&) = delete;
  ~Edge() {
    std::cout << seen_[0] + seen_[1] << " tries, " << seen_[1] << " of them late, seed " << seed_
              << '\n';
    EXPECT_GT(seen_[0], 0);
    EXPECT_GT(seen_[1], 0);
  }

  // True with a delay to wait for; false when there have been enough tries.
  bool next() {
    if (tries_-- <= 0 || ::testing::Test::HasFailure()) return false;
    turns_ = static_cast<int>(center_ * std::uniform_real_distribution(0.5, 1.5)(random_));
    return true;
  }
  void wait() const {
    for (int turn = 0; turn < turns_; ++turn) std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  // Was the delay so long that the other thing came first?
  void learn(bool was_late) {
    double const step = seen_[0] + seen_[1] < 50 ? 1.3 : 1.03;
    center_ = std::max(2.0, was_late ? center_ / step : center_ * step);
    ++seen_[was_late ? 1 : 0];
  }

 private:
  int tries_;
  unsigned const seed_;
  std::mt19937 random_;
  double center_ = 1000;
  int turns_ = 0;
  int seen_[2] = {0, 0};
};

TEST(Edges, ACancelAgainstTheEnd) {
  Reactor reactor(Options{.parallelism = 1});
  for (Edge edge; edge.next();) {
    std::atomic<std::size_t> begun{0};
    auto batch = reactor.submit(2, [&](std::size_t task) {
      ++begun;
      return task;
    });
    edge.wait();
    batch.cancel();
    bool was_cancelled = false;
    std::size_t done = 0;
    try {
      done = batch.get().summary().done;
    } catch (Cancelled const& cancelled) {
      was_cancelled = true;
      done = cancelled.summary().done;
      ASSERT_EQ(done + cancelled.summary().skipped, 2u);
    }
    ASSERT_EQ(begun, done);
    ASSERT_TRUE(was_cancelled || done == 2);
    edge.learn(!was_cancelled);
  }
}

TEST(Edges, ADestructorAgainstTheEnd) {
  Reactor reactor(Options{.parallelism = 1});
  for (Edge edge; edge.next();) {
    bool is_here = true;
    std::atomic<int> begun{0};
    {
      auto const batch = reactor.submit(2, [&](std::size_t) {
        ASSERT_TRUE(is_here);
        ++begun;
      });
      edge.wait();
    }
    is_here = false;
    edge.learn(begun == 2);
  }
}

TEST(Edges, WhoWantsToKnowAgainstTheEnd) {
  Reactor reactor(Options{.parallelism = 1, .spin = 0ns});
  for (Edge edge; edge.next();) {
    std::atomic<int> told{0};
    auto batch = reactor.submit(1, [](std::size_t) {});
    edge.wait();
    bool const was_done = batch.done();
    batch.on_complete(
        [&](reactor::Summary const& summary) { told += summary.done == 1 ? 1 : 100; });
    ASSERT_TRUE(eventually([&] { return told != 0; }));
    batch.wait();
    ASSERT_EQ(told, 1);
    edge.learn(was_done);
  }
}

TEST(Edges, AFutureThatIsLetGoAgainstItsCall) {
  Reactor reactor(Options{.parallelism = 1});
  auto const owned = std::make_shared<int>(0);
  for (Edge edge; edge.next();) {
    auto future = reactor.submit([owned] { return owned; });
    edge.wait();
    edge.learn(future.done());
    future = {};
  }
  reactor.submit([] {}).get();
  EXPECT_TRUE(eventually([&] { return owned.use_count() == 1; }));
}

TEST(Edges, WhatFollowsAgainstTheEnd) {
  Reactor reactor(Options{.parallelism = 1});
  for (Edge edge; edge.next();) {
    auto first = reactor.submit([] { return std::make_unique<int>(1); });
    edge.wait();
    edge.learn(first.done());
    ASSERT_EQ(std::move(first).then([](std::unique_ptr<int> i) { return *i + 1; }).get(), 2);
  }
}

TEST(Edges, AWaitThatEndsAgainstTheEnd) {
  Reactor reactor(Options{.parallelism = 1, .spin = 0ns});
  for (Edge edge; edge.next();) {
    auto future = reactor.submit([&] { edge.wait(); });
    bool const was_done = future.wait_for(10us);
    edge.learn(!was_done);
    future.get();
  }
}

// A result that comes when its task is being given up on: one of the two has it.
TEST(Edges, AResultAgainstItsLimit) {
  Reactor reactor(Options{.stop_on_error = false, .parallelism = 1, .result_timeout = 100us});
  auto const owned = std::make_shared<int>(0);
  Results<std::shared_ptr<int>> results;
  for (Edge edge(20); edge.next();) {
    reactor.run_into(results, 1, [owned, edge = &edge](std::size_t) {
      for (int i = 0; i < 30; ++i) edge->wait();
      return owned;
    });
    bool const was_late = results[0].status() == Status::timed_out;
    ASSERT_TRUE(was_late || results[0].value() == owned);
    edge.learn(was_late);
    // The straggler looks at the edge, too.
    ASSERT_TRUE(eventually([&] { return reactor.stats().stragglers == 0; }));
  }
  results = {};
  EXPECT_TRUE(eventually([&] { return owned.use_count() == 1; }));
}

// ~Reactor while what it was given begins, ends, is followed and is let go of.
TEST(Edges, TheEndOfAllAgainstEverything) {
  for (Edge edge(50); edge.next();) {
    std::atomic<int> made{0};
    auto const call = [&] { return ++made; };
    std::optional<Reactor> reactor(std::in_place, Options{.parallelism = 2});
    auto kept = reactor->submit(call);
    auto followed = reactor->submit(call).then([&](int) { return ++made; });
    static_cast<void>(reactor->submit(call).then([&](int) { ++made; }));
    auto batch = reactor->submit(3, [&](std::size_t) { ++made; });
    batch.on_complete([&](reactor::Summary const&) { ++made; });
    reactor->post([&] { ++made; });
    edge.wait();
    edge.learn(batch.done());
    reactor.reset();
    ASSERT_EQ(made, 10);
    ASSERT_TRUE(kept.done() && followed.done() && batch.done());
  }
}

}  // namespace
