// SPDX-License-Identifier: BSD-3-Clause
// What the templates call: the loop over tasks for all but a value, and who asks for what is not
// there.
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "engine/error_latch.hpp"
#include "engine/slot_table.hpp"
#include "engine/stop_notice.hpp"
#include "engine/trace_probe.hpp"
#include "reactor/detail/slots.hpp"
#include "reactor/error.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define REACTOR_IS_ADDRESS_SANITIZED 1
#elif defined(__has_feature)
#define REACTOR_IS_ADDRESS_SANITIZED __has_feature(address_sanitizer)
#endif
extern "C" void __asan_unpoison_memory_region(void const volatile* memory, std::size_t size);

namespace reactor::detail {

namespace {

// Of task i, which has failed, and stopped the run if it is to. Once that is so, other tasks may
// fail because of it: which one came first is what the latch says, unless that was none of them.
void tell(Frame const& frame, std::size_t i) noexcept {
  if (frame.stop_on_error) {
    // Relaxed: tripped by this thread, or found tripped by it, perhaps early.
    std::uint64_t const winner = frame.latch->winner.load(std::memory_order_relaxed);
    bool const was_task = winner < engine::ErrorLatch<engine::NativeEnv>::k_reasons_from;
    if (was_task && winner != i + 1) return;
  }
  // SAFETY: Slots has one implementation.
  static_cast<engine::SlotTable&>(*frame.slots).first_failure().tell(i);
}

// The same of one that this thread has run, when its failure has been recorded.
void stop_and_tell(Frame& frame, std::size_t i) noexcept {
  ++frame.failed;
  if (frame.stop_on_error) engine::ErrorLatch<engine::NativeEnv>::trip(frame, i);
  detail::tell(frame, i);
}

}  // namespace

void record_timeout(Frame& frame, std::uint64_t i, std::uint64_t ran_ns,
                    std::uint64_t timeout_ns) noexcept {
  // SAFETY: Slots has one implementation.
  auto& slots = static_cast<engine::SlotTable&>(*frame.slots);
  slots.record_timeout(i, frame.worker, ran_ns, timeout_ns);
  detail::tell(frame, i);
}

void record_unexpected(Frame& frame, std::size_t i, Unexpected&& failure) noexcept {
  // SAFETY: Slots has one implementation.
  auto& slots = static_cast<engine::SlotTable&>(*frame.slots);
  slots.record_unexpected(i, frame.worker, std::move(failure));
  stop_and_tell(frame, i);
}

void record_failure(Frame& frame, std::size_t i) noexcept {
  std::nested_exception const exception;
  // SAFETY: Slots has one implementation.
  auto& slots = static_cast<engine::SlotTable&>(*frame.slots);
  slots.record_thrown(i, frame.worker, exception, engine::captured_trace(exception.nested_ptr()));
  stop_and_tell(frame, i);
}

namespace {

// A forced unwind passes frames without telling AddressSanitizer, which takes what uses their part
// of the stack next for a mistake: whoever is called after this.
void forget_unwound_frames() noexcept {
#if REACTOR_IS_ADDRESS_SANITIZED
  constexpr std::size_t k_bytes = 32'768;
  __asan_unpoison_memory_region(static_cast<char*>(__builtin_frame_address(0)) - k_bytes, k_bytes);
#endif
}

[[gnu::noinline]] void record_unwound(Frame& frame, std::size_t i) noexcept {
  Unexpected reason{std::string()};
  try {
    reason = Unexpected("the action ended its thread (pthread_exit or cancellation)");
  } catch (std::bad_alloc const&) {  // then it has no message
  }
  record_unexpected(frame, i, std::move(reason));
}

}  // namespace

void record_thread_exit(Frame& frame, std::size_t i) noexcept {
  forget_unwound_frames();
  record_unwound(frame, i);
}

namespace {

using TaskStop = engine::NativeEnv::task_stop_source;
using TaskNotice = engine::StopNotice<engine::NativeEnv, TaskStop>;

std::stop_token token_of_run(Frame const& frame) {
  return engine::StopNotice<engine::NativeEnv>::source(frame.latch->notice).get_token();
}

std::stop_token stopped_token() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}

// While this lives the task is not given up on, so its run is not over.
struct Pinned {
  explicit Pinned(Seat& on) noexcept : seat(on), is_pinned(on.pin()) {}
  Pinned(Pinned const&) = delete;
  Pinned& operator=(Pinned const&) = delete;
  ~Pinned() {
    if (is_pinned) seat.unpin();
  }
  Seat& seat;
  bool const is_pinned;
};

}  // namespace

std::stop_token stop_token_of(Frame const& frame) {
  if (frame.seat == nullptr) return token_of_run(frame);
  Pinned const pinned(*frame.seat);
  if (!pinned.is_pinned) return stopped_token();
  TaskStop& stop = TaskNotice::source(frame.seat->notice);
  if (!stop.with_run) stop.with_run.emplace(token_of_run(frame), TaskStop::Relay{&stop.source});
  return stop.source.get_token();
}

void forget_stop_token(Seat& seat) noexcept {
  TaskNotice::reset(seat.notice);
}

void throw_not_done(std::size_t i, Slots const& slots) {
  // SAFETY: Slots has one implementation.
  auto const& table = static_cast<engine::SlotTable const&>(slots);
  switch (slots.status(i)) {
    case Status::failed:
    case Status::timed_out:
      table.throw_error(i);
    case Status::skipped:
      throw Error(table.name_task(i) + " has no value: the run was stopped before it began");
    default:
      throw Error(table.name_task(i) + " has no value yet");
  }
}

void throw_out_of_range(std::size_t i, std::size_t size) {
  throw Error("there is no task " + std::to_string(i) + ": allowed are indices below " +
              std::to_string(size));
}

void throw_size_mismatch(std::size_t tasks, std::size_t results) {
  throw Error("correlate: " + std::to_string(tasks) + " tasks but " + std::to_string(results) +
              " results; they must be of one run");
}

void throw_cannot_own() {
  throw Error(
      "run: a run with a result_timeout owns its tasks and its action; these were not given away "
      "with "
      "std::move, and reactor::enable_copy does not say that they can be copied");
}

void check_records_order(bool records) {
  if (records) return;
  throw Error(
      "as_completed: the run does not record in which order its tasks end; allowed is one "
      "with RunOptions::completion_order");
}

void throw_negative_count(long long count) {
  throw Error("run: " + std::to_string(count) + " tasks; allowed is a count from 0");
}

}  // namespace reactor::detail
