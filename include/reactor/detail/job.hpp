// SPDX-License-Identifier: BSD-3-Clause
// The seam between the thin templates and the compiled core: a run packed into a pointer and a
// function.
#pragma once

#include <atomic>
#include <cstdint>

namespace reactor::detail {

class Slots;

// What one thread carries through the tasks of one block.
template <class LatchWord>
struct BasicFrame {
  LatchWord* latch = nullptr;  // non-zero: the run has been stopped
  Slots* slots = nullptr;
  std::uint64_t reached = 0;  // out: tasks from here on were not begun
  std::uint64_t failed = 0;   // out: how many of those begun have failed
  std::uint32_t worker = 0;
  bool stop_on_error = false;
};

// Runs the tasks [lo, hi) in order, up to the first at which the run was found stopped. Lets
// nothing out but a forced unwind (pthread_exit, cancellation), having recorded it as the task's
// failure.
template <class Frame>
struct BasicJob {
  void* context = nullptr;
  void (*execute)(void* context, std::uint64_t lo, std::uint64_t hi, Frame& frame) = nullptr;
  Slots* slots = nullptr;
  std::uint64_t total = 0;
  bool stop_on_error = true;
};

using Frame = BasicFrame<std::atomic<std::uint64_t>>;
using Job = BasicJob<Frame>;

}  // namespace reactor::detail
