// SPDX-License-Identifier: BSD-3-Clause
#include "engine/queued_deadlines.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace reactor::engine {
namespace {

using Deadlines = QueuedDeadlines<NativeEnv>;

constexpr std::uint64_t k_far_ns = 1'000'000'000;
constexpr std::size_t k_enough = 256;

struct Queued final : Deadlines::Run {
  bool began = false;
  bool is_late = false;
  bool has_left = false;
  std::function<void()> on_leaving;

  bool needs_watch() const noexcept override { return !began && !is_late; }
  void expire() noexcept override { is_late = true; }
  void leave_list() noexcept override {
    has_left = true;
    if (on_leaving) on_leaving();
  }
};

// Did one of the pushes ask for a look?
bool push(Deadlines& deadlines, std::vector<Queued>& runs, std::size_t begin, std::size_t end) {
  bool was_asked = false;
  for (std::size_t i = begin; i < end; ++i) was_asked |= deadlines.push(runs[i], k_far_ns);
  return was_asked;
}

TEST(QueuedDeadlines, ends_what_is_late_and_tells_the_next) {
  Deadlines deadlines;
  std::vector<Queued> runs(3);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_FALSE(deadlines.push(runs[i], 100 * (i + 1)));
  runs[1].began = true;
  EXPECT_EQ(deadlines.look(150), 300u);
  EXPECT_TRUE(runs[0].is_late && runs[0].has_left);
  EXPECT_TRUE(!runs[1].is_late && runs[1].has_left);
  EXPECT_TRUE(!runs[2].is_late && !runs[2].has_left);
  EXPECT_EQ(deadlines.look(300), k_forever_ns);
  EXPECT_TRUE(runs[2].is_late && runs[2].has_left);
}

// Deadlines that are far away: so it is the number that asks for a look, which lets go of them.
TEST(QueuedDeadlines, are_looked_at_when_many_have_come) {
  Deadlines deadlines;
  std::vector<Queued> runs(k_enough);
  EXPECT_FALSE(push(deadlines, runs, 0, k_enough - 1));
  EXPECT_TRUE(push(deadlines, runs, k_enough - 1, k_enough));
  for (Queued& run : runs) run.began = true;
  EXPECT_EQ(deadlines.look(0), k_forever_ns);
  for (Queued const& run : runs) EXPECT_TRUE(run.has_left);
}

// As many as were kept: each look costs as much as there is, so it must not come too often.
TEST(QueuedDeadlines, are_looked_at_less_often_while_more_are_queued) {
  Deadlines deadlines;
  std::vector<Queued> runs(5 * k_enough);
  push(deadlines, runs, 0, 2 * k_enough);
  EXPECT_EQ(deadlines.look(0), k_far_ns);
  EXPECT_FALSE(push(deadlines, runs, 2 * k_enough, 4 * k_enough - 1));
  EXPECT_TRUE(push(deadlines, runs, 4 * k_enough - 1, 4 * k_enough));
}

// Fewer than were enough until then, and more than are enough from then on.
TEST(QueuedDeadlines, that_come_during_a_look_are_not_forgotten) {
  Deadlines deadlines;
  std::vector<Queued> runs(4 * k_enough);
  push(deadlines, runs, 0, 2 * k_enough);
  deadlines.look(0);
  for (std::size_t i = 0; i < 2 * k_enough; ++i) runs[i].began = true;
  bool was_asked = false;
  runs[0].on_leaving = [&] { was_asked = push(deadlines, runs, 2 * k_enough, 3 * k_enough + 1); };
  deadlines.look(0);
  EXPECT_FALSE(was_asked);
  EXPECT_TRUE(push(deadlines, runs, 3 * k_enough + 1, 3 * k_enough + 2));
}

}  // namespace
}  // namespace reactor::engine
