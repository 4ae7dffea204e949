// SPDX-License-Identifier: BSD-3-Clause
// One thread's way through the tasks of a block, as far as it may be taken from it.
#pragma once

#include <atomic>
#include <cstdint>

#include "reactor/detail/job.hpp"
#include "reactor/detail/slots.hpp"

namespace reactor::detail {

// Where a task may take as long as it likes there is nothing to do.
template <bool may_time_out>
struct Turn {
  explicit Turn(Frame const&) noexcept {}
  void begin(std::uint64_t) const noexcept {}
  static constexpr bool end() noexcept { return true; }
  static constexpr bool was_lost() noexcept { return false; }
};

template <>
struct Turn<true> {
  explicit Turn(Frame const& frame) noexcept : seat(frame.seat) {}
  void begin(std::uint64_t task) const noexcept {
    if (seat->notice.load(std::memory_order_relaxed) != 0) detail::forget_stop_token(*seat);
    seat->begin(task);
  }
  // The outcome is this thread's to publish.
  [[nodiscard]] bool end() const noexcept { return seat->end(); }
  bool was_lost() const noexcept { return seat->was_given_up(); }

  Seat* seat;
};

}  // namespace reactor::detail
