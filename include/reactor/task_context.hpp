// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <stop_token>

#include "reactor/detail/job.hpp"
#include "reactor/detail/slots.hpp"

namespace reactor {

// What a running task can ask about itself. For the task's own thread, while the task runs.
class TaskContext {
 public:
  std::size_t task_index() const noexcept { return frame_->slots->first_index() + task_index_; }

  // The worker's number, or the Reactor's parallelism() on a calling thread that is no worker, and
  // on one, worker or not, that helps what was submitted while it waits for that. No two tasks of
  // one run are in flight with the same number, so parallelism() + 1 scratch areas do;
  // but one that was given up on (Options::result_timeout) may still use what its successor has by
  // then: there, keep what is a thread's in a thread_local.
  std::size_t worker() const noexcept { return frame_->worker; }

  // Has the run been stopped (by a task's failure, its deadline, its stop token), or this task
  // given up on? One relaxed load, or two in a run with a result_timeout: ask as often as you like,
  // and leave early; what the task returns after the run was stopped still counts. What leaves a
  // task as an exception has stopped its run before the destructors of what it passes are called,
  // if the run has no result_timeout: what they wait for must not be a task that has not begun.
  bool stop_requested() const noexcept {
    return frame_->latch->winner.load(std::memory_order_relaxed) != 0 ||
           (frame_->seat != nullptr && frame_->seat->was_given_up());
  }

  // For who cannot ask: a condition_variable_any, a callback that closes a socket. Stop is
  // requested then (once the exception of a task that throws has been caught), on the thread that
  // stops the run or the task; callbacks must not throw, and should return soon. May be kept; it is
  // not requested once the run, or in a run with a result_timeout the task, is over. The first call
  // in a run, or there in each task, allocates.
  std::stop_token stop_token() const { return detail::stop_token_of(*frame_); }

  // When the run, or one that it is nested in, will be stopped; no_deadline if never.
  std::chrono::steady_clock::time_point deadline() const noexcept {
    return frame_->slots->deadline();
  }

  // For the engine.
  TaskContext(std::size_t task_index, detail::Frame const& frame) noexcept
      : task_index_(task_index), frame_(&frame) {}

 private:
  std::size_t task_index_;
  detail::Frame const* frame_;
};

}  // namespace reactor
