// SPDX-License-Identifier: BSD-3-Clause
// A run in flight: what Reactor::submit returns.
#pragma once

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "reactor/detail/end_awaiter.hpp"
#include "reactor/detail/ended_range.hpp"
#include "reactor/detail/in_flight.hpp"
#include "reactor/detail/wait_time.hpp"
#include "reactor/outcome.hpp"
#include "reactor/results.hpp"
#include "reactor/summary.hpp"

namespace reactor {

// A handle for one thread at a time; a const member may be called by any number at once, but for
// as_completed. It may outlive the Reactor, which waits for its runs; but cancelling or waiting
// must not go on while the Reactor is destroyed. A thread that waits in a task, of whichever
// Reactor, runs tasks of this run meanwhile, one such thread at a time, so it waits for nothing
// that it keeps from happening: it is one more than parallelism() if it is none of the Reactor's
// workers, and comes back between two tasks when its time is over. In a forked child only valid()
// and the destructor make sense; waiting throws Error.
template <class R>
class Batch {
 public:
  // Empty. Precondition of all members but valid(), the moves and the destructor: valid().
  Batch() noexcept = default;
  Batch(Batch&&) noexcept = default;
  Batch& operator=(Batch&& other) noexcept {
    if (this == &other) return *this;
    end();
    results_ = std::move(other.results_);
    run_ = std::move(other.run_);
    return *this;
  }
  // Cancels what is not done, and waits until nothing of it executes. In one of the run's own
  // tasks, where it could only wait for itself, it says so and aborts.
  ~Batch() { end(); }

  bool valid() const noexcept { return run_ != nullptr; }
  std::size_t size() const noexcept { return results_.size(); }

  // Does nothing of it execute any more (but tasks that were given up on)? Then all outcomes are
  // final.
  bool done() const noexcept { return run_->is_over(); }

  // Blocks until done. Throws Error in one of the run's own tasks, and in a forked child, where it
  // could wait for ever.
  void wait() const { run_->await_end(detail::Steady::time_point::max()); }

  // The same, or until the time has come: then false.
  template <class Rep, class Period>
  bool wait_for(std::chrono::duration<Rep, Period> const& time) const {
    return run_->await_end(detail::from_now(time));
  }
  template <class Clock, class Duration>
  bool wait_until(std::chrono::time_point<Clock, Duration> const& time) const {
    return detail::await_until(time, [this](auto until) { return run_->await_end(until); });
  }

  // Waits, and returns or throws as run() does. The batch is empty when it has returned; after a
  // throw the outcomes are still here.
  Results<R> get() {
    wait();
    run_->throw_what_stopped();
    run_ = nullptr;
    return std::move(results_);
  }

  // No further task begins; those in flight are told to stop (TaskContext); get() throws Cancelled.
  // Does not block; but a run that has not begun ends right here, tasks and action are destroyed.
  // Without effect on a run that is done, or that something else has stopped.
  void cancel() noexcept { run_->cancel(); }

  // How far it has come: `skipped` is 0 until it is done, and the rest is to come. O(size()).
  Summary progress() const noexcept { return run_->progress(); }

  // Any time: an outcome whose status() is pending has nothing else to say yet. i < size().
  Outcome<R> operator[](std::size_t i) const& noexcept { return results_[i]; }
  Outcome<R> operator[](std::size_t i) const&& = delete;  // it would be of what is gone

  // The outcomes in the order in which the tasks end, each as soon as it has: a range that blocks.
  // Tasks that are skipped are not among them. It may come to its end just before done() is true.
  // Each call begins at the beginning. Of a run with RunOptions::completion_order, else it throws
  // Error. One thread at a time.
  detail::EndedRange<Results<R>> as_completed() const& {
    detail::check_records_order(results_.slots_->records_order());
    return {*run_, results_};
  }
  void as_completed() const&& = delete;  // of a batch that would be gone

  // Calls f(Summary const&) when the run is done, on a worker's thread, or right here if it is. f
  // must not throw. It may destroy this, and begin other runs. Any number of times.
  template <class F>
  void on_complete(F&& f) {
    auto listener = make_listener<F, Summary const&>(std::forward<F>(f));
    if (!run_->listen(listener)) listener->call(results_.summary());
  }

  // Calls f(Outcome<R>) as soon as a task fails or times out, for the first that does (stopping on
  // errors, for the one that has stopped the run, whose error get() throws), on the thread on which
  // that is found (in the task that failed, or on the one that keeps limits), while others may
  // still run; or right here, if one has. f must not throw, should return soon, and must neither
  // wait for this run nor destroy this. It is let go of after the call, or with the run's end. A
  // second call takes the place of the first.
  template <class F>
  void on_error(F&& f) {
    auto listener = [f = std::forward<F>(f), slots = results_.slots_.get(),
                     values = results_.values_](std::size_t i) mutable {
      f(Results<R>::outcome(slots, values, i));
    };
    run_->listen(make_listener<decltype(listener), std::size_t>(std::move(listener)));
  }

  // Suspends until done, and goes on on a worker's thread (or right here, if it is done); then
  // returns or throws as get() does. A coroutine must not be destroyed while it is suspended here.
  auto operator co_await() {
    return detail::EndAwaiter(*this, detail::k_resume_here, run_->is_over());
  }
  // The same, and goes on where schedule(std::coroutine_handle<>) says: it is called in any case,
  // on a worker's thread, or right here if the run is done, and must not throw.
  template <class Schedule>
  auto resume_on(Schedule schedule) {
    return detail::EndAwaiter(*this, std::move(schedule), false);
  }

 private:
  friend class Reactor;
  template <class Awaited, class Schedule>
  friend class detail::EndAwaiter;

  template <class F>
  void call_at_end(F&& f) {
    on_complete([f = std::forward<F>(f)](Summary const&) mutable { f(); });
  }

  template <class F, class Argument>
  static std::unique_ptr<detail::Listener<Argument>> make_listener(F&& f) {
    return std::make_unique<detail::ListenerOf<std::decay_t<F>, Argument>>(std::forward<F>(f));
  }

  void end() noexcept {
    if (run_ != nullptr) run_->cancel_and_wait();
    run_ = nullptr;
  }

  Results<R> results_;
  detail::Handle run_;
};

}  // namespace reactor
