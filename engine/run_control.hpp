// SPDX-License-Identifier: BSD-3-Clause
// What stops a run from outside: its deadline, its stop token, the run that it is nested in.
// Protocol N in README.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>

#include "engine/batch.hpp"
#include "engine/env.hpp"
#include "reactor/detail/job.hpp"
#include "reactor/options.hpp"
#include "reactor/summary.hpp"

namespace reactor::engine {

// For a block's time, on the thread that runs it: runs that begin there are nested in its task.
class EnclosingTask {
 public:
  // A run that nothing stops from outside stands in nobody's way.
  EnclosingTask(bool is_controlled, detail::Frame const& frame) noexcept
      : frame_(&frame), outer_(innermost_) {
    if (is_controlled) innermost_ = this;
  }
  // Runs that begin here are nested in nothing.
  EnclosingTask() noexcept : outer_(innermost_) { innermost_ = this; }
  EnclosingTask(EnclosingTask const&) = delete;
  EnclosingTask& operator=(EnclosingTask const&) = delete;
  ~EnclosingTask() { innermost_ = outer_; }

  // Null: none that may be stopped from outside.
  static detail::Frame const* innermost() noexcept {
    return innermost_ == nullptr ? nullptr : innermost_->frame_;
  }
  // Is this thread in a task of the run with these slots, which may be stopped from outside?
  static bool is_of(detail::Slots const& slots) noexcept;

 private:
  static thread_local EnclosingTask const* innermost_;
  detail::Frame const* frame_ = nullptr;
  EnclosingTask const* outer_;
};

// One run's, on the calling thread.
class RunControl {
 public:
  using Latch = ErrorLatch<NativeEnv>;

  // `enclosing`: the task that it is nested in, or null. Refers to the options. Throws
  // std::bad_alloc, and OptionsError for a limit that is none.
  RunControl(RunOptions const& options, Options const& defaults, detail::Frame const* enclosing);

  // May anything else than a failure stop the run?
  static bool is_needed(RunOptions const& options, Options const& defaults,
                        detail::Frame const* enclosing) noexcept {
    return enclosing != nullptr || options.deadline != no_deadline ||
           options.stop.stop_possible() || options.result_timeout ||
           defaults.result_timeout != no_timeout;
  }

  // Its own or that of the run that it is nested in, whichever comes first.
  std::chrono::steady_clock::time_point deadline() const noexcept { return deadline_; }
  bool is_late() const noexcept {
    return has_deadline() && deadline_ <= std::chrono::steady_clock::now();
  }
  bool needs_watchdog() const noexcept { return has_deadline() || timeout_ != no_timeout; }
  void tell(detail::Job& job) const noexcept;

  // Of the run that it is nested in.
  std::stop_token const& enclosing_stop() const noexcept { return enclosing_stop_; }

  // Why the run shall not begin at all, or 0.
  std::uint64_t reason_by_now() const noexcept;

  // While this lives the batch is stopped when its run shall be.
  class Attached {
   public:
    Attached(RunControl const& control, Batch<NativeEnv>& batch);
    Attached(Attached const&) = delete;
    Attached& operator=(Attached const&) = delete;

   private:
    struct Cancel {
      Batch<NativeEnv>* batch;
      void operator()() const noexcept { batch->stop(Latch::k_cancelled); }
    };
    struct Follow {
      Batch<NativeEnv>* batch;
      detail::Frame const* enclosing;
      void operator()() const noexcept;
    };
    std::optional<std::stop_callback<Cancel>> cancel_;
    std::optional<std::stop_callback<Follow>> follow_;
  };

  // What `winner` says that the run ended with: Cancelled, DeadlineExceeded, Error, std::bad_alloc,
  // or nothing from outside.
  void throw_if_stopped(std::uint64_t winner, Summary const& summary) const;

 private:
  bool has_deadline() const noexcept { return deadline_ != no_deadline; }

  std::chrono::steady_clock::time_point deadline_;
  std::stop_token const& stop_;
  std::chrono::nanoseconds timeout_;
  std::size_t stragglers_max_;
  detail::Frame const* enclosing_ = nullptr;
  std::stop_token enclosing_stop_;
};

}  // namespace reactor::engine
