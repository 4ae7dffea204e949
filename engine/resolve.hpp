// SPDX-License-Identifier: BSD-3-Clause
// From what the user asked for to what is in force.
#pragma once

#include <chrono>

#include "reactor/options.hpp"

namespace reactor::engine {

// A longest time for a task to run. Throws OptionsError.
void refuse_limit(char const* name, std::chrono::nanoseconds limit);

// Checks every option and fills in the defaults. Throws OptionsError.
Options resolve(Options options);

}  // namespace reactor::engine
