// SPDX-License-Identifier: BSD-3-Clause
// What an action may return, and where it ends up.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "reactor/reactor.hpp"

using reactor::Options;
using reactor::Reactor;
using reactor::Results;

namespace {

constexpr std::size_t k_tasks = 500;

class ResultKinds : public ::testing::Test {
 protected:
  Reactor reactor_{Options{.parallelism = 4}};
};

TEST_F(ResultKinds, Void) {
  Results<void> const results = reactor_.run(k_tasks, [](std::size_t) {});
  ASSERT_EQ(results.size(), k_tasks);
  for (auto const outcome : results) {
    EXPECT_TRUE(outcome.has_value());
    EXPECT_NO_THROW(outcome.value());
  }
}

TEST_F(ResultKinds, MoveOnly) {
  auto values =
      reactor_.run(k_tasks, [](std::size_t task) { return std::make_unique<std::size_t>(task); })
          .values();
  static_assert(std::is_same_v<decltype(values), std::vector<std::unique_ptr<std::size_t>>>);
  for (std::size_t i = 0; i < k_tasks; ++i) EXPECT_EQ(*values[i], i);
}

struct alignas(128) OverAligned {
  std::size_t number;
};

TEST_F(ResultKinds, OverAlignedLiesAligned) {
  auto const results = reactor_.run(k_tasks, [](std::size_t task) { return OverAligned{task}; });
  for (auto const outcome : results) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&*outcome) % 128, 0u);
    EXPECT_EQ(outcome->number, outcome.index());
  }
}

struct NotDefaultConstructible {
  explicit NotDefaultConstructible(std::size_t n) : number(n) {}
  std::size_t number;
};

TEST_F(ResultKinds, NotDefaultConstructible) {
  auto const results =
      reactor_.run(k_tasks, [](std::size_t task) { return NotDefaultConstructible(task); });
  for (auto const outcome : results) EXPECT_EQ(outcome->number, outcome.index());
}

struct Immovable {
  explicit Immovable(std::size_t n) : number(n) {}
  Immovable(Immovable const&) = delete;
  Immovable& operator=(Immovable const&) = delete;
  std::size_t number;
};

TEST_F(ResultKinds, NeitherCopyableNorMovable) {
  auto const results = reactor_.run(k_tasks, [](std::size_t task) { return Immovable(task); });
  for (auto const outcome : results) EXPECT_EQ(outcome.value().number, outcome.index());
}

TEST_F(ResultKinds, Large) {
  using Page = std::array<std::size_t, 4096>;
  auto const results = reactor_.run(k_tasks, [](std::size_t task) {
    Page page;
    page.fill(task);
    return page;
  });
  for (auto const outcome : results) {
    EXPECT_EQ(outcome->front(), outcome.index());
    EXPECT_EQ(outcome->back(), outcome.index());
  }
}

TEST_F(ResultKinds, Bool) {
  auto results = reactor_.run(k_tasks, [](std::size_t task) { return task % 3 == 0; });
  for (auto const outcome : results) EXPECT_EQ(*outcome, outcome.index() % 3 == 0);
  std::vector<bool> const values = std::move(results).values();
  for (std::size_t i = 0; i < k_tasks; ++i) EXPECT_EQ(values[i], i % 3 == 0);
}

TEST_F(ResultKinds, ReferencesAreDecayedToCopies) {
  std::vector<std::string> const tasks{"a", "b", "c"};
  auto const identity = [](std::string const& task) -> std::string const& { return task; };
  auto const results = reactor_.run(tasks, identity);
  static_assert(std::is_same_v<decltype(results), Results<std::string> const>);
  for (auto const outcome : results) {
    EXPECT_EQ(*outcome, tasks[outcome.index()]);
    EXPECT_NE(&*outcome, &tasks[outcome.index()]);
  }
}

TEST_F(ResultKinds, ConstValuesAndEnumsAndPointers) {
  enum class Colour { red, green };
  auto const colours = reactor_.run(3, [](std::size_t) { return Colour::green; });
  for (auto const outcome : colours) EXPECT_EQ(*outcome, Colour::green);
  auto const pointers = reactor_.run(3, [](std::size_t) { return "text"; });
  static_assert(std::is_same_v<decltype(pointers), Results<char const*> const>);
  for (auto const outcome : pointers) EXPECT_STREQ(*outcome, "text");
}

}  // namespace
