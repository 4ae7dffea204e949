// SPDX-License-Identifier: BSD-3-Clause
// How long something took, for a few nanoseconds: the CPU's own counter instead of a call that asks
// for it, and touches cache lines of three libraries to do so.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace reactor::engine {

// For differences only. Counts nanoseconds as the steady clock did while it was calibrated, so over
// hours it drifts from that: no deadline goes by it. Where a machine has no such counter, it is the
// steady clock.
class TickClock {
 public:
  static std::uint64_t now_ns() noexcept {
#if defined(__x86_64__)
    std::uint64_t const scale = scale_.load(std::memory_order_relaxed);
    if (scale != 0) [[likely]] {
      __extension__ using Wide = unsigned __int128;
      return static_cast<std::uint64_t>(Wide{__rdtsc()} * scale >> k_scale_bits);
    }
#endif
    return steady_ns();
  }

  // Between two CPUs the counter may step back a little.
  static std::uint64_t since_ns(std::uint64_t start_ns) noexcept {
    std::uint64_t const now_ns = TickClock::now_ns();
    return now_ns > start_ns ? now_ns - start_ns : 0;
  }

  static std::uint64_t steady_ns() noexcept;

  // Makes it the cheap one it is. Any thread, any number of times; the first in a process takes
  // some 50 µs.
  struct Calibrated {
    Calibrated() noexcept;
  };

 private:
  static constexpr int k_scale_bits = 32;

  // Nanoseconds a tick, times 2^32; 0: there is no counter that goes on at one pace for ever.
  static std::atomic<std::uint64_t> scale_;
};

}  // namespace reactor::engine
