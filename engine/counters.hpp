// SPDX-License-Identifier: BSD-3-Clause
// What one thread has done. One writer at a time, read by anybody at any time.
#pragma once

#include <cstdint>

#include "engine/env.hpp"

namespace reactor::engine {

template <class Env>
class Counter {
 public:
  // The one writer only: no read-modify-write needed.
  void add(std::uint64_t n) noexcept {
    count_.store(count_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t read_approx() const noexcept { return count_.load(std::memory_order_relaxed); }

 private:
  typename Env::template atomic<std::uint64_t> count_{0};
};

// Of any number of writers.
template <class Env>
class SharedCounter {
 public:
  void add(std::uint64_t n) noexcept { count_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t read_approx() const noexcept { return count_.load(std::memory_order_relaxed); }

 private:
  typename Env::template atomic<std::uint64_t> count_{0};
};

template <class Env>
struct Counters {
  Counter<Env> runs, tasks, errors, timeouts, steals, parks, wakes;
};

// By the one writer of `sum`.
template <class Env>
void add_up(Counters<Env> const& counters, Counters<Env>& sum) noexcept {
  sum.runs.add(counters.runs.read_approx());
  sum.tasks.add(counters.tasks.read_approx());
  sum.errors.add(counters.errors.read_approx());
  sum.timeouts.add(counters.timeouts.read_approx());
  sum.steals.add(counters.steals.read_approx());
  sum.parks.add(counters.parks.read_approx());
  sum.wakes.add(counters.wakes.read_approx());
}

}  // namespace reactor::engine
