// SPDX-License-Identifier: BSD-3-Clause
// Plays a program, step by step.
#pragma once

#include <atomic>
#include <string>

#include "program.hpp"
#include "totals.hpp"

namespace stress {

// What differs from what should be; empty when nothing does. Throws what a Reactor's constructor
// throws, for want of memory or threads. One program at a time in a process: it counts objects.
std::string play(Program const& program, Totals& totals, std::atomic<bool> const& is_over);

}  // namespace stress
