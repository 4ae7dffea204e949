// SPDX-License-Identifier: BSD-3-Clause
// How much of each protocol is explored, and that it stays as much.
#pragma once

#include <cstdint>
#include <string>

#include "tests/model/checker.hpp"

namespace reactor::model {

struct Effort {
  Bounds bounds;
  // Fewer executions than this, and the program no longer does what it was written for.
  std::uint64_t executions_min = 0;
  std::uint64_t seeds = 0;
};

// Exhausts the program within its bounds, then draws executions at random: more of both with
// REACTOR_MODEL_DEEP in the environment, but for programs without preemptions: those may rely on
// the clock, which a preemption may advance. A failure of the current test for whatever goes wrong.
// Prints the counts. REACTOR_MODEL_REPLAY, a path that was printed, runs that one instead.
void explore(std::string const& name, Effort const& effort, Checker::Program const& program);

// The program is known to be wrong, in this way.
void expect_found(std::string const& name, Bounds bounds, std::string const& failure,
                  Checker::Program const& program);

}  // namespace reactor::model
