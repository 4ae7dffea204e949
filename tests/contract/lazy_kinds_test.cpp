// SPDX-License-Identifier: BSD-3-Clause
// What tasks may be pulled from, and what kinds of tasks, actions and results there may be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <istream>
#include <iterator>
#include <list>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "lazy.hpp"
#include "reactor/reactor.hpp"

using reactor::lazy;
using reactor::Options;
using reactor::Reactor;
using reactor::Stream;
using reactor::TaskContext;
using ::testing::ElementsAre;

namespace {

struct NumbersIn {
  std::istream& text;
  auto begin() { return std::istream_iterator<int>(text); }
  auto end() { return std::istream_iterator<int>(); }
};

TEST(LazyKinds, RangesOfAllKinds) {
  Reactor reactor(Options{.parallelism = 2});
  auto const sum = [&](auto&& source) {
    int total = 0;
    for (auto const outcome : reactor.submit(lazy(std::forward<decltype(source)>(source)),
                                             [](int number) { return number; })) {
      total += *outcome;
    }
    return total;
  };
  std::vector<int> numbers{1, 2, 3};
  std::vector<int> const constant{4, 5};
  int array[] = {7, 8, 9};
  EXPECT_EQ(sum(numbers), 6);
  EXPECT_EQ(sum(constant), 9);
  EXPECT_EQ(sum(std::vector<int>{1, 1}), 2);
  EXPECT_EQ(sum(std::list<int>{2, 2, 2}), 6);
  EXPECT_EQ(sum(array), 24);
  EXPECT_EQ(sum(std::vector<bool>{true, false, true}), 2);
  Pipe pipe(5);
  EXPECT_EQ(sum(pipe), 10);
  EXPECT_EQ(pipe.reads(), 6);
  EXPECT_EQ(sum(Pipe(4)), 6);
  std::istringstream text("10 20 30");
  EXPECT_EQ(sum(NumbersIn{text}), 60);
}

TEST(LazyKinds, ASourceThatHasAName) {
  Reactor reactor(Options{.parallelism = 2});
  std::vector<int> const numbers{1, 2, 3};
  auto const source = lazy(numbers);
  for (int round = 0; round < 2; ++round) {
    std::atomic<int> sum{0};
    EXPECT_EQ(reactor.run(source, [&](int number) { sum += number; }).done, 3u);
    EXPECT_EQ(sum, 6);
  }
}

std::optional<int> never() {
  return std::nullopt;
}

TEST(LazyKinds, Functions) {
  Reactor reactor(Options{.parallelism = 1});
  auto const identity = [](int task) { return task; };
  EXPECT_EQ(reactor.run(lazy(never), identity).total, 0u);
  EXPECT_EQ(reactor.run(lazy(&never), identity).total, 0u);
  auto stream = reactor.submit(lazy([left = std::make_unique<int>(3)]() -> std::optional<int> {
                                 if (*left == 0) return std::nullopt;
                                 return --*left;
                               }),
                               identity);
  std::vector<int> got;
  for (auto const outcome : stream) got.push_back(*outcome);
  EXPECT_THAT(got, ElementsAre(2, 1, 0));
}

TEST(LazyKinds, EmptySources) {
  Reactor reactor(Options{.parallelism = 2});
  auto stream = reactor.submit(lazy(std::vector<int>{}), [](int task) { return task; });
  EXPECT_TRUE(stream.begin() == stream.end());
  EXPECT_EQ(stream.summary().total, 0u);
}

TEST(LazyKinds, MoveOnlyTasksActionsAndResults) {
  Reactor reactor(Options{.parallelism = 2});
  std::vector<std::unique_ptr<int>> owners;
  for (int i = 0; i < 100; ++i) owners.push_back(std::make_unique<int>(i));
  int next = 0;
  for (auto outcome :
       reactor.submit(lazy(std::move(owners)), [one = std::make_unique<int>(1)](auto owner) {
         *owner += *one;
         return owner;
       })) {
    std::unique_ptr<int> const taken = std::move(*outcome);
    EXPECT_EQ(*taken, ++next);
  }
  EXPECT_EQ(next, 100);
}

TEST(LazyKinds, ABorrowedContainerIsCopiedFrom) {
  Reactor reactor(Options{.parallelism = 2});
  std::vector<std::string> words{"a", "b"};
  std::string all;
  for (auto const outcome :
       reactor.submit(lazy(words), [](std::string&& word) { return std::move(word) + "!"; })) {
    all += *outcome;
  }
  EXPECT_EQ(all, "a!b!");
  EXPECT_THAT(words, ElementsAre("a", "b"));
}

TEST(LazyKinds, ActionsThatChangeTheTaskInPlaceOrReturnNothing) {
  Reactor reactor(Options{.parallelism = 2});
  std::atomic<std::size_t> sum{0};
  Stream<void> stream = reactor.submit(lazy(Numbers(100)), [&](std::size_t& task, TaskContext&) {
    task *= 2;
    sum += task;
  });
  std::size_t count = 0;
  for (auto const outcome : stream) count += outcome.has_value() ? 1 : 0;
  EXPECT_EQ(count, 100u);
  EXPECT_EQ(sum, 9'900u);
}

}  // namespace
