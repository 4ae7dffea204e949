// SPDX-License-Identifier: BSD-3-Clause
#include "engine/trace_probe.hpp"

#include <cxxabi.h>
#include <pthread.h>
#include <unwind.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <typeinfo>
#include <utility>

#include "engine/env.hpp"
#include "engine/error_latch.hpp"
#include "engine/known_causes.hpp"
#include "engine/thrown.hpp"
#include "engine/traceback.hpp"
#include "reactor/export.hpp"

namespace reactor::engine {

struct Capture {
  void const* exception = nullptr;
  bool was_cut = false;
  std::size_t size = 0;
  std::array<std::uintptr_t, k_frames_max> frames;
};

constinit thread_local TraceScope* TraceScope::innermost = nullptr;

namespace {

// Static TLS is scarce in what is loaded later: the buffers are on the heap. The one that was used
// last is kept for the next throw.
constinit thread_local Capture* spare = nullptr;

void free_spare(void* spare_of_thread) noexcept {
  delete std::exchange(*static_cast<Capture**>(spare_of_thread), nullptr);
}

// Who frees a thread's buffers when it ends. A thread_local object with a destructor would do, but
// glibc ends the process when there is no memory for that. Made when this is loaded: a fork finds
// it.
class ThreadEnd {
 public:
  ThreadEnd() noexcept : is_made_(pthread_key_create(&key_, &free_spare) == 0) {}
  ThreadEnd(ThreadEnd const&) = delete;
  ThreadEnd& operator=(ThreadEnd const&) = delete;
  ~ThreadEnd() {
    if (is_made_) pthread_key_delete(key_);
    is_made_ = false;
  }
  bool is_awaited() const noexcept { return is_made_ && pthread_setspecific(key_, &spare) == 0; }

 private:
  pthread_key_t key_{};
  bool is_made_;
};
ThreadEnd thread_end;

Capture* take_buffer(TraceScope& scope) noexcept {
  if (scope.captured != nullptr) return std::exchange(scope.captured, nullptr);
  if (spare != nullptr) return std::exchange(spare, nullptr);
  return thread_end.is_awaited() ? new (std::nothrow) Capture : nullptr;
}

struct Walk {
  Capture& capture;
  TraceBase const& base;
  std::uintptr_t thrown_by;  // one of those below, or 0 until it has been passed
};

constexpr std::uintptr_t k_anything = 1;

std::array<std::uintptr_t, 3> throwing_functions() noexcept {
  return {reinterpret_cast<std::uintptr_t>(&abi::__cxa_throw),
          reinterpret_cast<std::uintptr_t>(&abi::__cxa_rethrow),
          reinterpret_cast<std::uintptr_t>(&std::rethrow_exception)};
}

_Unwind_Reason_Code note_frame(_Unwind_Context* context, void* data) {
  auto& walk = *static_cast<Walk*>(data);
  std::uintptr_t const function = _Unwind_GetRegionStart(context);
  // The second, should the function have been cloned: its caller's frame is further up.
  if (function == walk.base.function || _Unwind_GetCFA(context) > walk.base.frame) {
    return _URC_NORMAL_STOP;
  }
  if (walk.thrown_by == 0) {
    auto const throws = throwing_functions();
    if (std::find(throws.begin(), throws.end(), function) != throws.end()) {
      walk.thrown_by = function;
    }
    return _URC_NO_REASON;
  }
  Capture& capture = walk.capture;
  if (capture.size == k_frames_max) {
    capture.was_cut = true;
    return _URC_NORMAL_STOP;
  }
  int is_before = 0;
  std::uintptr_t const address = _Unwind_GetIPInfo(context, &is_before);
  capture.frames[capture.size++] = is_before != 0 ? address : address - 1;
  return _URC_NO_REASON;
}

// Of a rethrow, where it was thrown first, if that is known.
void take_first(void const* exception, Capture& capture) noexcept {
  Traceback const first = first_traceback(exception);
  if (first.empty()) return;
  TraceView const view = detail::TracebackMaker::view(first);
  std::copy(view.frames.begin(), view.frames.end(), capture.frames.begin());
  capture.size = view.frames.size();
  capture.was_cut = view.was_cut;
}

// Each frame costs, this one's own too.
[[gnu::always_inline]] inline void capture_stack(TraceScope& scope, void const* exception,
                                                 bool is_pointer) noexcept {
  Capture* const capture = take_buffer(scope);
  if (capture == nullptr) return;
  capture->exception = exception;
  capture->was_cut = false;
  capture->size = 0;
  Walk walk{*capture, scope.base, 0};
  _Unwind_Backtrace(&note_frame, &walk);
  if (walk.thrown_by == 0) {
    walk.thrown_by = k_anything;  // whatever threw it: the search is on the stack, too
    _Unwind_Backtrace(&note_frame, &walk);
  }
  // What has just been made has not been thrown before; and that two pointers are equal says
  // nothing.
  bool const is_new = walk.thrown_by == throwing_functions()[0];
  if (!is_new && !is_pointer) take_first(exception, *capture);
  scope.captured = capture;
}

// Before anything else: what others begin meanwhile is in vain. Not of a task that may be taken
// from its thread, whose failure is nobody's then.
void stop_run(detail::Frame* frame) noexcept {
  if (frame == nullptr || !frame->stop_on_error || frame->seat != nullptr) return;
  ErrorLatch<NativeEnv>::trip_early(*frame);
}

class ProbeTypeInfo final : public std::type_info {
 public:
  ProbeTypeInfo() noexcept : std::type_info("N7reactor6detail10TraceProbeE") {}

  // A forced unwind asks, too, frame by frame, while it unwinds.
  bool __do_catch(std::type_info const* thrown, void** object, unsigned) const override {
    TraceScope* const scope = TraceScope::innermost;
    if (scope == nullptr || *thrown == typeid(abi::__forced_unwind)) return false;
    stop_run(scope->frame);
    if (scope->is_wanted()) capture_stack(*scope, *object, thrown->__is_pointer_p());
    return false;
  }
};

}  // namespace

// What compilers call `typeinfo for reactor::detail::TraceProbe`, as visible as the functions that
// users call: where copies of this library meet in one process, either all of one copy is used, or
// each by itself. Each copy fills its own when it is loaded, by the name that nothing comes
// between: whoever is asked later may belong to another one.
extern "C" {
alignas(ProbeTypeInfo) unsigned char reactor_trace_probe[sizeof(ProbeTypeInfo)]
    __attribute__((visibility("hidden")));
}
REACTOR_API extern unsigned char visible_trace_probe[sizeof(ProbeTypeInfo)] asm(
    "_ZTIN7reactor6detail10TraceProbeE") __attribute__((alias("reactor_trace_probe")));

__attribute__((constructor)) void install_trace_probe() noexcept {
  ::new (static_cast<void*>(reactor_trace_probe)) ProbeTypeInfo;
  // A program at a fixed address has a copy of what it uses of a shared library, made before this.
  // Users compiled without type_info have one of their own instead, which is not empty: it asks
  // nobody.
  unsigned char* const volatile visible = visible_trace_probe;
  void* first_word = nullptr;
  std::memcpy(&first_word, visible, sizeof first_word);
  if (first_word == nullptr) ::new (static_cast<void*>(visible)) ProbeTypeInfo;
}

void TraceScope::give_back(Capture* capture) noexcept {
  delete std::exchange(spare, capture);
}

TraceView captured_trace(std::exception_ptr const& exception) noexcept {
  TraceScope* const scope = TraceScope::innermost;
  if (scope == nullptr || scope->captured == nullptr) return {};
  Capture& capture = *scope->captured;
  if (capture.exception != Thrown(exception).address()) return {};
  delete std::exchange(spare, std::exchange(scope->captured, nullptr));
  return {{capture.frames.data(), capture.size}, capture.was_cut};
}

}  // namespace reactor::engine
