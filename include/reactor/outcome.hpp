// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "reactor/detail/slots.hpp"
#include "reactor/error.hpp"
#include "reactor/status.hpp"

namespace reactor {

template <class R>
class Results;
template <class R>
class Stream;

namespace detail {

// What a task's value is stored as. Nothing is stored for void.
struct Nothing {};
template <class R>
using Stored = std::conditional_t<std::is_void_v<R>, Nothing, R>;

}  // namespace detail

// A view of one task's outcome, as cheap to copy as two pointers and an index. Valid as long as the
// Results from which it came live and are not run into again; moving the Results is fine.
// Any number of threads may read; nothing here blocks.
template <class R>
class Outcome {
 public:
  std::size_t index() const noexcept { return slots_->first_index() + index_; }
  Status status() const noexcept { return slots_->status(index_); }

  // Has the task failed, or was it given up on?
  bool has_error() const noexcept {
    Status const now = status();
    return now == Status::failed || now == Status::timed_out;
  }
  bool has_value() const noexcept { return status() == Status::done; }
  explicit operator bool() const noexcept { return has_value(); }

  // The value. Precondition: has_value().
  template <class T = R>
    requires(!std::is_void_v<T>)
  T& operator*() const noexcept { return *value_; }
  template <class T = R>
    requires(!std::is_void_v<T>)
  T* operator->() const noexcept { return value_; }

  // The value; or throws the TaskError of a failed task, the TaskTimeout of one that was given up
  // on, or an Error for one that has no value yet or was skipped.
  std::add_lvalue_reference_t<R> value() const {
    if (!has_value()) detail::throw_not_done(index_, *slots_);
    if constexpr (!std::is_void_v<R>) return *value_;
  }

  // The value, or the fallback, which is converted to R and not R to it.
  template <class T = R, class = std::enable_if_t<std::is_copy_constructible_v<T>>>
  T value_or(std::type_identity_t<T> fallback) const {
    return has_value() ? *value_ : std::move(fallback);
  }

  // The error; a TaskTimeout where status() is timed_out. Precondition: has_error(). The first call
  // builds it: it allocates, and throws std::bad_alloc; or Error, when memory was out while the
  // task failed and only that is known.
  TaskError const& error() const { return slots_->error(index_); }

 private:
  friend class Results<R>;
  friend class Stream<R>;
  Outcome(detail::Slots const* slots, detail::Stored<R>* value, std::size_t index) noexcept
      : slots_(slots), value_(value), index_(index) {}

  detail::Slots const* slots_;
  detail::Stored<R>* value_;
  std::size_t index_;
};

}  // namespace reactor
