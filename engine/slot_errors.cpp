// SPDX-License-Identifier: BSD-3-Clause
// What the errors of a run's outcomes say; made for who asks.
#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "engine/assert.hpp"
#include "engine/failure.hpp"
#include "engine/install.hpp"
#include "engine/slot_table.hpp"
#include "engine/traceback.hpp"
#include "reactor/error.hpp"

namespace reactor::engine {

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

namespace {

// No frame of its own: each that a throw leaves costs.
[[noreturn, gnu::always_inline]] inline void throw_as_what_it_is(TaskError const& error) {
  if (auto const* const timeout = dynamic_cast<TaskTimeout const*>(&error)) {
    throw TaskTimeout(*timeout);
  }
  throw TaskError(error);
}

}  // namespace

void SlotTable::throw_error(std::size_t i) const {
  throw_as_what_it_is(error(i));
}

void SlotTable::throw_error(std::size_t i, Summary const& summary) const {
  throw_as_what_it_is(*make_error(i, failure_of(i), summary));
}

Traceback SlotTable::traceback_of(Failure const& failure) const {
  auto const* const raised = std::get_if<Raised>(&failure.reason);
  if (raised == nullptr) return detail::TracebackMaker::make_missing(k_not_thrown, false);
  if (raised->trace != nullptr) {
    return detail::TracebackMaker::make({raised->trace->frames, raised->trace->was_cut});
  }
  std::string missing = raised->trace_missing;
  if (raised->trace_missing == k_not_kept) {
    missing += ", for want of room or memory: so it went for " +
               std::to_string(traces_.dropped_approx()) +
               " failures of this run, which keeps some 1000 different stacks";
  }
  bool const is_lost =
      raised->trace_missing == k_not_kept || raised->trace_missing == k_not_captured;
  return detail::TracebackMaker::make_missing(std::move(missing), is_lost);
}

Failure& SlotTable::failure_of(std::size_t i) const {
  Failure* const failure = failures_.find(i);
  if (failure == nullptr) {
    throw Error(name_task(i) + " failed, and there was no memory to keep its error");
  }
  return *failure;
}

namespace {

std::nested_exception cause_of(Failure const& failure) {
  if (auto const* const raised = std::get_if<Raised>(&failure.reason)) return raised->exception;
  auto const* const unexpected = std::get_if<Unexpected>(&failure.reason);
  return unexpected == nullptr ? std::nested_exception() : hold(unexpected->cause());
}

Failure::Told& told_of(Failure& failure) {
  return *get_or_install<Failure::Told>(
      failure.told, [&] { return std::make_unique<Failure::Told>(cause_of(failure)); });
}

}  // namespace

std::unique_ptr<TaskError> SlotTable::make_error(std::size_t i, Failure& failure,
                                                 Summary const& summary) const {
  detail::TaskErrorMaker::Task const task{first_index_ + i, is_part_ ? 0 : size_, failure.worker,
                                          workers_};
  if (auto const* const given_up = std::get_if<GivenUp>(&failure.reason)) {
    return detail::TaskErrorMaker::make_timeout({std::chrono::nanoseconds(given_up->ran_ns),
                                                 std::chrono::nanoseconds(given_up->timeout_ns)},
                                                traceback_of(failure), task, summary);
  }
  return std::make_unique<TaskError>(
      detail::TaskErrorMaker::make(told_of(failure).cause, traceback_of(failure), task, summary));
}

TaskError const& SlotTable::error(std::size_t i) const {
  REACTOR_ASSERT(i < size_ && (status(i) == Status::failed || status(i) == Status::timed_out),
                 "Outcome::error() of a task that has not failed");
  bool const was_over = is_over();
  Summary summary = was_over ? summary_ : Summary{};
  summary.total = size_;
  if (is_part_) summary = {};  // the counts of a part tell nothing
  Failure& failure = failure_of(i);
  return *get_or_install<TaskError>(told_of(failure).errors[was_over ? 1 : 0],
                                    [&] { return make_error(i, failure, summary); });
}

}  // namespace reactor::engine
