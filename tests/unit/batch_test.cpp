// SPDX-License-Identifier: BSD-3-Clause
#include "engine/batch.hpp"

#include <gtest/gtest.h>

#include "tests/unit/counting_job.hpp"

namespace reactor::engine {
namespace {

constexpr std::uint32_t k_workers = 3;
constexpr std::uint32_t k_caller = k_workers;

class BatchTest : public testing::Test {
 protected:
  std::uint64_t open(std::uint32_t benched = 0) {
    return batch_.open(counting_.job(), k_caller, benched, true);
  }

  std::vector<RangeQueue<NativeEnv>> queues_ = std::vector<RangeQueue<NativeEnv>>(k_workers);
  Batch<NativeEnv> batch_{queues_, 0};
  CountingJob<NativeEnv> counting_{10};
};

TEST_F(BatchTest, wants_help_only_while_something_is_queued_and_it_is_not_stopped) {
  EXPECT_FALSE(batch_.wants(1));
  std::uint64_t const epoch = open();
  EXPECT_FALSE(batch_.wants(1));
  batch_.offer(k_caller, {epoch, 1, 10});
  EXPECT_TRUE(batch_.wants(1));
  EXPECT_FALSE(batch_.wants(0)) << "the caller has taken its place";
  batch_.latch().trip(0);
  EXPECT_FALSE(batch_.wants(1));
  EXPECT_TRUE(batch_.close());
  EXPECT_FALSE(batch_.wants(1));
  open();
  EXPECT_FALSE(batch_.wants(1)) << "it wants what the run before has left";
}

TEST_F(BatchTest, one_takes_back_ones_own_before_stealing) {
  std::uint64_t const epoch = open();
  batch_.offer(1, {epoch, 0, 1});
  batch_.offer(2, {epoch, 1, 2});
  Range range;
  bool stolen = true;
  ASSERT_TRUE(batch_.take(2, epoch, range, stolen));
  EXPECT_EQ(range.lo, 1u);
  EXPECT_FALSE(stolen);
  ASSERT_TRUE(batch_.take(2, epoch, range, stolen));
  EXPECT_EQ(range.lo, 0u);
  EXPECT_TRUE(stolen);
  EXPECT_FALSE(batch_.take(2, epoch, range, stolen));
}

TEST_F(BatchTest, what_a_stopped_run_left_behind_is_never_run) {
  Range range;
  bool stolen = false;
  for (int run = 0; run < 1'000; ++run) {
    std::uint64_t const epoch = open();
    ASSERT_FALSE(batch_.has_queued()) << "leftovers don't count";
    ASSERT_TRUE(batch_.offer(k_caller, {epoch, 1, 5}));  // on the shelf
    ASSERT_TRUE(batch_.offer(k_caller, {epoch, 5, 10})) << "and don't fill the queue";
    if (run % 2 == 1) {
      for (std::uint64_t const lo : {1u, 5u}) {
        ASSERT_TRUE(batch_.take(1, epoch, range, stolen));
        ASSERT_EQ(range.epoch, epoch);
        ASSERT_EQ(range.lo, lo);
        batch_.uncount(range);
      }
      ASSERT_FALSE(batch_.take(1, epoch, range, stolen));
    }
    batch_.latch().trip(0);
    batch_.close();
  }
}

TEST_F(BatchTest, what_ends_behind_the_shelf_is_offered_in_a_queue) {
  constexpr std::uint64_t k_far = NativeEnv::k_shelf_hi_max;
  std::uint64_t const epoch = open();
  Range range;
  bool stolen = true;
  for (std::uint64_t const hi : {k_far, k_far + 1}) {
    ASSERT_TRUE(batch_.offer(k_caller, {epoch, k_far - 1, hi}));
    ASSERT_TRUE(batch_.take(k_caller, epoch, range, stolen));
    EXPECT_EQ(range.lo, k_far - 1);
    EXPECT_EQ(range.hi, hi);
    EXPECT_FALSE(stolen);
    EXPECT_EQ(range.is_counted, hi > k_far ? 1u : 0u);
    batch_.uncount(range);
    EXPECT_FALSE(batch_.has_queued());
  }
}

TEST_F(BatchTest, only_the_caller_puts_on_the_shelf_and_only_what_is_not_counted) {
  std::uint64_t const epoch = open();
  Range range;
  bool stolen = false;
  ASSERT_TRUE(batch_.offer(1, {epoch, 1, 10}));
  ASSERT_TRUE(batch_.take(k_caller, epoch, range, stolen));
  EXPECT_TRUE(stolen);
  EXPECT_EQ(range.is_counted, 1u);
  ASSERT_TRUE(batch_.offer(k_caller, range));
  range = {};
  ASSERT_TRUE(batch_.take(k_caller, epoch, range, stolen));
  EXPECT_EQ(range.is_counted, 1u);
  batch_.uncount(range);
  EXPECT_FALSE(batch_.has_queued());
}

TEST_F(BatchTest, what_is_on_the_shelf_is_not_covered_up) {
  std::uint64_t const epoch = open();
  for (std::uint64_t const lo : {1u, 2u, 3u}) {
    ASSERT_TRUE(batch_.offer(k_caller, {epoch, lo, lo + 1}));
  }
  Range range;
  bool stolen = false;
  for (std::uint64_t const lo : {1u, 2u, 3u}) {
    ASSERT_TRUE(batch_.take(k_caller, epoch, range, stolen));
    EXPECT_EQ(range.lo, lo);
    batch_.uncount(range);
  }
  EXPECT_FALSE(batch_.has_queued());
}

TEST_F(BatchTest, what_is_offered_again_counts_once) {
  std::uint64_t const epoch = open();
  batch_.offer(1, {epoch, 0, 10});
  Range range;
  bool stolen = false;
  ASSERT_TRUE(batch_.take(1, epoch, range, stolen));
  range.lo = 5;
  ASSERT_TRUE(batch_.offer(1, range));
  ASSERT_TRUE(batch_.take(1, epoch, range, stolen));
  batch_.uncount(range);
  EXPECT_FALSE(batch_.has_queued());
}

TEST_F(BatchTest, is_decided_by_the_counts_or_the_latch) {
  open();
  EXPECT_FALSE(batch_.was_decided());
  batch_.account(1, 9, 2);
  EXPECT_FALSE(batch_.was_decided());
  batch_.account(1, 1, 0);
  EXPECT_TRUE(batch_.was_decided());
  EXPECT_EQ(batch_.remaining(), 0u);
  EXPECT_EQ(batch_.failed(), 2u);
  batch_.close();
  open();
  EXPECT_FALSE(batch_.was_decided());
  batch_.latch().trip(3);
  EXPECT_TRUE(batch_.was_decided());
}

TEST_F(BatchTest, the_caller_is_told_when_its_run_is_decided_and_when_there_is_work) {
  std::uint64_t const epoch = open();
  batch_.caller_parker().announce();
  batch_.account(1, 1, 0);
  EXPECT_TRUE(batch_.caller_parker().withdraw()) << "nothing to tell yet";
  batch_.caller_parker().announce();
  batch_.offer(1, {epoch, 5, 10});
  EXPECT_FALSE(batch_.caller_parker().withdraw());
  batch_.caller_parker().announce();
  batch_.account(1, 9, 0);
  EXPECT_FALSE(batch_.caller_parker().withdraw());
}

TEST_F(BatchTest, a_full_queue_keeps_nothing_and_counts_nothing) {
  std::uint64_t const epoch = open();
  std::uint64_t offered = 0;
  while (batch_.offer(1, {epoch, 0, 1})) ++offered;
  Range range;
  bool stolen = false;
  for (; offered > 0; --offered) {
    ASSERT_TRUE(batch_.take(1, epoch, range, stolen));
    EXPECT_TRUE(batch_.has_queued()) << "it counts until it is said that nothing is offered again";
    batch_.uncount(range);
  }
  EXPECT_FALSE(batch_.has_queued());
}

}  // namespace
}  // namespace reactor::engine
