// SPDX-License-Identifier: BSD-3-Clause
// Who was on the stack when something was thrown out of a task.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>

#include "engine/trace_store.hpp"
#include "reactor/detail/job.hpp"

namespace reactor::engine {

struct Capture;

// The function that calls the tasks, and its frame: not part of the stack any more.
struct TraceBase {
  std::uintptr_t function = 0;
  std::uintptr_t frame = 0;
};

// While this lives, what is thrown out of a task on this thread is captured, as long as that is
// wanted, down to the base. And its run, if it has one, is stopped at once, if it is to. Scopes
// nest with runs, also in the destructors of what is being unwound. Every block of tasks pays for
// one.
class TraceScope {
 public:
  TraceScope(std::atomic<bool> const& is_wanted, TraceBase of,
             detail::Frame* of_run = nullptr) noexcept
      : base(of), frame(of_run), is_wanted_(is_wanted), outer_(innermost) {
    innermost = this;
  }
  TraceScope(TraceScope const&) = delete;
  TraceScope& operator=(TraceScope const&) = delete;
  ~TraceScope() {
    innermost = outer_;
    if (captured != nullptr) give_back(captured);
  }

  bool is_wanted() const noexcept { return is_wanted_.load(std::memory_order_relaxed); }

  static constinit thread_local TraceScope* innermost;

  TraceBase const base;
  detail::Frame* const frame;
  Capture* captured = nullptr;  // not yet asked for

 private:
  static void give_back(Capture* capture) noexcept;

  std::atomic<bool> const& is_wanted_;
  TraceScope* const outer_;
};

// In the handler of `exception`. The stack of its first throw that is known, or nothing; valid
// until the next throw on this thread.
TraceView captured_trace(std::exception_ptr const& exception) noexcept;

}  // namespace reactor::engine
