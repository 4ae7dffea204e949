// SPDX-License-Identifier: BSD-3-Clause
#include "engine/slot_table.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "engine/assert.hpp"
#include "engine/error_latch.hpp"
#include "engine/install.hpp"
#include "engine/stop_notice.hpp"
#include "engine/trace_probe.hpp"
#include "engine/traceback.hpp"

namespace reactor::engine {

void SlotTable::prepare(std::size_t size, bool record_order) {
  over_.store(true, std::memory_order_relaxed);
  size_ = 0;
  records_order_ = false;
  order_next_.store(0, std::memory_order_relaxed);
  failures_.reset(size);
  traces_.clear();
  summary_ = {};
  if (record_order) order_.resize(std::max(order_.size(), size));
  static_assert(sizeof(detail::StatusByte) == 1 && detail::StatusByte::is_always_lock_free &&
                static_cast<int>(Status::pending) == 0);
  // SAFETY: a lock-free atomic byte is its value and nothing else; zeroes are `pending`.
  if (size <= k_inline_bytes) {
    bytes_ = inline_bytes_.data();
    std::memset(static_cast<void*>(bytes_), 0, size);
  } else if (size <= heap_capacity_) {
    bytes_ = heap_bytes_.get();
    std::memset(static_cast<void*>(bytes_), 0, size);
  } else {
    heap_bytes_.reset();
    heap_capacity_ = 0;
    // Fresh pages come zeroed, and are first touched by the threads that need them.
    heap_bytes_.reset(static_cast<detail::StatusByte*>(std::calloc(size, 1)));
    if (heap_bytes_ == nullptr) throw std::bad_alloc();
    heap_capacity_ = size;
    bytes_ = heap_bytes_.get();
  }
  size_ = size;
  records_order_ = record_order;
  over_.store(size == 0, std::memory_order_relaxed);
}

Summary SlotTable::count() const noexcept {
  Summary summary;
  summary.total = size_;
  for (std::size_t i = 0; i < size_; ++i) {
    if (status(i) == Status::done) ++summary.done;
    if (status(i) == Status::failed) ++summary.failed;
  }
  summary.skipped = summary.total - summary.done - summary.failed;
  return summary;
}

void SlotTable::record_order(std::size_t i) noexcept {
  order_[order_next_.fetch_add(1, std::memory_order_relaxed)] = i;
}

std::span<std::size_t const> SlotTable::order() const noexcept {
  if (!records_order_ || !is_over()) return {};
  return {order_.data(), order_next_.load(std::memory_order_relaxed)};
}

namespace {

// Why an error has no traceback.
constexpr char k_not_thrown[] = "not thrown";
constexpr char k_off[] = "tracebacks are off";
constexpr char k_not_first[] = "not the first failure of its run, and only that one's is kept";
constexpr char k_not_captured[] = "not captured";  // no memory; or compiled so that nobody asks
constexpr char k_not_kept[] = "not kept";

}  // namespace

Trace const* SlotTable::keep(TraceView const& thrown, char const*& missing) noexcept {
  if (!wants_trace_.load(std::memory_order_relaxed)) {
    missing = tracebacks_ == Tracebacks::none ? k_off : k_not_first;
    return nullptr;
  }
  if (thrown.frames.empty()) {
    missing = k_not_captured;
    return nullptr;
  }
  Trace const* const trace = traces_.keep(thrown);
  if (trace == nullptr) {
    missing = k_not_kept;
  } else if (one_trace_will_do_) {
    wants_trace_.store(false, std::memory_order_relaxed);
  }
  return trace;
}

void SlotTable::record(std::size_t i, Unexpected failure, std::uint32_t worker,
                       TraceView const* thrown) noexcept {
  char const* missing = k_not_thrown;
  Trace const* const trace = thrown == nullptr ? nullptr : keep(*thrown, missing);
  auto* const made = new (std::nothrow) Failure(std::move(failure), worker, trace, missing);
  if (records_order_) record_order(i);
  publish_failure(failures_, i, made, bytes_[i]);
}

Traceback SlotTable::traceback_of(Failure const& failure) const {
  if (failure.trace != nullptr) {
    return detail::TracebackMaker::make({failure.trace->frames, failure.trace->was_cut});
  }
  std::string missing = failure.trace_missing;
  if (failure.trace_missing == k_not_kept) {
    missing += ", for want of room or memory: so it went for " +
               std::to_string(traces_.dropped_approx()) +
               " failures of this run, which keeps some 1000 different stacks";
  }
  bool const is_lost =
      failure.trace_missing == k_not_kept || failure.trace_missing == k_not_captured;
  return detail::TracebackMaker::make_missing(std::move(missing), is_lost);
}

TaskError const& SlotTable::error(std::size_t i) const {
  REACTOR_ASSERT(i < size_ && status(i) == Status::failed,
                 "Outcome::error() of a task that has not failed");
  bool const was_over = is_over();
  Summary summary = was_over ? summary_ : Summary{};
  summary.total = size_;
  Failure* const failure = failures_.find(i);
  if (failure == nullptr) {
    throw Error("task " + std::to_string(i) + " of " + std::to_string(size_) +
                " failed, and there was no memory to keep its error");
  }
  return *get_or_install<TaskError>(failure->errors[was_over ? 1 : 0], [&] {
    return std::make_unique<TaskError>(detail::TaskErrorMaker::make(
        failure->reason.cause(), traceback_of(*failure), i, failure->worker, workers_, summary));
  });
}

}  // namespace reactor::engine

namespace reactor::detail {

Slots::~Slots() = default;

std::unique_ptr<Slots> Slots::make() {
  return std::make_unique<engine::SlotTable>();
}

namespace {

void record(Frame& frame, std::size_t i, Unexpected failure,
            engine::TraceView const* thrown) noexcept {
  // SAFETY: Slots has one implementation.
  auto& slots = static_cast<engine::SlotTable&>(*frame.slots);
  slots.record(i, std::move(failure), frame.worker, thrown);
  ++frame.failed;
  if (frame.stop_on_error) engine::ErrorLatch<engine::NativeEnv>::trip(*frame.latch, i);
}

}  // namespace

void record_unexpected(Frame& frame, std::size_t i, Unexpected failure) noexcept {
  record(frame, i, std::move(failure), nullptr);
}

void record_failure(Frame& frame, std::size_t i) noexcept {
  std::exception_ptr exception = std::current_exception();
  engine::TraceView const thrown = engine::captured_trace(exception);
  record(frame, i, Unexpected(std::move(exception)), &thrown);
}

void record_thread_exit(Frame& frame, std::size_t i) noexcept {
  Unexpected reason{std::string()};
  try {
    reason = Unexpected("the action ended its thread (pthread_exit or cancellation)");
  } catch (std::bad_alloc const&) {  // then it has no message
  }
  record_unexpected(frame, i, std::move(reason));
}

std::stop_token stop_token_of(Frame const& frame) {
  return engine::StopNotice<engine::NativeEnv>::source(frame.latch->notice).get_token();
}

void throw_not_done(std::size_t i, Slots const& slots) {
  switch (slots.status(i)) {
    case Status::failed:
      throw TaskError(slots.error(i));
    case Status::skipped:
      throw Error("task " + std::to_string(i) + " of " + std::to_string(slots.size()) +
                  " has no value: the run was stopped before it began");
    default:
      throw Error("task " + std::to_string(i) + " of " + std::to_string(slots.size()) +
                  " has no value yet");
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

void throw_negative_count(long long count) {
  throw Error("run: " + std::to_string(count) + " tasks; allowed is a count from 0");
}

}  // namespace reactor::detail
