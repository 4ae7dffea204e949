// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>

#include "reactor/summary.hpp"

namespace reactor::engine {

// What a run came to.
struct RunCounts {
  std::uint64_t remaining = 0;  // never begun
  std::uint64_t failed = 0;
  std::uint64_t timed_out = 0;
  std::uint64_t winner = 0;   // what stopped the run, as ErrorLatch has it, or 0
  bool forked = false;        // this is a child in which the other threads don't exist
  std::uint64_t task_ns = 0;  // what a task took, where that was looked at
};

inline Summary summarize(std::uint64_t total, RunCounts const& counts, std::uint64_t elapsed_ns) {
  Summary summary;
  summary.total = total;
  summary.skipped = counts.remaining;
  summary.failed = counts.failed;
  summary.timed_out = counts.timed_out;
  summary.done = summary.total - summary.skipped - summary.failed - summary.timed_out;
  summary.elapsed = std::chrono::nanoseconds(elapsed_ns);
  return summary;
}

}  // namespace reactor::engine
