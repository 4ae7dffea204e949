// SPDX-License-Identifier: BSD-3-Clause
#include "engine/tick_clock.hpp"

#if defined(__x86_64__)
#include <cpuid.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string>
#include <string_view>

#include "engine/not_cancelled.hpp"
#endif

namespace reactor::engine {

constinit std::atomic<std::uint64_t> TickClock::scale_{k_uncalibrated};

std::uint64_t TickClock::steady_ns() noexcept {
  auto const now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

#if defined(__x86_64__)
namespace {

// "Invariant TSC" (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 3, section
// on the time-stamp counter): one pace in all states of the CPU.
bool has_invariant_counter() noexcept {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(0x80000007, &a, &b, &c, &d) != 0 && (d & 1u << 8) != 0;
}

// Whether the CPUs' counters are in step, the kernel knows: where they are not it uses another
// clock.
bool is_trusted_by_kernel() noexcept try {
  NotCancelled const not_cancelled;  // a forced unwind would end at the handler below
  std::ifstream file("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  std::string name;
  file >> name;
  constexpr std::array<std::string_view, 4> k_of_the_counter{"tsc", "kvm-clock",
                                                             "hyperv_clocksource_tsc_page", "xen"};
  return std::find(k_of_the_counter.begin(), k_of_the_counter.end(), name) !=
         k_of_the_counter.end();
} catch (...) {
  return false;
}

}  // namespace

TickClock::Moment TickClock::Moment::now() noexcept {
  Moment best;
  std::uint64_t least = ~std::uint64_t{0};
  for (int i = 0; i < 8; ++i) {
    std::uint64_t const before = __rdtsc();
    std::uint64_t const ns = steady_ns();
    std::uint64_t const after = __rdtsc();
    if (after - before >= least) continue;
    least = after - before;
    best = {before + least / 2, ns};
  }
  return best;
}

std::uint64_t TickClock::scale_between(Moment const& first, Moment const& last) noexcept {
  if (last.ticks <= first.ticks || last.ns <= first.ns) return 0;
  std::uint64_t const ticks = last.ticks - first.ticks;
  std::uint64_t const ns = last.ns - first.ns;
  // From 0.1 to 10 ticks a nanosecond; anything else is no pace but an accident.
  if (ns > k_calibration_max_ns || ticks < ns / 10 || ticks > 10 * ns) return 0;
  return (ns << k_scale_bits) / ticks;
}

namespace {

// The longer ago, the more exact, and nothing to wait for. All zero while a Reactor is made that is
// initialized before this.
TickClock::Moment const at_load = TickClock::Moment::now();

}  // namespace

std::uint64_t TickClock::measure_scale() noexcept {
  if (!has_invariant_counter() || !is_trusted_by_kernel()) return 0;
  for (int attempt = 0; attempt < 4; ++attempt) {
    bool const is_long_ago = attempt != 0 || steady_ns() - at_load.ns > k_calibration_max_ns;
    Moment const first = is_long_ago ? Moment::now() : at_load;
    while (steady_ns() - first.ns < k_calibration_ns) continue;
    std::uint64_t const scale = scale_between(first, Moment::now());
    if (scale != 0) return scale;
  }
  return 0;
}

TickClock::Calibrated::Calibrated() noexcept {
  // No lock: a child that was forked in the middle of it would wait for it for ever. One pace for
  // a process, whoever measured it: times by two could not be compared.
  if (scale_.load(std::memory_order_relaxed) != k_uncalibrated) return;
  std::uint64_t uncalibrated = k_uncalibrated;
  scale_.compare_exchange_strong(uncalibrated, measure_scale(), std::memory_order_relaxed);
}
#else
TickClock::Calibrated::Calibrated() noexcept {}
#endif

}  // namespace reactor::engine
