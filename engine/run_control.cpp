// SPDX-License-Identifier: BSD-3-Clause
#include "engine/run_control.hpp"

#include <algorithm>
#include <new>
#include <string>

#include "engine/resolve.hpp"
#include "engine/slab.hpp"
#include "engine/slot_table.hpp"
#include "reactor/detail/slots.hpp"
#include "reactor/error.hpp"

namespace reactor::engine {

thread_local EnclosingTask const* EnclosingTask::innermost_ = nullptr;

bool EnclosingTask::is_of(detail::Slots const& slots) noexcept {
  for (EnclosingTask const* task = innermost_; task != nullptr; task = task->outer_) {
    if (task->frame_ != nullptr && task->frame_->slots == &slots) return true;
  }
  return false;
}

namespace {

// What the end of the enclosing task's run is for a run inside it: whatever has stopped that one,
// this one was cancelled, unless the deadline is theirs together.
std::uint64_t reason_from(detail::Frame const& enclosing) noexcept {
  // Relaxed: who asks was told by the stop source, which was stopped after this was written.
  std::uint64_t const winner = enclosing.latch->winner.load(std::memory_order_relaxed);
  bool const is_late = winner == RunControl::Latch::k_deadline_exceeded;
  return is_late ? winner : RunControl::Latch::k_cancelled;
}

std::chrono::nanoseconds limit_in(RunOptions const& options, Options const& defaults) {
  if (!options.result_timeout) return defaults.result_timeout;
  refuse_limit("RunOptions::result_timeout", *options.result_timeout);
  return *options.result_timeout;
}

std::string describe(Summary const& summary) {
  auto const elapsed = std::chrono::duration_cast<std::chrono::microseconds>(summary.elapsed);
  return "of " + std::to_string(summary.total) + " tasks " + std::to_string(summary.done) +
         " were done, " + std::to_string(summary.failed) + " failed, " +
         std::to_string(summary.timed_out) + " timed out and " + std::to_string(summary.skipped) +
         " were skipped, in " + std::to_string(elapsed.count()) + " us";
}

}  // namespace

RunControl::RunControl(RunOptions const& options, Options const& defaults,
                       detail::Frame const* enclosing)
    : deadline_(options.deadline),
      stop_(options.stop),
      timeout_(limit_in(options, defaults)),
      stragglers_max_(defaults.stragglers_max),
      enclosing_(enclosing) {
  if (enclosing_ == nullptr) return;
  enclosing_stop_ = detail::stop_token_of(*enclosing_);
  deadline_ = std::min(deadline_, enclosing_->slots->deadline());
}

void RunControl::tell(detail::Job& job) const noexcept {
  job.is_controlled = needs_watchdog() || stop_.stop_possible() || enclosing_ != nullptr;
  if (timeout_ != no_timeout) {
    job.timeout_ns = static_cast<std::uint64_t>(timeout_.count());
    job.give_up = &detail::record_timeout;
  }
  if (!has_deadline()) return;
  auto const since_start = std::chrono::nanoseconds(deadline_.time_since_epoch());
  job.deadline_ns = static_cast<std::uint64_t>(std::max<std::int64_t>(0, since_start.count()));
}

std::uint64_t RunControl::reason_by_now() const noexcept {
  if (stop_.stop_requested()) return Latch::k_cancelled;
  if (is_late()) return Latch::k_deadline_exceeded;
  return enclosing_stop_.stop_requested() ? reason_from(*enclosing_) : 0;
}

RunControl::Attached::Attached(RunControl const& control, Batch<NativeEnv>& batch) {
  if (control.stop_.stop_possible()) cancel_.emplace(control.stop_, Cancel{&batch});
  if (control.enclosing_ != nullptr) {
    follow_.emplace(control.enclosing_stop_, Follow{&batch, control.enclosing_});
  }
}

void RunControl::Attached::Follow::operator()() const noexcept {
  batch->stop(reason_from(*enclosing));
}

void RunControl::throw_if_stopped(std::uint64_t winner, Summary const& summary) const {
  if (winner == Latch::k_cancelled) throw Cancelled("cancelled: " + describe(summary), summary);
  if (winner == Latch::k_deadline_exceeded) {
    throw DeadlineExceeded("deadline exceeded: " + describe(summary), summary);
  }
  if (winner == Latch::k_no_memory) throw std::bad_alloc();
  if (winner == Latch::k_no_batch) {
    throw Error("no more runs can be in flight on this Reactor than the " +
                std::to_string(Slab<NativeEnv, Batch<NativeEnv>>::k_entries_max) +
                " that have begun; " + describe(summary));
  }
  if (winner == Latch::k_no_worker) {
    throw Error("no worker is left: tasks have ended their threads, and the system had no other; " +
                describe(summary));
  }
  if (winner == Latch::k_no_thread) {
    throw Error(
        "a task that was given up on keeps its thread, and there is none to replace it; "
        "allowed are Options::stragglers_max = " +
        std::to_string(stragglers_max_) + ", and what the system has; " + describe(summary));
  }
}

}  // namespace reactor::engine
