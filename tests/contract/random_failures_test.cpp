// SPDX-License-Identifier: BSD-3-Clause
// Whatever fails, the summary adds up.
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <random>
#include <stdexcept>
#include <vector>

#include "machine.hpp"
#include "reactor/reactor.hpp"

using reactor::Expected;
using reactor::Options;
using reactor::Reactor;
using reactor::Results;
using reactor::Status;
using reactor::TaskError;

namespace {

// What each of a random number of tasks shall do.
enum class Fate { succeed, fail_by_throw, fail_by_return };

std::vector<Fate> draw_fates(std::mt19937& random) {
  std::vector<Fate> fates(std::uniform_int_distribution<std::size_t>(0, 3000)(random));
  std::bernoulli_distribution fails(std::uniform_real_distribution<>(0, 0.01)(random));
  for (Fate& fate : fates) {
    if (fails(random)) fate = random() % 2 == 0 ? Fate::fail_by_throw : Fate::fail_by_return;
  }
  return fates;
}

Expected<int> meet(Fate fate) {
  if (fate == Fate::fail_by_throw) throw std::runtime_error("thrown");
  if (fate == Fate::fail_by_return) return reactor::unexpected("returned");
  return 1;
}

std::size_t count(Results<int> const& results, Status status) {
  std::size_t n = 0;
  for (auto const outcome : results) n += outcome.status() == status ? 1u : 0u;
  return n;
}

// Runs the tasks and checks all the counts against each other.
void check_run(Reactor& reactor, std::vector<Fate> const& fates, bool stop_on_error) {
  Results<int> results;
  std::atomic<std::size_t> begun{0};
  bool has_thrown = false;
  auto const action = [&](Fate fate) {
    begun.fetch_add(1);
    return meet(fate);
  };
  try {
    reactor.run_into(results, fates, action, {.stop_on_error = stop_on_error});
  } catch (TaskError const& error) {
    has_thrown = true;
    ASSERT_NE(fates.at(error.task_index()), Fate::succeed);
    ASSERT_EQ(error.summary().failed, results.summary().failed);
  }
  auto const summary = results.summary();
  ASSERT_EQ(summary.total, fates.size());
  ASSERT_EQ(summary.done, count(results, Status::done));
  ASSERT_EQ(summary.failed, count(results, Status::failed));
  ASSERT_EQ(summary.skipped, count(results, Status::skipped));
  ASSERT_EQ(summary.timed_out, 0u);
  ASSERT_EQ(summary.done + summary.failed + summary.skipped, summary.total);
  ASSERT_EQ(summary.done + summary.failed, begun.load());
  ASSERT_EQ(has_thrown, stop_on_error && summary.failed != 0);
  ASSERT_TRUE(stop_on_error || summary.skipped == 0);
  for (auto const outcome : results.failures()) {
    ASSERT_NE(fates[outcome.index()], Fate::succeed);
  }
}

TEST(RandomFailures, SummaryAddsUpExactlyInBothModes) {
  for (unsigned seed = 1; seed <= static_cast<unsigned>(scaled(200, 40)); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Reactor reactor(Options{.parallelism = 1 + seed % 6, .caller_participates = seed % 4 != 0});
    for (int round = 0; round < 5; ++round) {
      auto const fates = draw_fates(random);
      check_run(reactor, fates, true);
      check_run(reactor, fates, false);
      if (HasFatalFailure()) return;
    }
  }
}

}  // namespace
