// SPDX-License-Identifier: BSD-3-Clause
// What a coroutine waits with for a batch.
#pragma once

#include <coroutine>
#include <memory>
#include <type_traits>
#include <utility>

#include "reactor/detail/in_flight.hpp"

namespace reactor::detail {

// schedule(std::coroutine_handle<>) sees to it that the coroutine goes on.
template <class Batch, class Schedule>
class BatchAwaiter {
 public:
  BatchAwaiter(Batch& batch, InFlight& run, Schedule schedule, bool is_ready)
      : batch_(batch), run_(run), schedule_(std::move(schedule)), is_ready_(is_ready) {}

  bool await_ready() const noexcept { return is_ready_; }

  // The coroutine may go on, and this be gone, before it returns.
  void await_suspend(std::coroutine_handle<> coroutine) {
    auto resume = [schedule = std::move(schedule_), coroutine](Summary const&) mutable {
      schedule(coroutine);
    };
    std::unique_ptr<EndListener> listener =
        std::make_unique<ListenerOf<decltype(resume), Summary const&>>(std::move(resume));
    if (!run_.listen(listener)) listener->call({});
  }

  auto await_resume() { return batch_.get(); }

 private:
  Batch& batch_;
  InFlight& run_;
  Schedule schedule_;
  bool const is_ready_;
};

}  // namespace reactor::detail
