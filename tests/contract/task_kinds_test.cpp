// SPDX-License-Identifier: BSD-3-Clause
// What may be handed in as tasks.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <forward_list>
#include <iterator>
#include <list>
#include <memory>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "reactor/reactor.hpp"

using reactor::Options;
using reactor::Reactor;

namespace {

class TaskKinds : public ::testing::Test {
 protected:
  template <class Tasks>
  std::vector<int> doubled(Tasks&& tasks) {
    return reactor_.run(std::forward<Tasks>(tasks), [](int task) { return 2 * task; }).values();
  }

  Reactor reactor_{Options{.parallelism = 4}};
  std::vector<int> const expected_{2, 4, 6, 8, 10};
};

TEST_F(TaskKinds, Vector) {
  std::vector<int> tasks{1, 2, 3, 4, 5};
  EXPECT_EQ(doubled(tasks), expected_);
}

TEST_F(TaskKinds, ConstVector) {
  std::vector<int> const tasks{1, 2, 3, 4, 5};
  EXPECT_EQ(doubled(tasks), expected_);
}

TEST_F(TaskKinds, TemporaryVector) {
  EXPECT_EQ(doubled(std::vector{1, 2, 3, 4, 5}), expected_);
}

TEST_F(TaskKinds, Span) {
  std::vector<int> tasks{0, 1, 2, 3, 4, 5, 6};
  EXPECT_EQ(doubled(std::span(tasks).subspan(1, 5)), expected_);
}

TEST_F(TaskKinds, Array) {
  std::array<int, 5> const tasks{1, 2, 3, 4, 5};
  EXPECT_EQ(doubled(tasks), expected_);
}

TEST_F(TaskKinds, CArray) {
  int const tasks[] = {1, 2, 3, 4, 5};
  EXPECT_EQ(doubled(tasks), expected_);
}

TEST_F(TaskKinds, Deque) {
  std::deque<int> tasks{2, 3, 4, 5};
  tasks.push_front(1);
  EXPECT_EQ(doubled(tasks), expected_);
}

TEST_F(TaskKinds, ListIsCopied) {
  std::list<int> tasks{1, 2, 3, 4, 5};
  reactor_.run(tasks, [](int& task) { task = 0; });
  EXPECT_EQ(doubled(tasks), expected_);
}

TEST_F(TaskKinds, ForwardList) {
  std::forward_list<int> const tasks{1, 2, 3, 4, 5};
  EXPECT_EQ(doubled(tasks), expected_);
}

TEST_F(TaskKinds, InitializerList) {
  auto const values = reactor_.run({1, 2, 3, 4, 5}, [](int task) { return 2 * task; }).values();
  EXPECT_EQ(values, expected_);
}

TEST_F(TaskKinds, EmptyRanges) {
  EXPECT_TRUE(doubled(std::vector<int>{}).empty());
  EXPECT_TRUE(doubled(std::list<int>{}).empty());
  EXPECT_TRUE(doubled(0).empty());
}

// Can be gone through once, and doesn't know its size.
class NumbersOf {
 public:
  explicit NumbersOf(std::string const& text) : text_(text) {}

  class iterator {
   public:
    using value_type = int;
    using difference_type = std::ptrdiff_t;

    explicit iterator(std::istream& from) : from_(&from) { ++*this; }
    int operator*() const { return number_; }
    iterator& operator++() {
      *from_ >> number_;
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(iterator const& it, std::default_sentinel_t) { return !*it.from_; }

   private:
    std::istream* from_;
    int number_ = 0;
  };

  iterator begin() { return iterator(text_); }
  std::default_sentinel_t end() { return {}; }

 private:
  std::istringstream text_;
};

TEST_F(TaskKinds, InputRange) {
  EXPECT_EQ(doubled(NumbersOf("1 2 3 4 5")), expected_);
  NumbersOf lvalue("1 2 3 4 5");
  EXPECT_EQ(doubled(lvalue), expected_);
}

TEST_F(TaskKinds, VectorOfBool) {
  std::vector<bool> tasks(1000);
  for (std::size_t i = 0; i < tasks.size(); ++i) tasks[i] = i % 3 == 0;
  auto const flip = [](bool task) { return !task; };
  auto const flipped = reactor_.run(tasks, flip);
  auto const flipped_temporary = reactor_.run(std::vector<bool>(tasks), flip);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    EXPECT_EQ(*flipped[i], !tasks[i]);
    EXPECT_EQ(*flipped_temporary[i], !tasks[i]);
  }
}

TEST_F(TaskKinds, LvaluesAreBorrowedNotCopied) {
  std::vector<std::string> tasks(100, "task");
  auto const addresses =
      reactor_.run(tasks, [](std::string const& task) { return &task; }).values();
  for (std::size_t i = 0; i < tasks.size(); ++i) EXPECT_EQ(addresses[i], &tasks[i]);
}

TEST_F(TaskKinds, LvaluesMayBeModifiedInPlace) {
  std::vector<int> tasks{1, 2, 3, 4, 5};
  reactor_.run(tasks, [](int& task) { task *= 2; });
  EXPECT_EQ(tasks, expected_);
}

TEST_F(TaskKinds, SpanElementsAreNotMovedFrom) {
  std::vector<std::string> tasks(10, "a task that is too long for the small string optimization");
  auto const copies = tasks;
  reactor_.run(std::span(tasks), [](std::string task) { return task.size(); });
  EXPECT_EQ(tasks, copies);
}

TEST_F(TaskKinds, LvalueElementsAreNotMovedFrom) {
  std::vector<std::string> tasks(10, "a task that is too long for the small string optimization");
  auto const copies = tasks;
  reactor_.run(tasks, [](std::string task) { return task.size(); });
  EXPECT_EQ(tasks, copies);
}

// Move-only tasks.

template <class Range>
Range boxes() {
  Range made;
  for (int i = 1; i <= 5; ++i) made.push_back(std::make_unique<int>(i));
  return made;
}

TEST_F(TaskKinds, MoveOnlyTasksOfATemporaryVectorAreGivenAway) {
  auto const consume = [](std::unique_ptr<int> task) { return 2 * *task; };
  EXPECT_EQ(reactor_.run(boxes<std::vector<std::unique_ptr<int>>>(), consume).values(), expected_);
}

TEST_F(TaskKinds, MoveOnlyTasksOfATemporaryDequeAreGivenAway) {
  auto const consume = [](std::unique_ptr<int>&& task) { return 2 * *task; };
  EXPECT_EQ(reactor_.run(boxes<std::deque<std::unique_ptr<int>>>(), consume).values(), expected_);
}

TEST_F(TaskKinds, MoveOnlyTasksOfATemporaryListAreGivenAway) {
  auto const consume = [](std::unique_ptr<int> task) { return 2 * *task; };
  EXPECT_EQ(reactor_.run(boxes<std::list<std::unique_ptr<int>>>(), consume).values(), expected_);
}

TEST_F(TaskKinds, MoveOnlyTasksOfAnLvalueStayWithTheirOwner) {
  auto const tasks = boxes<std::vector<std::unique_ptr<int>>>();
  auto const look = [](std::unique_ptr<int> const& task) { return 2 * *task; };
  EXPECT_EQ(reactor_.run(tasks, look).values(), expected_);
  for (auto const& task : tasks) EXPECT_NE(task, nullptr);
}

TEST_F(TaskKinds, TasksGivenAwayMayBeTakenByReferenceToo) {
  auto const look = [](std::unique_ptr<int>& task) { return 2 * *task; };
  EXPECT_EQ(reactor_.run(boxes<std::vector<std::unique_ptr<int>>>(), look).values(), expected_);
}

// A count of tasks.

template <class Integer>
class CountOfTasks : public ::testing::Test {};

using Integers =
    ::testing::Types<char, signed char, unsigned char, short, unsigned short, int, unsigned, long,
                     unsigned long, long long, unsigned long long, std::int8_t, std::size_t>;
TYPED_TEST_SUITE(CountOfTasks, Integers);

TYPED_TEST(CountOfTasks, GivesEachTaskItsIndex) {
  Reactor reactor(Options{.parallelism = 4});
  constexpr auto k_count = static_cast<TypeParam>(100);
  auto const values = reactor.run(k_count, [](std::size_t task) { return task; }).values();
  ASSERT_EQ(values.size(), 100u);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(values[i], i);
}

TEST_F(TaskKinds, NegativeCountIsRefused) {
  auto const action = [](std::size_t task) { return task; };
  EXPECT_THROW(reactor_.run(-1, action), reactor::Error);
  EXPECT_THROW(reactor_.run(std::int8_t{-128}, action), reactor::Error);
  EXPECT_THROW(reactor_.run(std::int64_t{-5'000'000'000}, action), reactor::Error);
  try {
    reactor_.run(-7, action);
  } catch (reactor::Error const& error) {
    EXPECT_NE(std::string(error.what()).find("-7"), std::string::npos) << error.what();
  }
}

}  // namespace
