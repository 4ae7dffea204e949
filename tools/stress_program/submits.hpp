// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "program.hpp"

namespace stress {

class Stage;

// The step's callers submit runs, keep some in flight, and end each in another way: wait for it,
// cancel it, let it go, read it as it lands, be told. Some tasks submit runs, and wait for them.
void submit_runs(Stage& stage, Step const& step);

}  // namespace stress
