// SPDX-License-Identifier: BSD-3-Clause
// What a thread knows of every other: the base of "happens before".
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace reactor::model {

inline constexpr std::size_t k_threads_max = 6;

// An event is named by its thread and the thread's clock. It happens before whatever a thread does
// whose clock has reached it.
struct VectorClock {
  std::array<std::uint32_t, k_threads_max> reached{};

  void join(VectorClock const& other) noexcept {
    for (std::size_t i = 0; i < k_threads_max; ++i) {
      reached[i] = std::max(reached[i], other.reached[i]);
    }
  }
  bool has_seen(std::uint32_t thread, std::uint32_t clock) const noexcept {
    return reached[thread] >= clock;
  }
};

}  // namespace reactor::model
