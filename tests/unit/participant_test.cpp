// SPDX-License-Identifier: BSD-3-Clause
#include "engine/participant.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace reactor::engine
