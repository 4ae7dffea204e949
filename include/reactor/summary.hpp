// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>

namespace reactor {

// What became of a run's tasks. Once the run is over,
// total == done + failed + timed_out + skipped, exactly.
struct Summary {
  std::size_t total = 0;
  std::size_t done = 0;       // have a value
  std::size_t failed = 0;     // have an error
  std::size_t timed_out = 0;  // were given up on
  std::size_t skipped = 0;    // never began, because the run was stopped
  // From when tasks and outcomes had been made ready until nothing executed any more. Where the CPU
  // has a counter of its own, it may differ by a thousandth from what the steady clock says.
  std::chrono::nanoseconds elapsed{0};
};

}  // namespace reactor
