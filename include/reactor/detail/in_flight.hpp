// SPDX-License-Identifier: BSD-3-Clause
// A run that was submitted, as its Batch sees it.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

#include "reactor/export.hpp"
#include "reactor/summary.hpp"

namespace reactor::detail {

// What users want to be called for.
template <class... Arguments>
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void call(Arguments... arguments) noexcept = 0;
};
using EndListener = Listener<Summary const&>;
using FailureListener = Listener<std::size_t>;  // which task's

template <class F, class... Arguments>
class ListenerOf final : public Listener<Arguments...> {
 public:
  explicit ListenerOf(F&& f) : f_(std::move(f)) {}
  explicit ListenerOf(F const& f) : f_(f) {}
  void call(Arguments... arguments) noexcept override { f_(arguments...); }

 private:
  F f_;
};

// Any thread, but where it says otherwise.
class REACTOR_API InFlight {
 public:
  using Time = std::chrono::steady_clock::time_point;

  virtual bool is_over() const noexcept = 0;
  // Blocks until it is over: then true. False when `until` has come. Throws Error where that could
  // never be: in one of the run's own tasks, or in a forked child.
  virtual bool await_end(Time until) = 0;
  // The k-th task to end, or, when the run is over and fewer have ended, how many tasks there are.
  // Blocks; throws as await_end does. One thread at a time, of a run that records the order.
  virtual std::size_t await_ended(std::size_t k) = 0;
  virtual void cancel() noexcept = 0;
  // Cancels it and waits for its end. Aborts in one of its own tasks; does nothing in a forked
  // child.
  virtual void cancel_and_wait() noexcept = 0;
  virtual Summary progress() const noexcept = 0;
  // Once it is over: what run() would have thrown.
  virtual void throw_what_stopped() const = 0;
  // False, and nothing is taken, when it is over. Throws std::bad_alloc.
  virtual bool listen(std::unique_ptr<EndListener>& to) = 0;
  // Takes the place of the one before.
  virtual void listen(std::unique_ptr<FailureListener> to) = 0;

 protected:
  ~InFlight() = default;

 private:
  friend struct DropInFlight;
  virtual void let_go() noexcept = 0;  // of the handle's share
};

struct DropInFlight {
  void operator()(InFlight* run) const noexcept { run->let_go(); }
};
using Handle = std::unique_ptr<InFlight, DropInFlight>;

}  // namespace reactor::detail
