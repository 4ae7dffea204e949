// SPDX-License-Identifier: BSD-3-Clause
// The first reason to stop wins. Protocol L in README.md.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "engine/assert.hpp"
#include "engine/env.hpp"
#include "engine/stop_notice.hpp"
#include "reactor/detail/job.hpp"

namespace reactor::engine {

// Holds the index of the first task that failed, or what else stopped the run. It orders nothing:
// what a thread does on finding it tripped, and what the winner has recorded, are ordered by what
// every participant does next, which is to book (Batch::account) and to leave (Epoch::leave).
template <class Env>
class ErrorLatch {
 public:
  using State = detail::BasicLatch<typename Env::template atomic<std::uint64_t>>;

  // What stops a run beside a task's failure. As winner() says it: no task has such an index.
  static constexpr std::uint64_t k_cancelled = ~std::uint64_t{0};
  static constexpr std::uint64_t k_deadline_exceeded = k_cancelled - 1;
  static constexpr std::uint64_t k_no_thread = k_cancelled - 2;  // to replace one with a straggler
  static constexpr std::uint64_t k_no_worker = k_cancelled - 3;  // is left
  static constexpr std::uint64_t k_no_memory = k_cancelled - 4;  // to begin with
  static constexpr std::uint64_t k_no_batch = k_cancelled - 5;   // is free
  static constexpr std::uint64_t k_with_stream = k_cancelled - 6;  // whose part the run is
  static constexpr std::uint64_t k_reasons_from = k_with_stream;
  // No winner, but a task that will be: it is being unwound. Gone when the run is over.
  static constexpr std::uint64_t k_unwinding = k_reasons_from - 1;

  ErrorLatch() = default;
  ErrorLatch(ErrorLatch const&) = delete;
  ErrorLatch& operator=(ErrorLatch const&) = delete;
  ~ErrorLatch() { reset(); }

  // Any thread, lock-free but for what the run's stop source calls. True for the one that wins.
  // The frame's task has failed.
  template <class Frame>
  static bool trip(Frame& frame, std::uint64_t task_index) noexcept {
    bool const was_early = std::exchange(frame.has_tripped_early, false);
    return win(*frame.latch, was_early ? k_unwinding : k_clear, task_index + 1);
  }
  // It will have failed as soon as its stack is unwound, and trips then: but nobody begins another
  // task from here on, and no other failure wins.
  template <class Frame>
  static void trip_early(Frame& frame) noexcept {
    std::uint64_t before = k_clear;
    if (set(*frame.latch, before, k_unwinding)) frame.has_tripped_early = true;
  }
  // Wins over a task that is being unwound, too; but for the stop of its stream, which may be what
  // that one has caused, and gives notice only.
  static bool trip_for(State& state, std::uint64_t reason) noexcept {
    std::uint64_t before = k_clear;
    bool const has_won =
        set(state, before, reason) ||
        (before == k_unwinding && reason != k_with_stream && set(state, before, reason));
    if (has_won || before == k_unwinding) StopNotice<Env>::stop(state.notice);
    return has_won;
  }

  // Of a task that was taken from its thread. It is left to the caller to stop the source that is
  // returned, if any.
  static std::optional<typename Env::stop_source> trip_quietly(State& state,
                                                               std::uint64_t task_index) noexcept {
    std::uint64_t before = k_clear;
    if (!set(state, before, task_index + 1)) return {};
    auto* const source = StopNotice<Env>::mark(state.notice);
    if (source == nullptr) return {};
    return *source;
  }

  bool trip(std::uint64_t task_index) noexcept { return win(state_, k_clear, task_index + 1); }

  // What everybody asks between tasks: one relaxed load.
  bool was_tripped() const noexcept { return winner() != k_clear; }
  // Nor is a task being unwound, which may wait for what stops the run from outside: so that must
  // still find the run.
  bool has_winner() const noexcept {
    std::uint64_t const found = winner();
    return found != k_clear && found != k_unwinding;
  }

  // Task index + 1 of the winner, or the reason; 0 when there is none. While the run goes on, it
  // may be k_unwinding.
  std::uint64_t winner() const noexcept { return state_.winner.load(std::memory_order_relaxed); }

  // Owner only, while nobody is inside the batch.
  void reset() noexcept {
    state_.winner.store(k_clear, std::memory_order_relaxed);
    StopNotice<Env>::reset(state_.notice);
  }

  // Owner only, nobody inside either: who has asked to be told by `from` will be told by this.
  void take_notice(ErrorLatch& from) noexcept {
    REACTOR_ASSERT_INTERNAL(!from.was_tripped());
    state_.notice.store(from.state_.notice.load(std::memory_order_relaxed),
                        std::memory_order_relaxed);
    from.state_.notice.store(0, std::memory_order_relaxed);
  }

  State& state() noexcept { return state_; }

 private:
  static constexpr std::uint64_t k_clear = 0;

  // `before`: what was there.
  static bool set(State& state, std::uint64_t& before, std::uint64_t winner) noexcept {
    return state.winner.compare_exchange_strong(before, winner, std::memory_order_relaxed,
                                                std::memory_order_relaxed);
  }

  // Who loses to a task that is being unwound gives notice all the same: that task may wait for
  // who waits for it, and its own thread still holds what a callback may want.
  static bool win(State& state, std::uint64_t before, std::uint64_t winner) noexcept {
    bool const has_won = set(state, before, winner);
    if (has_won || before == k_unwinding) StopNotice<Env>::stop(state.notice);
    return has_won;
  }

  State state_;
};

}  // namespace reactor::engine
