// SPDX-License-Identifier: BSD-3-Clause
// What may be handed in as the action.
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "reactor/reactor.hpp"

using reactor::Options;
using reactor::Reactor;
using reactor::TaskContext;

namespace {

int twice(int task) {
  return 2 * task;
}
std::size_t sum_with_index(int task, TaskContext& context) {
  return static_cast<std::size_t>(task) + context.task_index();
}

struct Point {
  int x = 0;
  int absolute() const { return x < 0 ? -x : x; }
  std::size_t index(TaskContext& context) const { return context.task_index(); }
};

// Counts its calls; has to be used in place to do so.
struct Counting {
  std::atomic<int> calls{0};
  int operator()(int task) {
    calls.fetch_add(1);
    return task;
  }
};

class ActionKinds : public ::testing::Test {
 protected:
  Reactor reactor_{Options{.parallelism = 4}};
  std::vector<int> const tasks_{1, 2, 3, 4, 5};
};

TEST_F(ActionKinds, FunctionPointer) {
  EXPECT_EQ(reactor_.run(tasks_, &twice).values(), (std::vector<int>{2, 4, 6, 8, 10}));
  EXPECT_EQ(reactor_.run(tasks_, twice).values(), (std::vector<int>{2, 4, 6, 8, 10}));
}

TEST_F(ActionKinds, FunctionPointerWithContext) {
  EXPECT_EQ(reactor_.run(tasks_, &sum_with_index).values(),
            (std::vector<std::size_t>{1, 3, 5, 7, 9}));
}

TEST_F(ActionKinds, MemberFunctionPointer) {
  std::vector<Point> const points{{-1}, {2}, {-3}};
  EXPECT_EQ(reactor_.run(points, &Point::absolute).values(), (std::vector<int>{1, 2, 3}));
}

TEST_F(ActionKinds, MemberFunctionPointerWithContext) {
  std::vector<Point> const points(3);
  EXPECT_EQ(reactor_.run(points, &Point::index).values(), (std::vector<std::size_t>{0, 1, 2}));
}

TEST_F(ActionKinds, MemberDataPointer) {
  std::vector<Point> const points{{-1}, {2}, {-3}};
  EXPECT_EQ(reactor_.run(points, &Point::x).values(), (std::vector<int>{-1, 2, -3}));
}

TEST_F(ActionKinds, MutableFunctorLvalueIsUsedInPlace) {
  Counting action;
  reactor_.run(tasks_, action);
  EXPECT_EQ(action.calls.load(), 5);
}

TEST_F(ActionKinds, MutableLambda) {
  std::atomic<int> last{0};
  reactor_.run(1, [&last, calls = 0](std::size_t) mutable { last = ++calls; });
  EXPECT_EQ(last.load(), 1);
}

TEST_F(ActionKinds, MoveOnlyLambda) {
  auto const values =
      reactor_.run(tasks_, [ten = std::make_unique<int>(10)](int task) { return *ten * task; })
          .values();
  EXPECT_EQ(values, (std::vector<int>{10, 20, 30, 40, 50}));
}

TEST_F(ActionKinds, ConstLambda) {
  auto const action = [](int task) { return -task; };
  EXPECT_EQ(reactor_.run(tasks_, action).values(), (std::vector<int>{-1, -2, -3, -4, -5}));
}

TEST_F(ActionKinds, StdFunction) {
  std::function<int(int)> const action = twice;
  EXPECT_EQ(reactor_.run(tasks_, action).values(), (std::vector<int>{2, 4, 6, 8, 10}));
}

TEST_F(ActionKinds, GenericLambda) {
  auto const action = [](auto const& task, TaskContext& context) {
    return task + std::to_string(context.task_index());
  };
  std::vector<std::string> const tasks{"a", "b"};
  EXPECT_EQ(reactor_.run(tasks, action).values(), (std::vector<std::string>{"a0", "b1"}));
}

TEST_F(ActionKinds, ContextTellsTaskIndexAndWorker) {
  auto const results = reactor_.run(1000, [&](std::size_t task, TaskContext& context) {
    return context.task_index() == task && context.worker() <= reactor_.parallelism() &&
           !context.stop_requested();
  });
  for (auto const outcome : results) EXPECT_TRUE(*outcome);
}

}  // namespace
