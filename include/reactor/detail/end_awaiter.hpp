// SPDX-License-Identifier: BSD-3-Clause
// What a coroutine waits with for the end of a run or a call.
#pragma once

#include <coroutine>
#include <utility>

namespace reactor::detail {

// schedule(std::coroutine_handle<>) sees to it that the coroutine goes on. Awaited: call_at_end(f)
// calls f() when it is over, or right here if it is; get() is what the coroutine goes on with.
template <class Awaited, class Schedule>
class EndAwaiter {
 public:
  EndAwaiter(Awaited& awaited, Schedule schedule, bool is_ready)
      : awaited_(awaited), schedule_(std::move(schedule)), is_ready_(is_ready) {}

  bool await_ready() const noexcept { return is_ready_; }

  // The coroutine may go on, and this be gone, before it returns.
  void await_suspend(std::coroutine_handle<> coroutine) {
    awaited_.call_at_end(
        [schedule = std::move(schedule_), coroutine]() mutable noexcept { schedule(coroutine); });
  }

  auto await_resume() { return awaited_.get(); }

 private:
  Awaited& awaited_;
  Schedule schedule_;
  bool const is_ready_;
};

// On the thread that finds the end.
inline constexpr auto k_resume_here = [](std::coroutine_handle<> coroutine) { coroutine.resume(); };

}  // namespace reactor::detail
