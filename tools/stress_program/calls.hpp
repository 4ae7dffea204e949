// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "program.hpp"

namespace stress {

class Stage;

// The step's callers submit one call at a time, let others follow it, keep some futures, and end
// each in another way: get it, poll it, let it go. Some calls submit others, and wait for them.
void submit_calls(Stage& stage, Step const& step);

}  // namespace stress
