// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "program.hpp"

namespace stress {

class Stage;

// Runs of the step's callers whose tasks have a time limit, which many of them exceed; some runs
// have a deadline or are cancelled as well.
void run_with_limits(Stage& stage, Step const& step);

}  // namespace stress
