// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace stress {

class Stage;
struct Step;

// Forks while other threads are inside runs of both Reactors. Each child finds that it may not use
// them, and may make and use one of its own. No Reactor is being made meanwhile.
void fork_during_runs(Stage& stage, Step const& step);

}  // namespace stress
