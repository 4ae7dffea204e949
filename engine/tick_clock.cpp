// SPDX-License-Identifier: BSD-3-Clause
#include "engine/tick_clock.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace reactor::engine {

constinit std::atomic<std::uint64_t> TickClock::scale_{0};

std::uint64_t TickClock::steady_ns() noexcept {
  auto const now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

namespace {

#if defined(__x86_64__)
constexpr std::uint64_t k_calibration_ns = 50'000;

// "Invariant TSC" (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 3, section
// on the time-stamp counter): one pace in all states of the CPU.
bool has_invariant_counter() noexcept {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(0x80000007, &a, &b, &c, &d) != 0 && (d & 1u << 8) != 0;
}

struct Moment {
  std::uint64_t ticks;
  std::uint64_t ns;
};

// Whatever comes between the two looks makes them wrong: of some pairs, the closest.
Moment closest_moment() noexcept {
  Moment best{};
  std::uint64_t least = ~std::uint64_t{0};
  for (int i = 0; i < 8; ++i) {
    std::uint64_t const before = __rdtsc();
    std::uint64_t const ns = TickClock::steady_ns();
    std::uint64_t const after = __rdtsc();
    if (after - before >= least) continue;
    least = after - before;
    best = {before + least / 2, ns};
  }
  return best;
}

std::uint64_t measure_scale(int scale_bits) noexcept {
  if (!has_invariant_counter()) return 0;
  Moment const first = closest_moment();
  while (TickClock::steady_ns() - first.ns < k_calibration_ns) continue;
  Moment const last = closest_moment();
  return ((last.ns - first.ns) << scale_bits) / (last.ticks - first.ticks);
}
#endif

}  // namespace

TickClock::Calibrated::Calibrated() noexcept {
#if defined(__x86_64__)
  static std::uint64_t const scale = measure_scale(k_scale_bits);
  scale_.store(scale, std::memory_order_relaxed);
#endif
}

}  // namespace reactor::engine
