// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>

#include "engine/env.hpp"

namespace reactor::engine {

// Of how long a wait may take; k_forever_ns for the last of all times.
inline std::uint64_t ns_until(std::chrono::steady_clock::time_point time,
                              std::chrono::steady_clock::time_point now) noexcept {
  if (time == std::chrono::steady_clock::time_point::max()) return k_forever_ns;
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(time - now).count());
}

}  // namespace reactor::engine
