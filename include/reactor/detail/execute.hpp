// SPDX-License-Identifier: BSD-3-Clause
// The loop over the tasks of a block: the only part of the engine that is compiled for each action.
#pragma once

#include <cxxabi.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "reactor/detail/action.hpp"
#include "reactor/detail/job.hpp"
#include "reactor/detail/slots.hpp"
#include "reactor/detail/trace_probe.hpp"
#include "reactor/detail/turn.hpp"
#include "reactor/outcome.hpp"
#include "reactor/task_context.hpp"

namespace reactor::detail {

// The tasks, the action, and where the values go.
template <class RunTraits, class HeldTasks, class Action>
struct Bundle {
  using Traits = RunTraits;
  HeldTasks tasks;
  Action* action;
  Stored<typename Traits::Result>* values;
};

// What a Job's context points to.
template <class Indexed, class Action>
using Binding = Bundle<HeldTraits<Indexed, Action>, Indexed, Action>;

// A thread's own copy of all that the loop reads. The status bytes may alias anything in memory,
// but not this: so the compiler can keep it in registers.
template <class Indexed, class Action, class Traits = HeldTraits<Indexed, Action>>
using Block = Bundle<Traits, typename Traits::HeldView, Action>;

template <class Traits>
typename Traits::HeldView hold_view(typename Traits::Indexed& tasks) {
  if constexpr (std::is_reference_v<typename Traits::HeldView>) {
    return tasks;  // only ever its own view: what is copied has a pointer to view by
  } else {
    return tasks.view();
  }
}

template <class Indexed, class Action>
inline constinit Pace pace_of{};

// Runs the action on task i and stores what it returns. False when it returned a failure, which is
// recorded if the task is still this thread's.
template <class Block, class Turn>
bool run_task(Block const& block, std::size_t i, Frame& frame, Turn const& turn) {
  using Traits = typename Block::Traits;
  using Result = typename Traits::Result;
  using Returned = typename Traits::Returned;
  using Decayed = typename Traits::Decayed;
  TaskContext context(i, frame);
  auto&& task = block.tasks[i];
  auto const run_action = [&]() -> Returned {
    return detail::call(*block.action, static_cast<decltype(task)>(task), context);
  };
  if constexpr (k_is_expected<Decayed>) {
    std::conditional_t<std::is_reference_v<Returned>, Returned, Decayed> expected = run_action();
    using Forwarded = decltype(expected)&&;
    if (!expected.has_value()) {
      // A copy may throw: while the task is still ours.
      using Reason = decltype(static_cast<Forwarded>(expected).error());
      std::conditional_t<std::is_same_v<Reason, Unexpected&&>, Reason, Unexpected> reason =
          static_cast<Forwarded>(expected).error();
      if (turn.end()) detail::record_unexpected(frame, i, std::move(reason));
      return false;
    }
    if constexpr (!std::is_void_v<Result>) {
      ::new (static_cast<void*>(block.values + i)) Result(*static_cast<Forwarded>(expected));
    }
  } else if constexpr (std::is_void_v<Result>) {
    run_action();
  } else {
    ::new (static_cast<void*>(block.values + i)) Result(run_action());
  }
  return true;
}

// The watchdog took the task: its value, if it has made one, is nobody's.
template <class Block>
void drop_late_value(Block const& block, std::size_t i) noexcept {
  if constexpr (!std::is_void_v<typename Block::Traits::Result>) std::destroy_at(block.values + i);
}

// The tasks [lo, hi), which cannot fail, with a look at the latch now and then. Returns the first
// that was not begun.
template <class Block>
std::uint64_t run_unwatched(Block const& block, std::uint64_t lo, std::uint64_t hi,
                            Frame& frame) noexcept {
  StatusByte* const bytes = frame.slots->bytes();
  RunMark const run = frame.slots->mark();
  auto const& stopped_by = frame.latch->winner;
  Turn<false> const turn(frame);
  std::uint64_t i = lo;
  while (i < hi && stopped_by.load(std::memory_order_relaxed) == 0) {
    for (std::uint64_t const end = std::min(hi, i + frame.unwatched); i < end; ++i) {
      detail::run_task(block, i, frame, turn);
      detail::transition(bytes[i], run, Status::done);
    }
  }
  return i;
}

// `may_time_out`: each task is the thread's until the watchdog takes it, then nothing is published
// and no other task begins. The exception of a forced unwind is an object at address 0, which the
// sanitizer would mind.
template <class Indexed, class Action, bool may_time_out>
__attribute__((no_sanitize("null"))) void execute(void* context, std::uint64_t lo, std::uint64_t hi,
                                                  Frame& frame) {
  auto& bound = *static_cast<Binding<Indexed, Action>*>(context);
  using Traits = HeldTraits<Indexed, Action>;
  Block<Indexed, Action> const block{detail::hold_view<Traits>(bound.tasks), bound.action,
                                     bound.values};
  Slots& slots = *frame.slots;
  if constexpr (Traits::k_cannot_fail && !may_time_out) {
    if (frame.unwatched > 1 && !slots.records_order()) {
      frame.reached = detail::run_unwatched(block, lo, hi, frame);
      return;
    }
  }
  StatusByte* const bytes = slots.bytes();
  RunMark const run = slots.mark();
  auto const& stopped_by = frame.latch->winner;
  bool const records_order = slots.records_order();
  Turn<may_time_out> const turn(frame);
  std::uint64_t i = lo;
  for (; i < hi; ++i) {
    if (stopped_by.load(std::memory_order_relaxed) != 0) break;
    turn.begin(i);
    try {
      if (detail::run_task(block, i, frame, turn)) [[likely]] {
        if (!turn.end()) return detail::drop_late_value(block, i);
        detail::transition(bytes[i], run, Status::done);
        if (records_order) slots.record_order(i);
      } else if (turn.was_lost()) {
        return;
      }
    } catch (TraceProbe&) {
    } catch (abi::__forced_unwind&) {
      if (turn.end()) {
        detail::record_thread_exit(frame, i);
        frame.reached = i + 1;
      }
      throw;
    } catch (...) {
      if (!turn.end()) return;
      detail::record_failure(frame, i);
    }
  }
  frame.reached = i;
}

}  // namespace reactor::detail
