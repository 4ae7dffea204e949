// SPDX-License-Identifier: BSD-3-Clause
// A run with a limit owns what its tasks touch; whoever never sets one must not notice, whatever
// kind of tasks and actions they have: all of these compile, run, and say no only to a limit.
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <deque>
#include <initializer_list>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "reactor/reactor.hpp"

using namespace std::chrono_literals;
using reactor::Options;
using reactor::Reactor;
using reactor::RunOptions;

struct ThrowsWhenCopied {
  ThrowsWhenCopied() = default;
  ThrowsWhenCopied(ThrowsWhenCopied const&) { throw std::runtime_error("copied"); }
  ThrowsWhenCopied& operator=(ThrowsWhenCopied const&) = default;
};
template <>
inline constexpr bool reactor::enable_copy<ThrowsWhenCopied> = true;

namespace {

class Owning : public ::testing::Test {
 protected:
  // With no limit all is done; with one the run is refused before its first task.
  template <class Run>
  void expect_refused(Run const& run) {
    EXPECT_EQ(run(RunOptions{}).summary().failed, 0u);
    EXPECT_THROW(run(RunOptions{.result_timeout = 1h}), reactor::Error);
  }

  Reactor reactor_{Options{.stop_on_error = false, .parallelism = 2}};
};

struct Job {
  std::vector<std::unique_ptr<int>> parts;  // says that it can be copied, and cannot
};

struct Fixed {
  Fixed() = default;
  Fixed(Fixed const&) = delete;
  Fixed& operator=(Fixed const&) = delete;
  int* begin() { return numbers; }
  int* end() { return numbers + 3; }
  int numbers[3]{1, 2, 3};
};

TEST_F(Owning, WhatOnlySaysThatItCanBeCopied) {
  std::vector<Job> jobs(3);
  expect_refused([&](RunOptions const& options) {
    return reactor_.run(
        jobs, [](Job& job) { return job.parts.size(); }, options);
  });
  std::vector<std::vector<std::unique_ptr<int>>> groups(3);
  expect_refused([&](RunOptions const& options) {
    return reactor_.run(
        groups, [](auto& group) { return group.size(); }, options);
  });
  auto const action = [parts = Job{}.parts](std::size_t) { return parts.size(); };
  expect_refused([&](RunOptions const& options) { return reactor_.run(3, action, options); });
}

TEST_F(Owning, WhatCannotBeMoved) {
  expect_refused([&](RunOptions const& options) {
    return reactor_.run(
        Fixed(), [](int& number) { return number; }, options);
  });
  std::vector<int> const constant{1, 2};
  expect_refused([&](RunOptions const& options) {
    return reactor_.run(
        std::move(constant), [](int const& number) { return number; }, options);
  });
  expect_refused([&](RunOptions const& options) {
    int numbers[3] = {1, 2, 3};
    return reactor_.run(
        std::move(numbers), [](int number) { return number; }, options);
  });
}

// The action changes the element through what stands for it.
TEST_F(Owning, ElementsThatOthersStandFor) {
  std::vector<bool> bits(3);
  expect_refused([&](RunOptions const& options) {
    return reactor_.run(
        bits,
        [](auto&& bit) {
          bit.flip();
          return 1;
        },
        options);
  });
}

TEST_F(Owning, GivenAwayIsMoved) {
  auto action = [owned = std::make_unique<int>(4)](Job const& job) {
    return *owned + static_cast<int>(job.parts.size());
  };
  auto const results =
      reactor_.run(std::vector<Job>(3), std::move(action), RunOptions{.result_timeout = 1h});
  EXPECT_EQ(*results[2], 4);
}

// Moving it may throw, so its elements are moved.
TEST_F(Owning, ADequeGivenAway) {
  std::deque<std::unique_ptr<int>> tasks;
  for (int i = 0; i < 3; ++i) tasks.push_back(std::make_unique<int>(i));
  auto const results = reactor_.run(
      std::move(tasks), [](std::unique_ptr<int> task) { return *task; },
      RunOptions{.result_timeout = 1h});
  EXPECT_EQ(*results[2], 2);
}

TEST_F(Owning, AMapWhoseKeysAreConst) {
  std::map<std::string, int> const tasks{{"one", 1}, {"two", 2}};
  auto const results = reactor_.run(
      tasks, [](auto const& task) { return task.first + std::to_string(task.second); },
      RunOptions{.result_timeout = 1h});
  EXPECT_EQ(*results[1], "two2");
}

// A pointer and a length, which does not say that it is a view.
template <class T>
struct Slice {
  T* begin() const { return first; }
  T* end() const { return first + count; }
  T* first;
  std::size_t count;
};

TEST_F(Owning, WhatOnlyPointsGivesNothingAway) {
  std::vector<std::string> strings{"a string that is too long to lie within itself", "short"};
  auto const expected = strings;
  auto const take = [](std::string task) { return task; };
  EXPECT_EQ(reactor_.run(Slice<std::string>{strings.data(), 2}, take).values(), expected);
  EXPECT_EQ(strings, expected);
  auto const of_shorter_lived = [&](auto pointer) {
    std::vector<std::string> shorter_lived = strings;
    pointer = shorter_lived.data();
    return reactor_.submit(Slice<std::remove_pointer_t<decltype(pointer)>>{pointer, 2}, take)
        .get()
        .values();
  };
  EXPECT_EQ(of_shorter_lived(static_cast<std::string*>(nullptr)), expected);
  EXPECT_EQ(of_shorter_lived(static_cast<std::string const*>(nullptr)), expected);
  auto literals = reactor_.submit(std::initializer_list<int>{1, 2, 3}, [](int i) { return i; });
  EXPECT_EQ(literals.get().values(), (std::vector<int>{1, 2, 3}));
}

// As a sorted one, whose elements nobody may change: a container all the same.
struct Constant {
  explicit Constant(std::size_t size) : jobs(size) {}
  Job const* begin() const { return jobs.data(); }
  Job const* end() const { return jobs.data() + jobs.size(); }
  std::vector<Job> jobs;
};

TEST_F(Owning, AContainerOfWhatIsConst) {
  auto batch = reactor_.submit(Constant(3), [](Job const& job) { return job.parts.size(); });
  EXPECT_EQ(batch.get().values(), (std::vector<std::size_t>{0, 0, 0}));
}

// As one that shares its elements with another until somebody may change them.
struct Detaching {
  explicit Detaching(std::size_t size) : numbers(size) {}
  int* begin() {
    ++begun;
    return numbers.data();
  }
  int const* begin() const { return numbers.data(); }
  int* end() { return numbers.data() + numbers.size(); }
  int const* end() const { return numbers.data() + numbers.size(); }
  std::size_t size() const { return numbers.size(); }
  std::vector<int> numbers;
  static inline int begun = 0;
};

TEST_F(Owning, AContainerIsAskedForItsBeginOnce) {
  Detaching::begun = 0;
  auto batch = reactor_.submit(Detaching(10'000), [](int number) { return number; });
  EXPECT_EQ(batch.get().summary().done, 10'000u);
  EXPECT_EQ(Detaching::begun, 1);
}

TEST_F(Owning, AnActionIsKeptWhenTheTasksCannotBeCopied) {
  auto action = [owned = std::make_unique<int>(4)](auto const&) { return *owned; };
  std::vector<ThrowsWhenCopied> const tasks(2);
  EXPECT_THROW(reactor_.run(tasks, std::move(action), RunOptions{.result_timeout = 1h}),
               std::runtime_error);
  EXPECT_EQ(action(0), 4);
}

}  // namespace
