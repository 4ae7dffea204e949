// SPDX-License-Identifier: BSD-3-Clause
// Times and durations of any clock, for waits that know the steady one.
#pragma once

#include <algorithm>
#include <chrono>
#include <type_traits>

namespace reactor::detail {

using Steady = std::chrono::steady_clock;

// In floating point, because a sum or another unit might overflow; with all 63 bits of a count.
using Seconds = std::chrono::duration<long double>;

template <class Rep, class Period>
Steady::time_point from_now(std::chrono::duration<Rep, Period> const& time) {
  auto const now = Steady::now();
  if (!(Seconds(time) > Seconds(0))) return now;
  if (Seconds(time) >= Seconds(Steady::time_point::max() - now)) return Steady::time_point::max();
  return now + std::chrono::ceil<Steady::duration>(Seconds(time));
}

// In the unit of its clock; what that cannot say is its first or its last time.
template <class Clock, class Duration>
typename Clock::time_point to_unit_of_clock(std::chrono::time_point<Clock, Duration> const& time) {
  using Time = typename Clock::time_point;
  if constexpr (std::is_same_v<Duration, typename Clock::duration>) return time;
  Seconds const since_epoch(time.time_since_epoch());
  if (!(since_epoch > Seconds(Time::min().time_since_epoch()))) return Time::min();
  if (since_epoch >= Seconds(Time::max().time_since_epoch())) return Time::max();
  if constexpr (std::chrono::treat_as_floating_point_v<typename Clock::rep>) {
    return Time(since_epoch);  // rounding up would be by a whole unit
  } else {
    return Time(std::chrono::ceil<typename Clock::duration>(since_epoch));
  }
}

// Another clock may be set meanwhile: so often it is looked at.
inline constexpr std::chrono::seconds k_looks_at_clock{1};

// await_end(steady time) blocks until then: false, or until it is over: true.
template <class Clock, class Duration, class AwaitEnd>
bool await_until(std::chrono::time_point<Clock, Duration> const& any_unit,
                 AwaitEnd const& await_end) {
  auto const time = detail::to_unit_of_clock(any_unit);
  if constexpr (std::is_same_v<Clock, Steady>) {
    return await_end(time);
  } else {
    for (;;) {
      auto const now = Clock::now();
      if (!(now < time)) return await_end(Steady::now());
      Seconds const left = Seconds(time.time_since_epoch()) - Seconds(now.time_since_epoch());
      if (await_end(detail::from_now(std::min<Seconds>(left, k_looks_at_clock)))) return true;
    }
  }
}

}  // namespace reactor::detail
