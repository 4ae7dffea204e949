// SPDX-License-Identifier: BSD-3-Clause
// From which length on a run is worth the help of a thread that is looking for work anyway:
// measured, not known. Protocol H in README.md.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "engine/line.hpp"

namespace reactor::engine {

// What help costs is lines of memory that go from one CPU to another and back: 30 ns each between
// two threads of one core, 170 between two cores, more between sockets; and a virtual machine's
// CPUs are the one now and the other in a moment. Who joins a run has just seen it. A guess, for
// any thread.
class HelpCost {
 public:
  static constexpr std::uint64_t k_least_ns = 1'000;
  static constexpr std::uint64_t k_most_ns = 20'000;
  static constexpr std::uint64_t k_at_first_ns = 2'500;
  // When as much has been kept from help, help is tried again: a wake, and some runs that may be
  // slower for it, a thousandth of that.
  static constexpr std::uint64_t k_retry_ns = 10'000'000;
  // A run that takes as long as that many joins is as fast with help as without: found where a join
  // took 30 ns or 265, as the CPUs happened to lie. Most of what help costs comes after it, and on
  // the caller's side.
  static constexpr std::uint64_t k_worth_in_joins = 13;

  std::uint64_t worth_ns() const noexcept { return worth_ns_.load(std::memory_order_relaxed); }

  // By a worker that has taken a part of a run, join_ns after it chose that. One that was
  // interrupted meanwhile does not change much alone.
  void note(std::uint64_t join_ns) noexcept {
    std::uint64_t const known_ns = worth_ns();
    std::uint64_t const seen_ns = std::clamp(std::min(join_ns, k_most_ns) * k_worth_in_joins,
                                             k_least_ns, std::min(2 * known_ns, k_most_ns));
    std::uint64_t const slack_ns = known_ns / 8;  // what is written is fetched by all who read it
    if (seen_ns > known_ns + slack_ns || seen_ns + slack_ns < known_ns) {
      worth_ns_.store((known_ns + seen_ns) / 2, std::memory_order_relaxed);
    }
  }

  // By the caller of a run that is kept from help because it is shorter. What is never worth it is
  // no reason to try.
  void note_kept(std::uint64_t run_ns) noexcept {
    if (run_ns < k_least_ns) return;
    std::uint64_t const kept_ns = kept_ns_.load(std::memory_order_relaxed) + run_ns;
    bool const is_enough = kept_ns >= k_retry_ns;
    kept_ns_.store(is_enough ? 0 : kept_ns, std::memory_order_relaxed);
    if (is_enough) worth_ns_.store(k_least_ns, std::memory_order_relaxed);
  }

 private:
  // read by whoever looks for work and by callers, rarely written
  alignas(k_line_bytes) std::atomic<std::uint64_t> worth_ns_{k_at_first_ns};
  // written by callers
  alignas(k_line_bytes) std::atomic<std::uint64_t> kept_ns_{0};
};

}  // namespace reactor::engine
