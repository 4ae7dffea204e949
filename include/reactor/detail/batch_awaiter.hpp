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
  BatchAwaiter(Batch& batch, InFlight& run, Schedule schedule)
      : batch_(batch), run_(run), schedule_(std::move(schedule)) {}

  bool await_ready() const noexcept { return run_.is_over(); }

  // The coroutine may go on, and this be gone, before it returns.
  bool await_suspend(std::coroutine_handle<> coroutine) {
    auto resume = [schedule = std::move(schedule_), coroutine](Summary const&) mutable {
      schedule(coroutine);
    };
    std::unique_ptr<EndListener> listener =
        std::make_unique<ListenerOf<decltype(resume), Summary const&>>(std::move(resume));
    return run_.listen(listener);
  }

  auto await_resume() { return batch_.get(); }

 private:
  Batch& batch_;
  InFlight& run_;
  Schedule schedule_;
};

}  // namespace reactor::detail
