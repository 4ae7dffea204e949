// SPDX-License-Identifier: BSD-3-Clause
// Times and durations of any clock, for waits that know the steady one.
#pragma once

#include <chrono>
#include <type_traits>

namespace reactor::detail {

using Steady = std::chrono::steady_clock;

// In floating point, because a sum or another unit might overflow.
template <class Rep, class Period>
Steady::time_point from_now(std::chrono::duration<Rep, Period> const& time) {
  using Seconds = std::chrono::duration<double>;
  auto const now = Steady::now();
  if (!(Seconds(time) > Seconds(0))) return now;
  if (Seconds(time) >= Seconds(Steady::time_point::max() - now)) return Steady::time_point::max();
  return now + std::chrono::ceil<Steady::duration>(time);
}

// await_end(steady time) blocks until then: false, or until it is over: true.
template <class Clock, class Duration, class AwaitEnd>
bool await_until(std::chrono::time_point<Clock, Duration> const& time, AwaitEnd const& await_end) {
  if constexpr (std::is_same_v<Clock, Steady>) {
    return await_end(std::chrono::time_point_cast<Steady::duration>(time));
  } else {
    for (;;) {  // that clock may be set meanwhile
      auto const now = Clock::now();
      if (await_end(detail::from_now(time - now))) return true;
      if (now >= time) return false;
    }
  }
}

}  // namespace reactor::detail
