// SPDX-License-Identifier: BSD-3-Clause
// What each task does, and so what must come of it: pure functions of its run's plan, which need no
// Reactor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "program.hpp"

namespace stress {

// How a task ends.
enum class Ending : std::uint8_t {
  value,
  exception,
  number,
  message,
  null_pointer,
  thread_exit,
  inner_error,  // with the TaskError of a run of its own
};

struct Fate {
  Ending ending = Ending::value;
  std::uint64_t value = 0;
};

Fate fate_of(RunPlan const& plan, std::size_t task);

// Whether the task has a run of its own, which one, and what it makes of the sum of that run's
// values.
bool nests(RunPlan const& plan, std::size_t task);
RunPlan inner_of(RunPlan const& plan, std::size_t task);
std::uint64_t value_of_sum(std::uint64_t sum);

// Whether the action must be able to return a failure.
bool returns_failures(RunPlan const& plan);

// What a failing task throws or returns.
std::string message_of(RunPlan const& plan, std::size_t task);
int number_of(std::size_t task);

bool is_straggler(RunPlan const& plan, std::size_t task);

// The nearest plan that a Reactor of this kind may be given: no thread is ended that isn't a
// worker's, what is large is counted and not stored, and no tree grows into the sky.
RunPlan fitted(RunPlan plan, ReactorPlan const& reactor);

// The levels below a run, at most. Each costs a frame of the stack, and a control block.
extern unsigned const k_depth_max;

}  // namespace stress
