// SPDX-License-Identifier: BSD-3-Clause
// Addresses → names, files, lines.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "reactor/traceback.hpp"

namespace reactor::engine {

// One frame an address, and one more for each call that was inlined there. Any thread; one at a
// time gets on. Throws std::bad_alloc.
std::vector<TraceFrame> symbolize(std::span<std::uintptr_t const> addresses);

}  // namespace reactor::engine
