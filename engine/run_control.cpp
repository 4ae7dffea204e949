// SPDX-License-Identifier: BSD-3-Clause
#include "engine/run_control.hpp"

#include <algorithm>
#include <string>

#include "reactor/detail/slots.hpp"
#include "reactor/error.hpp"

namespace reactor::engine {

thread_local detail::Frame const* EnclosingTask::innermost_ = nullptr;

namespace {

// Why the enclosing run was stopped, if from outside: then the nested one is, too. 0 if not: one
// that has failed waits for what is in flight.
std::uint64_t reason_from(RunControl::Latch::State const& latch) noexcept {
  // Relaxed: who asks was told by the stop source, which was stopped after this was written.
  std::uint64_t const winner = latch.winner.load(std::memory_order_relaxed);
  return winner >= RunControl::Latch::k_deadline_exceeded ? winner : 0;
}

std::string describe(Summary const& summary) {
  auto const elapsed = std::chrono::duration_cast<std::chrono::microseconds>(summary.elapsed);
  return "of " + std::to_string(summary.total) + " tasks " + std::to_string(summary.done) +
         " were done, " + std::to_string(summary.failed) + " failed, " +
         std::to_string(summary.timed_out) + " timed out and " + std::to_string(summary.skipped) +
         " were skipped, in " + std::to_string(elapsed.count()) + " us";
}

}  // namespace

RunControl::RunControl(RunOptions const& options)
    : deadline_(options.deadline), stop_(options.stop) {
  detail::Frame const* const enclosing = EnclosingTask::innermost();
  if (enclosing == nullptr) return;
  enclosing_ = enclosing->latch;
  enclosing_stop_ = detail::stop_token_of(*enclosing);
  deadline_ = std::min(deadline_, enclosing->slots->deadline());
}

void RunControl::tell(detail::Job& job) const noexcept {
  job.is_controlled = is_needed();
  if (!has_deadline()) return;
  auto const since_start = std::chrono::nanoseconds(deadline_.time_since_epoch());
  job.deadline_ns = static_cast<std::uint64_t>(std::max<std::int64_t>(0, since_start.count()));
}

std::uint64_t RunControl::reason_by_now() const noexcept {
  if (stop_.stop_requested()) return Latch::k_cancelled;
  if (has_deadline() && deadline_ <= std::chrono::steady_clock::now()) {
    return Latch::k_deadline_exceeded;
  }
  return enclosing_stop_.stop_requested() ? reason_from(*enclosing_) : 0;
}

RunControl::Attached::Attached(RunControl const& control, Batch<NativeEnv>& batch) {
  if (control.stop_.stop_possible()) cancel_.emplace(control.stop_, Cancel{&batch});
  if (control.enclosing_ != nullptr) {
    follow_.emplace(control.enclosing_stop_, Follow{&batch, control.enclosing_});
  }
}

void RunControl::Attached::Follow::operator()() const noexcept {
  if (std::uint64_t const reason = reason_from(*enclosing); reason != 0) batch->stop(reason);
}

void RunControl::throw_if_stopped(std::uint64_t winner, Summary const& summary) {
  if (winner == Latch::k_cancelled) throw Cancelled("cancelled: " + describe(summary), summary);
  if (winner == Latch::k_deadline_exceeded) {
    throw DeadlineExceeded("deadline exceeded: " + describe(summary), summary);
  }
}

}  // namespace reactor::engine
