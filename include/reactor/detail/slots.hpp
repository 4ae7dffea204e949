// SPDX-License-Identifier: BSD-3-Clause
// The outcomes of one run, but for the values: a status byte for each task, the failures, the
// order. Protocol S in engine/README.md.
#pragma once

#include <atomic>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <span>
#include <stop_token>
#include <type_traits>

#include "reactor/detail/job.hpp"
#include "reactor/detail/run_mark.hpp"
#include "reactor/error.hpp"
#include "reactor/expected.hpp"
#include "reactor/export.hpp"
#include "reactor/status.hpp"
#include "reactor/summary.hpp"

namespace reactor::detail {

using StatusByte = std::atomic<std::uint8_t>;

// The only way by which a slot changes, once, from pending to what is final. The value or the
// failure has been written before; the store is what lets others read it.
template <class Byte>
void transition(Byte& slot, RunMark run, Status to) noexcept {
  assert(to != Status::pending &&
         run.status_in(slot.load(std::memory_order_relaxed)) == Status::pending);
  // ORDER O1: load_status's load; the value or the failure of the task
  slot.store(run.with(to), std::memory_order_release);
}

template <class Flag>
bool load_is_over(Flag const& over) noexcept {
  // ORDER O2: store_is_over; the summary, and all statuses are final
  return over.load(std::memory_order_acquire);
}

// Nobody walks the slots of a stopped run: what is pending after it was over was skipped. So the
// run is asked first, and then the task.
template <class Byte, class Flag>
Status load_status(Byte const& slot, RunMark run, Flag const& over) noexcept {
  bool const was_over = detail::load_is_over(over);
  // ORDER O3: transition's store; the value or the failure of the task
  auto const status = run.status_in(slot.load(std::memory_order_acquire));
  return status == Status::pending && was_over ? Status::skipped : status;
}

template <class Flag>
void store_is_over(Flag& over) noexcept {
  // ORDER O4: load_is_over's load; the summary, and all statuses are final
  over.store(true, std::memory_order_release);
}

class Slots;
struct REACTOR_API DropSlots {
  void operator()(Slots* slots) const noexcept;
};
using SharedSlots = std::unique_ptr<Slots, DropSlots>;

class REACTOR_API Slots {
 public:
  // Allocates. Throws std::bad_alloc.
  Slots() = default;
  virtual ~Slots();
  Slots(Slots const&) = delete;
  Slots& operator=(Slots const&) = delete;

  static SharedSlots make();

  // A share in the outcomes, for tasks that may outlive their run.
  SharedSlots share() noexcept {
    count_.add();
    return SharedSlots(this);
  }
  bool is_sole() const noexcept { return count_.is_sole(); }

  // Memory for the values, which lives as long as this; what was in there is gone. Throws
  // std::bad_alloc.
  virtual void* make_room(std::size_t bytes, std::size_t alignment) = 0;

  // Before a run of `size` tasks. Allocates when it never was that large, or has to begin to record
  // the order; throws std::bad_alloc and is then as empty as before the first run.
  virtual void prepare(std::size_t size, bool record_order) = 0;

  std::size_t size() const noexcept { return size_; }

  // After prepare(): this run is a part of a stream, whose `first` task is its own task 0, and
  // nobody knows how many there will be.
  void become_part(std::size_t first) noexcept {
    first_index_ = first;
    is_part_ = true;
  }
  bool is_part() const noexcept { return is_part_; }
  // Added to a task's index where that is told.
  std::size_t first_index() const noexcept { return first_index_; }

  StatusByte* bytes() noexcept { return bytes_; }
  RunMark mark() const noexcept { return mark_; }

  // Any thread, also while the run goes on. A value or an error may be read once it is there.
  Status status(std::size_t i) const noexcept {
    return detail::load_status(bytes_[i], mark_, over_);
  }
  bool is_over() const noexcept { return detail::load_is_over(over_); }

  bool records_order() const noexcept { return records_order_; }
  virtual void record_order(std::size_t i) noexcept = 0;
  virtual std::span<std::size_t const> order() const noexcept = 0;

  // Of a task whose status is `failed` or `timed_out`. Built when first asked for; throws
  // std::bad_alloc.
  virtual TaskError const& error(std::size_t i) const = 0;
  // The same, as a TaskError or TaskTimeout of its own.
  [[noreturn]] virtual void throw_error(std::size_t i) const = 0;

  virtual Summary summary() const noexcept = 0;

  std::chrono::steady_clock::time_point deadline() const noexcept { return deadline_; }

 protected:
  // immutable while a run goes on
  StatusByte* bytes_ = nullptr;
  RunMark mark_;
  std::size_t size_ = 0;
  bool records_order_ = false;
  bool is_part_ = false;
  std::size_t first_index_ = 0;
  std::chrono::steady_clock::time_point deadline_;
  // shared: written at the end of a run
  std::atomic<bool> over_{true};

 private:
  friend DropSlots;
  SharedCount<Word> count_;
};

// Makes room for a run of `size` tasks whose action returns R. Reuses what is there, unless a task
// that was left behind keeps that. `values`: uninitialized memory of the slots' own. Throws
// std::bad_alloc and std::bad_array_new_length; what was in there is gone in any case.
template <class R, class Pointer>
void prepare_outcomes(SharedSlots& slots, Pointer& values, std::size_t& capacity, std::size_t size,
                      bool record_order) {
  if (!slots || !slots->is_sole()) {
    slots.reset();
    capacity = 0;
    slots = Slots::make();
  }
  if constexpr (!std::is_void_v<R>) {
    if (size > capacity) {
      slots->prepare(0, false);
      capacity = 0;
      if (size > static_cast<std::size_t>(-1) / sizeof(R)) throw std::bad_array_new_length();
      values = static_cast<Pointer>(slots->make_room(size * sizeof(R), alignof(R)));
      capacity = size;
    }
  }
  slots->prepare(size, record_order);
}

// In a handler. Records the exception being handled as the failure of task i, and stops the run if
// the mode says so.
REACTOR_API void record_failure(Frame& frame, std::size_t i) noexcept;
// The same for a failure that was not thrown, and for a task that ended its thread.
REACTOR_API void record_unexpected(Frame& frame, std::size_t i, Unexpected&& failure) noexcept;
// For one that was given up on; by the watchdog.
void record_timeout(Frame& frame, std::uint64_t i, std::uint64_t ran_ns,
                    std::uint64_t timeout_ns) noexcept;
REACTOR_API void record_thread_exit(Frame& frame, std::size_t i) noexcept;

// Of the running task. Throws std::bad_alloc.
REACTOR_API std::stop_token stop_token_of(Frame const& frame);
// The seat's thread, between two tasks.
REACTOR_API void forget_stop_token(Seat& seat) noexcept;

// A mistake of the caller's that only shows when the program runs.
[[noreturn]] REACTOR_API void throw_not_done(std::size_t i, Slots const& slots);
[[noreturn]] REACTOR_API void throw_out_of_range(std::size_t i, std::size_t size);
[[noreturn]] REACTOR_API void throw_size_mismatch(std::size_t tasks, std::size_t results);
[[noreturn]] REACTOR_API void throw_negative_count(long long count);
[[noreturn]] REACTOR_API void throw_cannot_own();
REACTOR_API void check_records_order(bool records);  // throws Error if it does not

}  // namespace reactor::detail
