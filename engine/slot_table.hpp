// SPDX-License-Identifier: BSD-3-Clause
// The outcomes of one run behind detail::Slots. Protocols S and F in README.md.
#pragma once

#include <array>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/completion_order.hpp"
#include "engine/env.hpp"
#include "engine/failure.hpp"
#include "engine/failure_map.hpp"
#include "engine/first_failure.hpp"
#include "engine/trace_store.hpp"
#include "reactor/detail/in_flight.hpp"
#include "reactor/detail/slots.hpp"
#include "reactor/options.hpp"

namespace reactor::engine {

// Why a task has failed, or timed out.
struct Raised {
  std::nested_exception exception;  // made in its handler
  Trace const* trace;               // in the run's store, or null
  char const* trace_missing;        // then, why
};
struct GivenUp {
  std::uint64_t ran_ns;
  std::uint64_t timeout_ns;
};

// A line's worth, as there may be one a task.
struct Failure {
  // Built by the first who asks: [0] during the run, when the run's summary is not known, [1]
  // after. Both have one cause.
  struct Told {
    explicit Told(std::nested_exception const& why) noexcept : cause(why) {}
    std::nested_exception const cause;
    std::array<std::atomic<TaskError*>, 2> errors{};
    ~Told() {
      for (auto& error : errors) delete error.load(std::memory_order_relaxed);
    }
  };

  template <class Why>
  Failure(std::uint32_t on_worker, Why&& why) noexcept
      : reason(std::forward<Why>(why)), worker(on_worker) {}
  ~Failure() { delete told.load(std::memory_order_relaxed); }

  std::variant<Raised, Unexpected, GivenUp> reason;
  std::uint32_t worker;
  std::atomic<Told*> told{nullptr};
};
static_assert(sizeof(Failure) <= 64);

class SlotTable final : public detail::Slots {
 public:
  ~SlotTable() override;
  void prepare(std::size_t size, bool record_order) override;
  void* make_room(std::size_t bytes, std::size_t alignment) override;
  void record_order(std::size_t i) noexcept override { order_.record(i); }
  std::span<std::size_t const> order() const noexcept override;
  TaskError const& error(std::size_t i) const override;
  Summary summary() const noexcept override { return summary_; }

  // Why task i has no value; by the worker that runs it. `stack`: of the throw, if it was captured.
  void record_thrown(std::size_t i, std::uint32_t worker, std::nested_exception const& exception,
                     TraceView const& stack) noexcept;
  void record_unexpected(std::size_t i, std::uint32_t worker, Unexpected&& reason) noexcept;
  // The same for a task that was given up on; by the watchdog.
  void record_timeout(std::size_t i, std::uint32_t worker, std::uint64_t ran_ns,
                      std::uint64_t timeout_ns) noexcept;
  // The error of a task that has one, as what it is.
  [[noreturn]] void throw_error(std::size_t i) const override;
  // The same, with the counts of the stream that this run is a part of.
  [[noreturn]] void throw_error(std::size_t i, Summary const& summary) const;
  // As messages have it. Throws std::bad_alloc.
  std::string name_task(std::size_t i) const {
    return engine::name_task(first_index_ + i, is_part_ ? 0 : size_);
  }
  std::atomic<bool> const& wants_trace() const noexcept { return wants_trace_; }
  std::size_t workers() const noexcept { return workers_; }

  // While the run goes on, too.
  CompletionOrder<NativeEnv>& completion_order() noexcept { return order_; }
  FirstFailure<NativeEnv, detail::FailureListener>& first_failure() noexcept {
    return first_failure_;
  }
  // What was found by looking at all outcomes. O(size); what has none counts as skipped.
  Summary count() const noexcept;

  // The calling thread, before and after the run.
  void begin(std::size_t workers, Tracebacks tracebacks, bool stop_on_error,
             std::chrono::steady_clock::time_point deadline) noexcept {
    workers_ = workers;
    deadline_ = deadline;
    tracebacks_ = tracebacks;
    // Which failure stops a run is not known when it is thrown: those are few, and all are kept.
    one_trace_will_do_ = tracebacks == Tracebacks::first && !stop_on_error;
    wants_trace_.store(tracebacks != Tracebacks::none, std::memory_order_relaxed);
  }
  void finish(Summary const& summary) noexcept {
    summary_ = summary;
    detail::store_is_over(over_);
    if (records_order_) order_.close();
  }

  // Finishes a run that never came to its end: out of memory before its first task, or its caller's
  // thread was ended by one. O(size).
  class Abandoned {
   public:
    explicit Abandoned(SlotTable& table) noexcept : table_(table) {}
    Abandoned(Abandoned const&) = delete;
    Abandoned& operator=(Abandoned const&) = delete;
    ~Abandoned() {
      if (!table_.is_over()) table_.finish(table_.count());
    }

   private:
    SlotTable& table_;
  };

 private:
  Trace const* keep(TraceView const& thrown, char const*& missing) noexcept;
  Traceback traceback_of(Failure const& failure) const;
  Failure& failure_of(std::size_t i) const;
  std::unique_ptr<TaskError> make_error(std::size_t i, Failure& failure,
                                        Summary const& summary) const;

  // All pending. The latter throws std::bad_alloc.
  detail::StatusByte* inline_bytes() noexcept;
  detail::StatusByte* heap_bytes(std::size_t size);

  static constexpr std::size_t k_inline_bytes = 64;
  struct Free {
    void operator()(void* memory) const noexcept { std::free(memory); }
  };

  // immutable while a run goes on
  std::unique_ptr<detail::StatusByte[], Free> heap_bytes_;
  std::size_t heap_capacity_ = 0;
  std::size_t clean_ = 0;  // bytes from the first that have had no run's mark twice
  std::array<detail::StatusByte, k_inline_bytes> inline_bytes_{};  // small runs allocate no others
  std::size_t workers_ = 0;
  Tracebacks tracebacks_ = Tracebacks::none;
  bool one_trace_will_do_ = false;
  void* room_ = nullptr;  // of the values
  std::align_val_t room_alignment_{__STDCPP_DEFAULT_NEW_ALIGNMENT__};

  // shared: written by whoever runs a task
  FailureMap<NativeEnv, Failure> failures_;
  TraceStore<NativeEnv> traces_;
  std::atomic<bool> wants_trace_{false};
  CompletionOrder<NativeEnv> order_;
  FirstFailure<NativeEnv, detail::FailureListener> first_failure_;

  Summary summary_;  // written by the calling thread before `over_`
};

}  // namespace reactor::engine
