// SPDX-License-Identifier: BSD-3-Clause
// A task that takes its time.
#pragma once

#include <chrono>

inline void be_busy_for(std::chrono::microseconds time) {
  auto const until = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < until) continue;
}
