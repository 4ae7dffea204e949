// SPDX-License-Identifier: BSD-3-Clause
// Bugs that schedulers have shipped, and three that this one might have: each planted in a copy of
// the algorithm, small enough to read, and found. Where there is a remedy it stands beside, and
// nothing is found in it.
#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "tests/model/env.hpp"
#include "tests/model/explore.hpp"
#include "tests/model/model_run.hpp"

namespace reactor::model {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto seq_cst = std::memory_order_seq_cst;

constexpr Bounds k_bounds{2, 2, 0};

// tokio #1788: who pushes looks for searchers with a load, whatever its order, and the last
// searcher looks at the queue's length once more. Nothing makes that length visible to it: the
// searcher's read-modify-write does not synchronize with a load.
void push_beside_a_searcher(bool looks_by_rmw) {
  Atomic<int> length{0};
  Atomic<int> searching{1};
  bool was_seen = false;
  bool was_called = false;
  Env::thread searcher("searcher", [&] {
    if (searching.fetch_sub(1, seq_cst) == 1) was_seen = length.load(acquire) != 0;
  });
  length.store(1, release);
  was_called = (looks_by_rmw ? searching.fetch_add(0, seq_cst) : searching.load(seq_cst)) == 0;
  searcher.join();
  require(was_seen || was_called, "pushed, and nobody will come");
}

TEST(KnownBugs, tokio_1788_a_load_that_should_publish) {
  expect_found("tokio #1788", k_bounds, "nobody will come", [] { push_beside_a_searcher(false); });
  explore("tokio #1788, mended", {k_bounds, 13, 0}, [] { push_beside_a_searcher(true); });
}

// tokio #4383 describes it, #8056 is of its family: a worker that was relied on as a searcher finds
// something else and leaves the search without a look.
void leave_the_search(bool hands_on) {
  Atomic<int> queued{1};
  Atomic<int> searching{1};
  bool was_called = false;
  bool was_taken = false;
  Env::thread searcher("searcher", [&] {
    queued.fetch_sub(1, seq_cst);  // found something
    searching.fetch_sub(1, seq_cst);
    if (hands_on) was_taken = queued.load(seq_cst) != 0;
  });
  queued.fetch_add(1, seq_cst);
  was_called = searching.load(seq_cst) == 0;
  searcher.join();
  require(was_taken || was_called, "pushed, and nobody will come");
}

TEST(KnownBugs, tokio_8056_a_searcher_that_leaves_without_a_look) {
  expect_found("tokio #8056", k_bounds, "nobody will come", [] { leave_the_search(false); });
  explore("tokio #8056, mended", {k_bounds, 13, 0}, [] { leave_the_search(true); });
}

// rayon #934: the latch lives in the frame of who waits for it, and is touched after it was set.
void set_a_latch(bool touches_after) {
  struct Latch {
    Atomic<int> is_set{0};
    Atomic<int> owner{7};
  };
  auto latch = std::make_unique<Latch>();
  Env::thread setter("setter", [&latch = *latch, touches_after] {
    int owner = touches_after ? 0 : latch.owner.load(relaxed);
    latch.is_set.store(1, release);
    if (touches_after) owner = latch.owner.load(relaxed);
    require(owner == 7, "the wrong owner was told");
  });
  while (latch->is_set.load(acquire) == 0) Env::relax();
  latch.reset();
  setter.join();
}

TEST(KnownBugs, rayon_934_a_latch_that_is_touched_after_it_was_set) {
  expect_found("rayon #934", k_bounds, "is done with it", [] { set_a_latch(true); });
  explore("rayon #934, mended", {k_bounds, 15, 0}, [] { set_a_latch(false); });
}

// crossbeam #726: a thief acts on what it read before the owner changed it, and a task is popped
// twice: here it takes two with one compare-exchange, while the owner pops from the other end
// without one, as it may as long as it does not pop the last.
void steal_a_batch(int at_once) {
  Atomic<int> front{0};
  Atomic<int> back{3};
  int taken[3] = {};
  Env::thread thief("thief", [&] {
    int first = front.load(seq_cst);
    if (back.load(seq_cst) - first < 2) return;
    if (!front.compare_exchange_strong(first, first + at_once, seq_cst, relaxed)) return;
    for (int i = first; i < first + at_once; ++i) ++taken[i];
  });
  for (int pops = 0; pops < 2; ++pops) {
    int const last = back.load(relaxed) - 1;
    back.store(last, seq_cst);
    int const first = front.load(seq_cst);
    if (last <= first) {
      back.store(last + 1, relaxed);
      break;
    }
    ++taken[last];
  }
  thief.join();
  for (int const times : taken) require(times <= 1, "a task was taken twice");
}

TEST(KnownBugs, crossbeam_726_a_task_that_is_popped_twice) {
  expect_found("crossbeam #726", k_bounds, "taken twice", [] { steal_a_batch(2); });
  explore("crossbeam #726, mended", {k_bounds, 27, 0}, [] { steal_a_batch(1); });
}

// Ours: a run is over when its queue looks empty, instead of when all is booked.
TEST(KnownBugs, an_empty_look_that_is_believed) {
  expect_found("an empty look believed", k_bounds, "lost", [] {
    Bag<engine::Range> queue;
    Bag<engine::Range>::Producer producer(queue);
    producer.push({1, 0, 1});
    engine::Range range;
    int run = 0;
    while (producer.pop(range)) ++run;
    require(run == 1, "a task was lost");
  });
}

// Ours: the latch looks and then stores, instead of a compare-exchange.
TEST(KnownBugs, a_latch_that_two_can_win) {
  expect_found("a latch that two can win", k_bounds, "two first errors", [] {
    Atomic<int> winner{0};
    int wins = 0;
    auto const trip = [&](int task) {
      if (winner.load(seq_cst) != 0) return;
      winner.store(task, seq_cst);
      ++wins;
    };
    Env::thread other("other", [&] { trip(1); });
    trip(2);
    other.join();
    require(wins == 1, "two first errors");
  });
}

// Ours: a batch is used again as soon as all tasks are booked, while a helper is still inside.
TEST(KnownBugs, a_batch_reused_before_it_is_quiescent) {
  expect_found("a batch reused too early", k_bounds, "data race", [] {
    Var<int> job;
    Atomic<int> remaining{1};
    Env::thread helper("helper", [&] {
      job.get();
      remaining.fetch_sub(1, seq_cst);
      job.get();  // on its way out
    });
    while (remaining.load(seq_cst) != 0) Env::relax();
    job.set(2);
    helper.join();
  });
}

}  // namespace
}  // namespace reactor::model
