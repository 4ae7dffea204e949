// SPDX-License-Identifier: BSD-3-Clause
// Protocol E by itself: who enters a batch sees the run that is open and no other, and when the
// owner has found it quiescent nobody touches that run any more.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "engine/batch.hpp"
#include "tests/model/env.hpp"
#include "tests/model/explore.hpp"

namespace reactor::model {
namespace {

using Batch = engine::Batch<Env>;

// Lives as long as its run: a touch after that is a touch of what is gone.
struct Run {
  explicit Run(std::uint32_t number) : benched(number) { input.set(1); }
  Var<int> input;
  std::uint32_t const benched;
};

void never_called(void*, std::uint64_t, std::uint64_t, Batch::Frame&) {}

void visit(Batch& batch) {
  if (batch.try_enter() == 0) return;
  auto& run = *static_cast<Run*>(batch.job().context);
  require(run.input.get() == 1, "a run's input is not there");
  require(batch.benched() == run.benched, "what is known of the run is another one's");
  require(batch.remaining() == 2, "the count is another run's");
  batch.leave();
}

// As Caller does it, without the look before.
void await_quiescent(Batch& batch) {
  while (!batch.was_quiescent()) {
    batch.caller_parker().announce();
    if (batch.was_quiescent()) {
      batch.caller_parker().withdraw();
    } else {
      batch.caller_parker().wait();
    }
  }
}

void own(Batch& batch, std::uint32_t number) {
  auto const run = std::make_unique<Run>(number);
  batch.open({run.get(), &never_called, nullptr, 2, true}, 1, number, true);
  if (!batch.close()) await_quiescent(batch);
}

TEST(Lifetime, of_one_run_after_the_other_in_a_batch) {
  for (int const visitors : {1, 2}) {
    Effort const effort =
        visitors == 1 ? Effort{{4, 3, 0}, 9'476, 500'000} : Effort{{3, 2, 0}, 227'371, 500'000};
    explore("lifetime: " + std::to_string(visitors) + " visitors", effort, [visitors] {
      std::vector<engine::RangeQueue<Env>> queues(1);
      Batch batch(queues, 0);
      std::vector<Env::thread> threads;
      for (int i = 0; i < visitors; ++i) {
        threads.emplace_back("visitor", [&] {
          visit(batch);
          visit(batch);
        });
      }
      own(batch, 7);
      own(batch, 8);
      for (auto& thread : threads) thread.join();
    });
  }
}

// A stopped run's ranges are gone when the batch is opened again: they leave room for the next
// one's.
TEST(Lifetime, what_is_stale_makes_room) {
  explore("lifetime: what is stale makes room", {{0, 0, 0}, 1, 0}, [] {
    using Narrow = engine::Batch<EnvWithLittleRoom>;
    std::vector<engine::RangeQueue<EnvWithLittleRoom>> queues(1);
    Narrow batch(queues, 0);
    for (int run = 0; run < 2; ++run) {
      std::uint64_t const epoch = batch.open({nullptr, nullptr, nullptr, 3, true}, 1, 0, true);
      bool const had_room = batch.offer(1, {epoch, 1, 2}) && batch.offer(1, {epoch, 2, 3});
      require(had_room, "no room for a fresh run's ranges");
      batch.close();
    }
  });
}

}  // namespace
}  // namespace reactor::model
