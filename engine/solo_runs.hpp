// SPDX-License-Identifier: BSD-3-Clause
// Runs that never leave their caller: nothing to share but the counts, and that they are going on.
#pragma once

#include <cstdint>

#include "engine/env.hpp"

namespace reactor::engine {

template <class Env>
class SoloRuns {
 public:
  // Any thread, lock-free.
  void begin() noexcept { word_.fetch_add(k_one_run + 1, std::memory_order_relaxed); }

  // Last touch of the Reactor by this run.
  void end(std::uint64_t tasks, std::uint64_t errors) noexcept {
    if (tasks != 1) more_tasks_.fetch_add(tasks - 1, std::memory_order_relaxed);
    if (errors != 0) errors_.fetch_add(errors, std::memory_order_relaxed);
    // ORDER O29: SoloRuns::was_all_over's load; the run is done with the Reactor
    word_.fetch_sub(1, std::memory_order_release);
  }

  // The run is a batch's from here on, which counts it.
  void hand_over() noexcept {
    // ORDER O97: SoloRuns::was_all_over's load; that the batch is taken
    word_.fetch_sub(k_one_run + 1, std::memory_order_release);
  }

  bool was_all_over() const noexcept {
    // ORDER O30: SoloRuns::end's fetch_sub, SoloRuns::hand_over's; the runs are done with the
    // Reactor
    return (word_.load(std::memory_order_acquire) & k_active_mask) == 0;
  }

  std::uint64_t runs_approx() const noexcept {
    return word_.load(std::memory_order_relaxed) / k_one_run;
  }
  std::uint64_t tasks_approx() const noexcept {
    std::uint64_t const word = word_.load(std::memory_order_relaxed);
    return word / k_one_run - (word & k_active_mask) + more_tasks_.load(std::memory_order_relaxed);
  }
  std::uint64_t errors_approx() const noexcept { return errors_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::uint64_t k_one_run = std::uint64_t{1} << 16;
  static constexpr std::uint64_t k_active_mask = k_one_run - 1;

  // shared: written by callers. runs:48 | active:16
  typename Env::template atomic<std::uint64_t> word_{0};
  typename Env::template atomic<std::uint64_t> more_tasks_{0};  // than one a run; may wrap
  typename Env::template atomic<std::uint64_t> errors_{0};
};

}  // namespace reactor::engine
