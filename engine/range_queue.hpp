// SPDX-License-Identifier: BSD-3-Clause
// What is queued: ranges of task indices, never tasks.
#pragma once

#include <cstdint>

#include "engine/env.hpp"

namespace reactor::engine {

// Tasks [lo, hi) of the run that its batch had open as `epoch`. The batch itself is named by the
// producer through which the range was pushed.
struct Range {
  std::uint64_t epoch = 0;
  std::uint64_t lo = 0;
  std::uint64_t hi = 0;
  // It has been in a queue, and still counts as if it were. A word, as four words are copied at
  // once: a byte behind three makes that two copies that overlap, and wait for each other.
  std::uint64_t is_counted = 0;

  std::uint64_t size() const noexcept { return hi - lo; }
};

// One per worker. The ranges of each batch go in through a producer of their own, so that a thread
// waiting for its run finds that run's ranges and no others. Callers that are no workers push into
// the queue of the worker whose place they take.
template <class Env>
using RangeQueue = typename Env::template queue<Range>;

template <class Env>
using RangeProducer = typename RangeQueue<Env>::Producer;

// Pops one range of `epoch`, dropping stale ones: one compare each, nothing else is touched. When
// it returns false, what is in `range` is no range to run.
template <class Env>
bool pop_current(RangeProducer<Env>& from, std::uint64_t epoch, Range& range) {
  while (from.pop(range)) {
    if (range.epoch == epoch) {
      range.is_counted = 1;
      return true;
    }
  }
  return false;
}

}  // namespace reactor::engine
