// SPDX-License-Identifier: BSD-3-Clause
// Interleavings in which a worker or a range once was forgotten, made certain by an Env that delays
// or refuses one operation.
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <thread>

#include "engine/caller.hpp"
#include "engine/crew.hpp"
#include "tests/unit/counting_job.hpp"

namespace reactor::engine {
namespace {

// Tests of these hang when they fail; CTest ends them.
void await(auto const& condition) {
  while (!condition()) std::this_thread::yield();
}

template <class Env>
RunCounts run(Crew<Env>& crew, CountingJob<Env>& counting, std::uint32_t benched) {
  Caller<Env> caller(crew.shared(), crew.shared().workers, benched, true);
  return caller.run(counting.job(), Env::now_ns());
}

// ---- a queue without room, and a task that ends its thread ----

std::atomic<int> refusals{0};
thread_local bool is_worker = false;

template <class T>
struct FullQueue : NativeQueue<T> {
  struct Producer : NativeQueue<T>::Producer {
    explicit Producer(FullQueue& home) : NativeQueue<T>::Producer(home) {}
    bool push(T const& element) {
      if (is_worker && refusals.load() > 0) {
        refusals.fetch_sub(1);
        return false;
      }
      return NativeQueue<T>::Producer::push(element);
    }
  };
};
struct FullEnv : NativeEnv {
  template <class T>
  using queue = FullQueue<T>;
};

TEST(HandOn, what_could_not_be_offered_outlives_the_thread_that_had_it) {
  Crew<FullEnv> crew(2, 20'000, "full", {[](Worker<FullEnv> const&) { is_worker = true; }, {}});
  for (int round = 0; round < 100; ++round) {
    refusals = 2;
    CountingJob<FullEnv> counting(8);
    std::atomic<bool> has_ended{false};
    counting.in_task = [&](std::uint64_t) {
      if (is_worker && !has_ended.exchange(true)) pthread_exit(nullptr);
      if (!is_worker) await([&] { return has_ended.load(); });
    };
    EXPECT_EQ(run(crew, counting, 0).remaining, 0u);
    EXPECT_TRUE(counting.every_task_was_run_once());
  }
}

// ---- a second batch behind one whose sleeper is benched ----

std::atomic<int> wakes{0};
std::atomic<bool> is_armed{false};
std::atomic<bool> has_offered{false};

struct SlowWakeEnv : NativeEnv {
  static void futex_wake_one(atomic<std::uint32_t>& word) noexcept {
    if (is_armed.load() && ++wakes == 2) await([] { return has_offered.load(); });
    NativeEnv::futex_wake_one(word);
  }
};

TEST(HandOn, looks_behind_the_batch_that_nobody_can_help) {
  Crew<SlowWakeEnv> crew(3, 20'000, "slow", {});
  auto& shared = crew.shared();
  // Two batches exist, so that the second run's stands behind the first's.
  auto* const one = shared.acquire_batch();
  shared.slab.release(shared.acquire_batch());
  shared.slab.release(one);
  await([&] { return shared.idle.look().asleep == 3 && !shared.idle.look().watched; });
  is_armed = true;
  std::atomic<bool> second_is_over{false};
  CountingJob<SlowWakeEnv> long_run(4);
  long_run.in_task = [&](std::uint64_t) { await([&] { return second_is_over.load(); }); };
  std::thread other([&] { run(crew, long_run, 0); });
  await([] { return wakes.load() >= 2; });
  std::atomic<int> met{0};
  CountingJob<SlowWakeEnv> meeting(2);
  meeting.in_task = [&](std::uint64_t) {
    if (++met == 1) has_offered = true;
    await([&] { return met.load() == 2; });
  };
  EXPECT_EQ(run(crew, meeting, 1).remaining, 0u);
  second_is_over = true;
  other.join();
  is_armed = false;
}

// ---- a waker that is preempted between claiming a sleeper and counting it as searching ----

std::atomic<bool> is_gap_armed{false};
std::atomic<bool> is_in_gap{false};
std::atomic<bool> may_leave_gap{false};
thread_local bool is_slow_waker = false;

template <class T>
struct GapAtomic : std::atomic<T> {
  using std::atomic<T>::atomic;
  T fetch_add(T delta, std::memory_order order) noexcept {
    constexpr T k_from_asleep_to_searching = T(1) - (T(1) << 16);
    if constexpr (sizeof(T) == 8) {
      if (is_slow_waker && delta == k_from_asleep_to_searching && is_gap_armed.exchange(false)) {
        is_in_gap = true;
        await([] { return may_leave_gap.load(); });
      }
    }
    return std::atomic<T>::fetch_add(delta, order);
  }
};
struct GapEnv : NativeEnv {
  template <class T>
  using atomic = GapAtomic<T>;
  static void futex_wait(atomic<std::uint32_t>& word, std::uint32_t expected,
                         std::uint64_t timeout_ns) noexcept {
    NativeEnv::futex_wait(word, expected, timeout_ns);
  }
  static void futex_wake_one(atomic<std::uint32_t>& word) noexcept {
    NativeEnv::futex_wake_one(word);
  }
};

TEST(HandOn, a_waker_answers_for_what_others_left_to_the_woken) {
  // It takes the one that keeps watch, and which one that is cannot be chosen: so some rounds.
  for (std::uint32_t round = 0; round < 40; ++round) {
    std::uint32_t const after = round % 2;
    Crew<GapEnv> crew(3, 20'000, "gap", {});
    await([&] { return crew.shared().idle.look().asleep == 3; });
    is_gap_armed = true;
    is_in_gap = false;
    may_leave_gap = false;
    std::thread waker([&] {
      is_slow_waker = true;
      auto* const entry = crew.shared().acquire_batch();
      Counter<GapEnv> ignored;
      entry->value->open({}, 3, 0, true);
      crew.shared().call_for_help(*entry->value, after, Shared<GapEnv>::k_at_any_cost, ignored);
      entry->value->close();
      crew.shared().slab.release(entry);
    });
    await([] { return is_in_gap.load(); });
    std::atomic<int> met{0};
    CountingJob<GapEnv> meeting(3);
    meeting.in_task = [&](std::uint64_t) {
      if (++met == 2) may_leave_gap = true;
      await([&] { return met.load() == 3; });
    };
    EXPECT_EQ(run(crew, meeting, 0).remaining, 0u);
    waker.join();
  }
}

}  // namespace
}  // namespace reactor::engine
