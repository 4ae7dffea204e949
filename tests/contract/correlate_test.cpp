// SPDX-License-Identifier: BSD-3-Clause
// Tasks beside their outcomes.
#include <gtest/gtest.h>

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "reactor/reactor.hpp"

using reactor::Options;
using reactor::Reactor;
using reactor::Results;
using reactor::Status;

namespace dsp {  // correlates, too
struct Peak {};
template <class A, class B>
void correlate(A&&, B&&);
}  // namespace dsp

namespace {

class Correlate : public ::testing::Test {
 protected:
  static std::size_t length(std::string const& task) { return task.size(); }

  Reactor reactor_{Options{.parallelism = 4}};
  std::vector<std::string> const tasks_{"a", "bb", "ccc"};
};

TEST_F(Correlate, BorrowsLvalues) {
  auto const results = reactor_.run(tasks_, length);
  std::size_t i = 0;
  for (auto&& [task, outcome] : reactor::correlate(tasks_, results)) {
    EXPECT_EQ(&task, &tasks_[i]);
    EXPECT_EQ(*outcome, task.size());
    EXPECT_EQ(outcome.index(), i++);
  }
  EXPECT_EQ(i, 3u);
  EXPECT_EQ(reactor::correlate(tasks_, results).size(), 3u);
}

TEST_F(Correlate, KeepsRvalues) {
  auto pairs = reactor::correlate(std::vector(tasks_), reactor_.run(tasks_, length));
  std::size_t i = 0;
  for (auto&& [task, outcome] : pairs) {
    EXPECT_EQ(task, tasks_[i++]);
    EXPECT_EQ(*outcome, task.size());
  }
  EXPECT_EQ(i, 3u);
}

TEST_F(Correlate, TakesACount) {
  auto const results = reactor_.run(100, [](std::size_t task) { return 2 * task; });
  std::size_t i = 0;
  for (auto&& [task, outcome] : reactor::correlate(100, results)) {
    EXPECT_EQ(task, i++);
    EXPECT_EQ(*outcome, 2 * task);
  }
  EXPECT_EQ(i, 100u);
}

TEST_F(Correlate, IsNotTakenForAnothers) {
  auto const results = reactor_.run(3, [](std::size_t) { return dsp::Peak(); });
  EXPECT_EQ(reactor::correlate(3, results).size(), 3u);
}

TEST_F(Correlate, TakesWhatHasNoIndex) {
  std::list<std::string> const tasks(tasks_.begin(), tasks_.end());
  auto const results = reactor_.run(tasks, length);
  std::size_t seen = 0;
  for (auto&& [task, outcome] : reactor::correlate(tasks, results)) {
    EXPECT_EQ(*outcome, task.size());
    ++seen;
  }
  EXPECT_EQ(seen, 3u);
}

TEST_F(Correlate, TakesACArray) {
  int const tasks[] = {3, 1, 2};
  auto const results = reactor_.run(tasks, [](int task) { return task * task; });
  for (auto&& [task, outcome] : reactor::correlate(tasks, results)) {
    EXPECT_EQ(*outcome, task * task);
  }
}

TEST_F(Correlate, LetsTasksBeChanged) {
  std::vector<std::unique_ptr<int>> tasks(3);
  auto const results = reactor_.run(tasks, [](std::unique_ptr<int>& task) { task = nullptr; });
  for (auto&& [task, outcome] : reactor::correlate(tasks, results)) {
    if (outcome.has_value()) task = std::make_unique<int>(1);
  }
  for (auto const& task : tasks) EXPECT_NE(task, nullptr);
}

TEST_F(Correlate, ShowsWhichTaskFailedAndWhichWereSkipped) {
  Results<std::size_t> results;
  Reactor alone(Options{.parallelism = 1});
  auto const fail_on_bb = [](std::string const& task) -> reactor::Expected<std::size_t> {
    if (task == "bb") return reactor::unexpected("no " + task);
    return task.size();
  };
  EXPECT_THROW(alone.run_into(results, tasks_, fail_on_bb), reactor::TaskError);
  std::vector<Status> statuses;
  for (auto&& [task, outcome] : reactor::correlate(tasks_, results)) {
    statuses.push_back(outcome.status());
  }
  EXPECT_EQ(statuses, (std::vector{Status::done, Status::failed, Status::skipped}));
}

TEST_F(Correlate, RefusesTasksOfAnotherRun) {
  auto const results = reactor_.run(tasks_, length);
  EXPECT_THROW(reactor::correlate(2, results), reactor::Error);
  EXPECT_THROW(reactor::correlate(std::vector<int>(4), results), reactor::Error);
  EXPECT_THROW(reactor::correlate(-1, results), reactor::Error);
}

}  // namespace
