// SPDX-License-Identifier: BSD-3-Clause
#include "engine/submitted_call.hpp"

#include <cxxabi.h>

#include <chrono>
#include <memory>
#include <new>
#include <utility>

#include "engine/failure.hpp"
#include "engine/on_this_thread.hpp"
#include "engine/run_control.hpp"
#include "engine/steady_time.hpp"
#include "engine/trace_probe.hpp"
#include "engine/traceback.hpp"
#include "engine/whereabouts.hpp"
#include "reactor/detail/trace_probe.hpp"
#include "reactor/error.hpp"

namespace reactor::engine {

using std::chrono::steady_clock;

SubmittedCall::SubmittedCall(Shared<NativeEnv>& shared, std::shared_ptr<CallOffice> office,
                             CallNode& node)
    : State(shared), office_(std::move(office)), node_(node) {}

detail::CallHandle SubmittedCall::make(Shared<NativeEnv>& shared,
                                       std::shared_ptr<CallOffice> office) {
  CallNode& node = office->pool.take();
  return detail::CallHandle(::new (static_cast<void*>(node.room))
                                SubmittedCall(shared, std::move(office), node));
}

void SubmittedCall::forget() noexcept {
  std::shared_ptr<CallOffice> const office = std::move(office_);
  CallNode& node = node_;
  this->~SubmittedCall();
  office->pool.give_back(node);
}

void SubmittedCall::launch() noexcept {
  Whereabouts::Errand const errand(shared());
  State::launch(Whereabouts::self(shared()));
}

void SubmittedCall::launch_after(detail::FutureCall& follower) noexcept {
  Whereabouts::Errand const errand(shared());
  // SAFETY: FutureCall has one implementation.
  State::launch_after(static_cast<SubmittedCall&>(follower), Whereabouts::self(shared()));
}

bool SubmittedCall::call(std::uint32_t self) {
  worker_ = self;
  OnThisThread const making(*this);
  call_traced(*this);
  return !has_failed();
}

// The stacks of what is thrown end here. The exception of a forced unwind is an object at address
// 0, which the sanitizer would mind.
__attribute__((noinline, no_sanitize("null"))) void SubmittedCall::call_traced(
    SubmittedCall& call) {
  TraceScope const scope(call.office_->wants_traces,
                         {reinterpret_cast<std::uintptr_t>(&SubmittedCall::call_traced),
                          reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0))});
  try {
    call.run_closure();
  } catch (detail::TraceProbe&) {
  } catch (abi::__forced_unwind&) {
    call.fail("the call ended its thread (pthread_exit or cancellation)");
    throw;
  } catch (...) {
    call.fail_with_current();
  }
}

void SubmittedCall::refuse_call() noexcept {
  worker_ = shared().workers;  // none
  drop_closure();
  fail("no worker is left: tasks have ended their threads, and the system had no other");
}

void SubmittedCall::fail(char const* why) noexcept {
  try {
    fail(Unexpected(why));
  } catch (...) {  // no memory for the text
    keep_error(nullptr);
  }
}

void SubmittedCall::fail(Unexpected reason) noexcept {
  try {
    fail_with(reason.cause(), [] { return Traceback(); });
  } catch (...) {  // no memory for the cause
    keep_error(nullptr);
  }
}

void SubmittedCall::fail_with_current() noexcept {
  std::exception_ptr const cause = std::current_exception();
  fail_with(cause, [&] {
    if (!office_->wants_traces) {
      return detail::TracebackMaker::make_missing("tracebacks are off", false);
    }
    TraceView const thrown = captured_trace(cause);
    if (!thrown.frames.empty()) return detail::TracebackMaker::make(thrown);
    return detail::TracebackMaker::make_missing("not captured", true);
  });
}

template <class MakeTraceback>
void SubmittedCall::fail_with(std::exception_ptr const& cause,
                              MakeTraceback const& traceback) noexcept {
  Summary summary;
  summary.total = summary.failed = 1;
  try {
    keep_error(std::make_unique<TaskError>(detail::TaskErrorMaker::make(
        hold(cause), traceback(), {0, 1, worker_, office_->workers}, summary)));
  } catch (...) {  // no memory for it
    keep_error(nullptr);
  }
}

bool SubmittedCall::await_end(Time until) {
  if (is_over()) return true;
  refuse_to_wait();
  Time now = steady_clock::now();
  if (Whereabouts::is_inside_any() && now < until) {
    Whereabouts::Place const place(shared());
    EnclosingTask const nested_in_nothing;
    if (help(Whereabouts::self(shared()))) return true;
  }
  // No sum of it: it may be for ever.
  for (Time const start = now; now < until && now - start < office_->spin;
       now = steady_clock::now()) {
    if (is_over()) return true;
    NativeEnv::relax();
  }
  return until <= now ? is_over() : State::await_end(ns_until(until, now));
}

void SubmittedCall::refuse_to_wait() const {
  if (office_->is_forked()) {
    throw Error("wait: this call is of the process that has submitted it, and ends there");
  }
  if (OnThisThread<SubmittedCall>::has(*this)) {
    throw Error("wait: in the call itself, which could only wait for itself");
  }
}

}  // namespace reactor::engine

namespace reactor::detail {

void FutureCall::throw_error() {
  std::unique_ptr<TaskError> const error = std::move(error_);
  if (error == nullptr) throw std::bad_alloc();
  throw TaskError(*error);
}

void DropCall::operator()(FutureCall* call) const noexcept {
  call->let_go();
}

}  // namespace reactor::detail
