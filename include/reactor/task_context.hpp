// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstddef>

#include "reactor/detail/job.hpp"

namespace reactor {

// What a running task can ask about itself. For the task's own thread, while the task runs.
class TaskContext {
 public:
  std::size_t task_index() const noexcept { return task_index_; }

  // The worker's number, or the Reactor's parallelism() on a calling thread that is no worker. No
  // two tasks of one run are in flight with the same number, so parallelism() + 1 scratch areas do.
  std::size_t worker() const noexcept { return frame_->worker; }

  // Has another task's failure stopped the run? One relaxed load: ask as often as you like, and
  // leave early; what the task returns after that still counts as its result.
  bool stop_requested() const noexcept {
    return frame_->latch->load(std::memory_order_relaxed) != 0;
  }

  // For the engine.
  TaskContext(std::size_t task_index, detail::Frame const& frame) noexcept
      : task_index_(task_index), frame_(&frame) {}

 private:
  std::size_t task_index_;
  detail::Frame const* frame_;
};

}  // namespace reactor
