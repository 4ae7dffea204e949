// SPDX-License-Identifier: BSD-3-Clause
// A call and what comes of it, as its Future sees it and as the core does.
#pragma once

#include <chrono>
#include <memory>
#include <type_traits>
#include <utility>

#include "reactor/detail/room.hpp"
#include "reactor/error.hpp"
#include "reactor/expected.hpp"
#include "reactor/export.hpp"

namespace reactor::detail {

class FutureCall;
struct REACTOR_API DropCall {
  void operator()(FutureCall* call) const noexcept;
};
using CallHandle = std::unique_ptr<FutureCall, DropCall>;

// Any thread, but where it says otherwise.
class REACTOR_API FutureCall {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // ---- who has the handle ----

  // Once, when the closure is there: hands it to the workers. Lock-free.
  virtual void launch() noexcept = 0;
  // The same for `follower`, as soon as this is over.
  virtual void launch_after(FutureCall& follower) noexcept = 0;
  // Another one of the same Reactor's. Throws std::bad_alloc.
  virtual CallHandle another() = 0;

  virtual bool is_over() const noexcept = 0;
  // Blocks until it is over: then true. False when `until` has come. Throws Error where that could
  // never be: in the call itself, or in a forked child.
  virtual bool await_end(Time until) = 0;

  // ---- in the call, and when it is over ----

  // There is no value, and why. An error has one owner at a time, whose thread destroys it:
  // ThreadSanitizer does not see how exceptions are counted.
  bool has_failed() const noexcept { return has_failed_; }
  [[noreturn]] void throw_error();
  void fail_like(FutureCall& other) noexcept { keep_error(std::move(other.error_)); }
  virtual void fail(Unexpected reason) noexcept = 0;

  // ---- what the types are known for ----

  template <class R, class Closure, class Make>
  void fill(Make&& make) {
    closure_.template emplace<Closure>(std::forward<Make>(make));
    kind_ = &k_kind<R, Closure>;
    has_closure_ = true;
  }

  template <class Closure>
  Closure& closure() noexcept {
    return closure_.template get<Closure>();
  }
  template <class R>
  R& value() noexcept {
    return value_.template get<R>();
  }
  template <class R, class Make>
  void keep(Make&& make) {
    value_.template emplace<R>(std::forward<Make>(make));
    has_value_ = true;
  }

 protected:
  FutureCall() = default;
  ~FutureCall() {
    if (has_closure_) drop_closure();
    if (has_value_) kind_->drop_value(*this);
  }
  FutureCall(FutureCall const&) = delete;
  FutureCall& operator=(FutureCall const&) = delete;

  // Makes the value, or says why there is none, or throws. The closure is gone then.
  void run_closure() {
    struct Dropped {
      FutureCall& call;
      ~Dropped() { call.drop_closure(); }
    } const at_the_end{*this};
    kind_->run(*this);
  }
  void drop_closure() noexcept {
    has_closure_ = false;
    kind_->drop_closure(*this);
  }

  // Null: there was no memory for it.
  void keep_error(std::unique_ptr<TaskError> error) noexcept {
    has_failed_ = true;
    error_ = std::move(error);
  }

 private:
  friend DropCall;
  virtual void let_go() noexcept = 0;  // of the handle's share

  struct Kind {
    void (*run)(FutureCall&);
    void (*drop_closure)(FutureCall&) noexcept;
    void (*drop_value)(FutureCall&) noexcept;
  };

  template <class R, class Closure>
  static void run(FutureCall& call) {
    call.closure_.template get<Closure>()(call);
  }
  template <class Closure>
  static void drop_closure(FutureCall& call) noexcept {
    call.closure_.template destroy<Closure>();
  }
  template <class R>
  static void drop_value(FutureCall& call) noexcept {
    if constexpr (!std::is_void_v<R>) call.value_.template destroy<R>();
  }
  template <class R, class Closure>
  static constexpr Kind k_kind{&run<R, Closure>, &drop_closure<Closure>, &drop_value<R>};

  Kind const* kind_ = nullptr;
  bool has_closure_ = false;
  bool has_value_ = false;
  bool has_failed_ = false;
  std::unique_ptr<TaskError> error_;
  Room<80> closure_;  // one of 64 bytes, and the future that it follows
  Room<64> value_;
};

// What f() returns, or why there is no value, becomes the call's.
template <class R, class F>
void keep_result(FutureCall& call, F&& f) {
  using Returned = std::invoke_result_t<F>;
  if constexpr (k_is_expected<std::remove_cvref_t<Returned>>) {
    std::conditional_t<std::is_reference_v<Returned>, Returned, std::decay_t<Returned>> expected =
        f();
    using Forwarded = decltype(expected)&&;
    if (!expected.has_value()) return call.fail(static_cast<Forwarded>(expected).error());
    if constexpr (!std::is_void_v<R>) {
      call.keep<R>([&]() -> R { return *static_cast<Forwarded>(expected); });
    }
  } else if constexpr (std::is_void_v<R>) {
    f();
  } else {
    call.keep<R>([&]() -> R { return f(); });
  }
}

// What a future of it has.
template <class Returned>
using FutureValue = typename UnwrapExpected<std::decay_t<Returned>>::Result;

template <class Value>
inline constexpr bool k_is_future_value =
    std::is_void_v<Value> || std::is_move_constructible_v<Value>;

// The call that a future begins with.
template <class F>
struct FirstCall {
  using Value = FutureValue<std::invoke_result_t<F&>>;
  F f;
  void operator()(FutureCall& call) {
    detail::keep_result<Value>(call, [this]() -> decltype(auto) { return f(); });
  }
};

// Refuses at compile time what cannot be called, or have a future.
template <class F>
consteval bool check_call() {
  constexpr bool is_callable = std::is_invocable_v<std::decay_t<F>&>;
  static_assert(is_callable, "reactor: what is submitted without tasks must be callable as f()");
  if constexpr (is_callable) {
    constexpr bool has_future = k_is_future_value<typename FirstCall<std::decay_t<F>>::Value>;
    static_assert(has_future,
                  "reactor: what a call returns must be movable, to come out of its future");
    return has_future;
  }
  return false;
}

}  // namespace reactor::detail
