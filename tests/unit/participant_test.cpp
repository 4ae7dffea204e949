// SPDX-License-Identifier: BSD-3-Clause
#include "engine/participant.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace reactor::engine {
namespace {

using Env = NativeEnv;

// A task that ends its thread, as pthread_exit would.
struct ThreadEnds {};

void run_one_and_end(void*, std::uint64_t lo, std::uint64_t, Batch<Env>::Frame& frame) {
  frame.reached = lo + 1;
  throw ThreadEnds();
}

// Its thread ends in each task: what it leaves behind must not fill its queue, whatever lay there.
TEST(Participant, ends_without_end_do_not_fill_the_queue) {
  for (std::uint64_t pieces = 1; pieces <= 8; ++pieces) {
    Shared<Env> shared(1, 0);
    Counters<Env> counters;
    Batch<Env>& batch = *shared.acquire_batch()->value;
    std::uint64_t const epoch =
        batch.open({nullptr, &run_one_and_end, nullptr, 10'000'000, true}, 1, k_nobody, false);
    for (std::uint64_t i = 0; i < pieces; ++i) {
      ASSERT_TRUE(batch.offer(0, {epoch, 200'000 * i, 200'000 * i + 100'000}));
    }
    batch.learn_task_ns(100);
    for (int ends = 0; ends < 3'000; ++ends) {
      Range range;
      bool stolen = false;
      ASSERT_TRUE(batch.take(0, epoch, range, stolen));
      Participant<Env> participant(shared, batch, epoch, 0, counters);
      EXPECT_THROW(participant.work(range, stolen, Env::now_ns()), ThreadEnds);
    }
    EXPECT_EQ(batch.remaining(), 10'000'000u - 3'000);
  }
}

// Many short tasks, then some that take long: how long the blocks of those are.
class Pace : public ::testing::Test {
 protected:
  static constexpr std::uint64_t k_long_from = 4'000;
  static constexpr std::uint64_t k_long_tasks = 16;
  static constexpr std::uint64_t k_long_ns = 1'000'000;

  static void run(void* blocks, std::uint64_t lo, std::uint64_t hi, Batch<Env>::Frame& frame) {
    if (lo >= k_long_from) static_cast<std::vector<std::uint64_t>*>(blocks)->push_back(hi - lo);
    for (frame.reached = lo; frame.reached < hi; ++frame.reached) {
      std::uint64_t const since_ns = Env::ticks_ns();
      while (lo >= k_long_from && Env::ticks_ns() - since_ns < k_long_ns) continue;
    }
  }
  void work(std::uint64_t lo, std::uint64_t hi) {
    Range range{epoch_, lo, hi};
    participant_.work(range, false, Env::ticks_ns());
  }
  void expect_each_alone(std::size_t blocks) const {
    EXPECT_EQ(long_blocks_, std::vector<std::uint64_t>(blocks, 1));
  }

  Shared<Env> shared_{2, 0};
  Batch<Env>& batch_ = *shared_.acquire_batch()->value;
  std::vector<std::uint64_t> long_blocks_;
  std::uint64_t const epoch_ = batch_.open(
      {&long_blocks_, &run, nullptr, k_long_from + k_long_tasks + 1, true}, 2, k_nobody, true);
  Participant<Env> participant_{shared_, batch_, epoch_, 2, batch_.counters()};
};

TEST_F(Pace, is_not_that_of_what_was_run_before_a_wait) {
  batch_.learn_task_ns(1);  // so that the short ones are one block
  work(0, k_long_from);
  batch_.learn_task_ns(k_long_ns);  // somebody else has, meanwhile
  work(k_long_from, k_long_from + k_long_tasks);
  expect_each_alone(k_long_tasks);
}

TEST_F(Pace, is_not_that_of_what_was_run_before_a_single_task) {
  batch_.learn_task_ns(2);
  batch_.offer(2, {epoch_, k_long_from, k_long_from + 1});
  batch_.offer(2, {epoch_, k_long_from + 1, k_long_from + 1 + k_long_tasks});
  work(k_long_from / 2, k_long_from);
  expect_each_alone(k_long_tasks + 1);
}

}  // namespace
}  // namespace reactor::engine
