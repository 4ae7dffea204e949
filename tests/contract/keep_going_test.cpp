// SPDX-License-Identifier: BSD-3-Clause
// Whatever fails, every task runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <stdexcept>
#include <string>

#include "machine.hpp"
#include "reactor/reactor.hpp"

using reactor::Options;
using reactor::Reactor;
using reactor::Results;
using reactor::TaskContext;
using ::testing::HasSubstr;

namespace {

constexpr std::size_t k_many = k_is_instrumented ? 1000 : 10'000;

class KeepGoing : public ::testing::TestWithParam<std::size_t> {
 protected:
  static bool fails(std::size_t task) { return task * 37 % 100 < GetParam(); }

  static std::string message(std::size_t task) { return "no " + std::to_string(task) + "."; }

  static std::size_t work(std::size_t task) {
    if (fails(task)) throw std::runtime_error(message(task));
    return task;
  }

  Reactor reactor_{Options{.stop_on_error = false, .parallelism = 4, .name = "keepgoing"}};
};

TEST_P(KeepGoing, EachOutcomeHasItsOwnValueOrError) {
  auto const results = reactor_.run(k_many, work);
  for (auto const outcome : results) {
    ASSERT_EQ(outcome.has_value(), !fails(outcome.index()));
    if (outcome) {
      ASSERT_EQ(*outcome, outcome.index());
    } else {
      ASSERT_EQ(outcome.error().task_index(), outcome.index());
      ASSERT_THAT(outcome.error().what(), HasSubstr(message(outcome.index())));
    }
  }
  EXPECT_EQ(results.summary().failed, k_many / 100 * GetParam());
  EXPECT_EQ(results.summary().skipped, 0u);
  EXPECT_EQ(results.failures().size(), results.summary().failed);
}

TEST_P(KeepGoing, WorkersLiveOn) {
  auto const before = workers_of("keepgoing");
  ASSERT_EQ(before.size(), 4u);
  Results<std::size_t> results;
  for (int round = 0; round < 20; ++round) reactor_.run_into(results, k_many / 10, work);
  EXPECT_EQ(workers_of("keepgoing"), before);
}

TEST_P(KeepGoing, NoTaskSeesAStop) {
  auto const results = reactor_.run(k_many, [](std::size_t task, TaskContext& context) {
    if (context.stop_requested()) throw std::logic_error("a stop");
    return work(task);
  });
  EXPECT_EQ(results.summary().failed, k_many / 100 * GetParam());
}

INSTANTIATE_TEST_SUITE_P(PercentFailing, KeepGoing, ::testing::Values<std::size_t>(0, 1, 50, 100));

}  // namespace
