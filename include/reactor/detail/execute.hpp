// SPDX-License-Identifier: BSD-3-Clause
// The loop over the tasks of a block: the only part of the engine that is compiled for each action.
#pragma once

#include <cxxabi.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "reactor/detail/action.hpp"
#include "reactor/detail/job.hpp"
#include "reactor/detail/slots.hpp"
#include "reactor/outcome.hpp"
#include "reactor/task_context.hpp"

namespace reactor::detail {

// What a Job's context points to.
template <class Tasks, class Action>
struct Context {
  using Traits = RunTraits<Tasks, Action>;
  typename Traits::Indexed tasks;
  Action* action;
  Stored<typename Traits::Result>* values;
};

// A thread's own copy of all that the loop reads. The status bytes may alias anything in memory,
// but not this: so the compiler can keep it in registers.
template <class Tasks, class Action>
struct Block {
  using Traits = RunTraits<Tasks, Action>;
  typename Traits::View tasks;
  Action* action;
  Stored<typename Traits::Result>* values;
};

// Runs the action on task i and stores what it returns. False when it returned a failure.
template <class Block>
bool run_task(Block const& block, std::size_t i, Frame& frame) {
  using Traits = typename Block::Traits;
  using Result = typename Traits::Result;
  TaskContext context(i, frame);
  if constexpr (UnwrapExpected<typename Traits::Decayed>::k_is_expected) {
    auto&& expected = call(*block.action, block.tasks[i], context);
    if (!expected.has_value()) {
      record_unexpected(frame, i, std::forward<decltype(expected)>(expected).error());
      return false;
    }
    if constexpr (!std::is_void_v<Result>) {
      ::new (static_cast<void*>(block.values + i))
          Result(*std::forward<decltype(expected)>(expected));
    }
  } else if constexpr (std::is_void_v<Result>) {
    call(*block.action, block.tasks[i], context);
  } else {
    ::new (static_cast<void*>(block.values + i))
        Result(call(*block.action, block.tasks[i], context));
  }
  return true;
}

template <class Tasks, class Action>
void execute(void* context, std::uint64_t lo, std::uint64_t hi, Frame& frame) {
  auto& run = *static_cast<Context<Tasks, Action>*>(context);
  Block<Tasks, Action> const block{run.tasks.view(), run.action, run.values};
  Slots& slots = *frame.slots;
  StatusByte* const bytes = slots.bytes();
  auto const* const latch = frame.latch;
  bool const records_order = slots.records_order();
  std::uint64_t i = lo;
  for (; i < hi; ++i) {
    if (latch->load(std::memory_order_relaxed) != 0) break;
    try {
      if (run_task(block, i, frame)) [[likely]] {
        if (records_order) slots.record_order(i);
        transition(bytes[i], Status::pending, Status::done);
      }
    } catch (abi::__forced_unwind&) {
      record_thread_exit(frame, i);
      frame.reached = i + 1;
      throw;
    } catch (...) {
      record_failure(frame, i);
    }
  }
  frame.reached = i;
}

}  // namespace reactor::detail
