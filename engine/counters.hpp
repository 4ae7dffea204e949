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

template <class Env>
struct Counters {
  Counter<Env> runs, tasks, errors, steals, parks, wakes;
};

}  // namespace reactor::engine
