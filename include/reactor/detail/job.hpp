// SPDX-License-Identifier: BSD-3-Clause
// The seam between the thin templates and the compiled core: a run packed into a pointer and a
// function.
#pragma once

#include <atomic>
#include <cstdint>

namespace reactor::detail {

class Slots;

// By the steady clock.
inline constexpr std::uint64_t k_no_deadline_ns = ~std::uint64_t{0};

// Whether a run has been stopped.
template <class Word>
struct BasicLatch {
  Word winner{0};  // 0: it has not. What else there is to know is in engine/error_latch.hpp
  Word notice{0};  // who is told: engine/stop_notice.hpp
};

// What one thread carries through the tasks of one block.
template <class Latch>
struct BasicFrame {
  Latch* latch = nullptr;
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
  bool is_controlled = false;  // something else than a failure may stop it
  std::uint64_t deadline_ns = k_no_deadline_ns;
};

using Frame = BasicFrame<BasicLatch<std::atomic<std::uint64_t>>>;
using Job = BasicJob<Frame>;

}  // namespace reactor::detail
