// SPDX-License-Identifier: BSD-3-Clause
// The first reason to stop wins. Protocol L in README.md.
#pragma once

#include <cstdint>
#include <optional>

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
  static constexpr std::uint64_t k_reasons_from = k_no_batch;

  ErrorLatch() = default;
  ErrorLatch(ErrorLatch const&) = delete;
  ErrorLatch& operator=(ErrorLatch const&) = delete;
  ~ErrorLatch() { reset(); }

  // Any thread, lock-free but for what the run's stop source calls. True for the one that wins.
  static bool trip(State& state, std::uint64_t task_index) noexcept {
    return win(state, task_index + 1);
  }
  static bool trip_for(State& state, std::uint64_t reason) noexcept { return win(state, reason); }

  // The same, and it is left to the caller to stop the source that is returned, if any.
  static std::optional<typename Env::stop_source> trip_quietly(State& state,
                                                               std::uint64_t task_index) noexcept {
    if (!set(state, task_index + 1)) return {};
    auto* const source = StopNotice<Env>::mark(state.notice);
    if (source == nullptr) return {};
    return *source;
  }

  bool trip(std::uint64_t task_index) noexcept { return trip(state_, task_index); }

  // What everybody asks between tasks: one relaxed load.
  bool was_tripped() const noexcept { return winner() != k_clear; }

  // Task index + 1 of the winner, or the reason; 0 when there is none.
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

  static bool set(State& state, std::uint64_t winner) noexcept {
    std::uint64_t expected = k_clear;
    return state.winner.compare_exchange_strong(expected, winner, std::memory_order_relaxed,
                                                std::memory_order_relaxed);
  }

  static bool win(State& state, std::uint64_t winner) noexcept {
    if (!set(state, winner)) return false;
    StopNotice<Env>::stop(state.notice);
    return true;
  }

  State state_;
};

}  // namespace reactor::engine
