// SPDX-License-Identifier: BSD-3-Clause
// Makes a run and checks all that comes of it against the oracle.
#pragma once

#include <cstdint>
#include <latch>
#include <reactor/reactor.hpp>

#include "counted.hpp"
#include "program.hpp"

namespace stress {

class Stage;

// One thread's results, to be run into again and again.
struct Repeated {
  reactor::Results<std::uint64_t> numbers;
  reactor::Results<Counted> objects;
  reactor::Results<void> nothings;
};

// Any thread. Precondition: the plan is fitted to the Reactor. `begun` is counted down by the first
// task to begin; the Reactor may go from then on.
void perform(Stage& stage, unsigned which, RunPlan const& plan, Repeated& repeated,
             std::latch* begun = nullptr);

// The same inside a task: the sum of the values. Throws the run's TaskError.
std::uint64_t perform_inner(Stage& stage, unsigned which, RunPlan const& plan);

}  // namespace stress
