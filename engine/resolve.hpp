// SPDX-License-Identifier: BSD-3-Clause
// From what the user asked for to what is in force.
#pragma once

#include "reactor/options.hpp"

namespace reactor::engine {

// Checks every option and fills in the defaults. Throws OptionsError.
Options resolve(Options options);

}  // namespace reactor::engine
