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

// For differences only. Counts nanoseconds as the steady clock did while it was calibrated, to a
// thousandth or better, so it drifts from that: no deadline goes by it. Where a machine has no
// counter that goes on at one pace for ever and alike on all CPUs, it is the steady clock. It may
// step back where a machine was moved: let differences be unsigned, so that this is a very long
// time.
class TickClock {
 public:
  // Not the steady clock before the first Calibrated of a process has been made, but still a clock.
  static std::uint64_t now_ns() noexcept {
#if defined(__x86_64__)
    std::uint64_t const scale = scale_.load(std::memory_order_relaxed);
    if (scale > k_uncalibrated) [[likely]] {
      __extension__ using Wide = unsigned __int128;
      return static_cast<std::uint64_t>(Wide{__rdtsc()} * scale >> k_scale_bits);
    }
#endif
    return steady_ns();
  }

  // 0 if it has stepped back.
  static std::uint64_t since_ns(std::uint64_t start_ns) noexcept {
    std::uint64_t const now_ns = TickClock::now_ns();
    return now_ns > start_ns ? now_ns - start_ns : 0;
  }

  static std::uint64_t steady_ns() noexcept;

  // Makes it the cheap one it is. Any thread, any number of times. The first in a process takes
  // some 50 µs, unless that long has passed since this library was loaded, but not a second.
  struct Calibrated {
    Calibrated() noexcept;
  };

  // The counter and the steady clock at one time. Whatever comes between the two looks makes them
  // wrong: of some pairs, the closest.
  struct Moment {
    std::uint64_t ticks = 0;
    std::uint64_t ns = 0;
    static Moment now() noexcept;
  };

  // Nanoseconds a tick, times 2^k_scale_bits. 0 if that cannot be told from these two: the thread
  // was stopped for long, or the counter was set.
  static std::uint64_t scale_between(Moment const& first, Moment const& last) noexcept;

  static constexpr int k_scale_bits = 32;
  static constexpr std::uint64_t k_calibration_ns = 50'000;
  static constexpr std::uint64_t k_calibration_max_ns = 1'000'000'000;

 private:
  static std::uint64_t measure_scale() noexcept;

  static constexpr std::uint64_t k_uncalibrated = 1;

  // As scale_between has it; 0: there is no such counter.
  static std::atomic<std::uint64_t> scale_;
};

}  // namespace reactor::engine
