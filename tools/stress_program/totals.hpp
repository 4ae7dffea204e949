// SPDX-License-Identifier: BSD-3-Clause
// What was done so far, and the signs of life that the watchdog looks for.
#pragma once

#include <atomic>
#include <cstdint>
#include <reactor/reactor.hpp>

namespace stress {

using Count = std::atomic<std::uint64_t>;

inline void add(Count& count, std::uint64_t n = 1) noexcept {
  count.fetch_add(n, std::memory_order_relaxed);
}

struct Totals {
  Count progress{0};  // grows as long as anything moves
  Count programs{0};
  Count runs{0};
  Count tasks{0};
  Count errors{0};
  Count woken_runs{0};  // of one task, for which a worker must come
  Count inner_runs{0};
  Count stopped_runs{0};
  Count reactors{0};
  Count callers{0};  // threads
  Count forks{0};
  Count timeouts{0};
  // By the Reactors' own counts.
  Count steals{0};
  Count parks{0};
  Count wakes{0};

  void take(reactor::Stats const& stats) noexcept {
    add(steals, stats.steals);
    add(parks, stats.parks);
    add(wakes, stats.wakes);
  }
};

}  // namespace stress
