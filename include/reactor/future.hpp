// SPDX-License-Identifier: BSD-3-Clause
// What will come of one call: what Reactor::submit(f) returns.
#pragma once

#include <chrono>
#include <coroutine>
#include <functional>
#include <type_traits>
#include <utility>

#include "reactor/detail/end_awaiter.hpp"
#include "reactor/detail/future_call.hpp"
#include "reactor/detail/wait_time.hpp"

namespace reactor {

template <class R>
class Future;

namespace detail {

// What g returns for the value that it follows.
template <class R, class G>
struct FollowResult {
  using type = std::invoke_result_t<G&, R>;
};
template <class G>
struct FollowResult<void, G> {
  using type = std::invoke_result_t<G&>;
};

template <class R, class G>
struct NextCall;

template <class F>
auto launch(CallHandle call, F&& f);

}  // namespace detail

// A handle for one thread at a time. Destroying it lets go: the call is made all the same, and what
// comes of it is dropped. It may outlive the Reactor, which waits for its calls; but waiting in a
// task, then() and co_await must not go on while the Reactor is destroyed, nor the last two after
// it. A thread that waits in a task, of whichever Reactor, makes the call itself if nobody has
// begun it, so it waits for nothing that it keeps from happening. In a forked child only valid()
// and the destructor make sense; waiting throws Error.
template <class R>
class [[nodiscard]] Future {
 public:
  // Empty. Precondition of all members but valid(), the moves and the destructor: valid().
  Future() noexcept = default;

  bool valid() const noexcept { return call_ != nullptr; }

  // Is there a value, or an error?
  bool done() const noexcept { return call_->is_over(); }

  // Blocks until done. Throws Error in the call itself, and in a forked child, where it could wait
  // for ever.
  void wait() const { call_->await_end(detail::Steady::time_point::max()); }

  // The same, or until the time has come: then false. In a task it may be later, by the time of a
  // call that was begun before.
  template <class Rep, class Period>
  bool wait_for(std::chrono::duration<Rep, Period> const& time) const {
    return call_->await_end(detail::from_now(time));
  }
  template <class Clock, class Duration>
  bool wait_until(std::chrono::time_point<Clock, Duration> const& time) const {
    return detail::await_until(time, [this](auto until) { return call_->await_end(until); });
  }

  // Waits, and moves the value out; or throws the TaskError of a call that failed (task 0 of 1), or
  // that no worker was left to make; std::bad_alloc when there was no memory for the TaskError.
  // Empty afterwards, unless it was the wait that threw.
  R get() {
    wait();
    detail::CallHandle const call = std::move(call_);
    if (call->has_failed()) call->throw_error();
    if constexpr (!std::is_void_v<R>) return std::move(call->template value<R>());
  }

  // Hands g(value), or g() where there is none, to the workers as soon as this is done; the future
  // of that. If this fails g is not called, and the future fails likewise. Throws std::bad_alloc,
  // and what moving or copying g throws: this is as it was then. No allocation once warm for a g of
  // up to 64 bytes. Waiting in a task for the last of n that follow each other, before any is done,
  // takes n times the stack of one.
  template <class G>
  auto then(G&& g) && {
    using Next = detail::NextCall<R, std::decay_t<G>>;
    detail::CallHandle next = call_->another();
    next->fill<typename Next::Value, Next>([&]() -> Next {
      return {std::forward<G>(g), std::move(*this)};
    });
    return Next::launch(std::move(next));
  }

  // Suspends until done, and goes on on a worker's thread (or right here, if it is done); then
  // returns or throws as get() does. A coroutine must not be destroyed while it is suspended here.
  auto operator co_await() { return detail::EndAwaiter(*this, detail::k_resume_here, done()); }
  // The same, and goes on where schedule(std::coroutine_handle<>) says: it is called in any case,
  // on a worker's thread, or right here if this is done, and must not throw.
  template <class Schedule>
  auto resume_on(Schedule schedule) {
    return detail::EndAwaiter(*this, std::move(schedule), false);
  }

 private:
  template <class F>
  friend auto detail::launch(detail::CallHandle call, F&& f);
  template <class Value, class G>
  friend struct detail::NextCall;
  template <class Awaited, class Schedule>
  friend class detail::EndAwaiter;

  explicit Future(detail::CallHandle call) noexcept : call_(std::move(call)) {}

  template <class F>
  void call_at_end(F&& f) {
    if (done()) return f();
    using Call = detail::FirstCall<std::decay_t<F>>;
    detail::CallHandle const next = call_->another();
    next->fill<void, Call>([&]() -> Call { return {std::forward<F>(f)}; });
    call_->launch_after(*next);
  }

  detail::CallHandle call_;
};

namespace detail {

template <class F>
auto launch(CallHandle call, F&& f) {
  using Call = FirstCall<std::decay_t<F>>;
  call->fill<typename Call::Value, Call>([&]() -> Call { return {std::forward<F>(f)}; });
  call->launch();
  return Future<typename Call::Value>(std::move(call));
}

// A call that follows another one.
template <class R, class G>
struct NextCall {
  using Value = FutureValue<typename FollowResult<R, G>::type>;
  static_assert(k_is_future_value<Value>,
                "reactor: what a call returns must be movable, to come out of its future");

  G g;
  Future<R> before;

  // Whoever makes this call while the one before is not over waits for that, in a task.
  void operator()(FutureCall& call) {
    before.wait();
    if (before.call_->has_failed()) return call.fail_like(*before.call_);
    keep_result<Value>(call, [this]() -> decltype(auto) {
      if constexpr (std::is_void_v<R>) {
        return std::invoke(g);
      } else {
        return std::invoke(g, std::move(before.call_->template value<R>()));
      }
    });
  }

  static Future<Value> launch(CallHandle next) {
    NextCall& self = next->closure<NextCall>();
    self.before.call_->launch_after(*next);
    return Future<Value>(std::move(next));
  }
};

}  // namespace detail

}  // namespace reactor
