// SPDX-License-Identifier: BSD-3-Clause
// How a stream ends, with what, and what it came to.
#include <exception>
#include <utility>

#include "engine/error_latch.hpp"
#include "engine/stream_run.hpp"

namespace reactor::engine {

using std::chrono::steady_clock;
using Latch = ErrorLatch<NativeEnv>;

Summary StreamRun::summary() const noexcept {
  Summary summary = known_;
  summary.total = window_.total_pulled();
  if (!is_at_end_) summary.elapsed = steady_clock::now() - start_;
  return summary;
}

// Once it is over.
void StreamRun::add_up(Part const& part) noexcept {
  Summary const summary = part.run->progress();
  known_.done += summary.done;
  known_.failed += summary.failed;
  known_.timed_out += summary.timed_out;
  known_.skipped += summary.skipped;
  std::uint64_t const winner = part.submitted().winner();
  bool const was_reason = winner >= Latch::k_reasons_from && winner != Latch::k_cancelled;
  if (was_reason && winner != Latch::k_with_stream) why_stopped_ = winner;
}

void StreamRun::await_all() {
  for (Parts* parts : {&live_, &leaving_}) {
    for (Part& part : *parts) part.run->await_end(steady_clock::time_point::max());
  }
}

// All that was pulled has been consumed, and nothing else will come.
bool StreamRun::finish() {
  await_all();
  retire(leaving_);
  if (why_stopped_ != 0) stop_and_throw();
  known_.elapsed = steady_clock::now() - start_;
  is_at_end_ = true;
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  return false;
}

// The parts stay: the reason may be in one of them.
void StreamRun::stop_and_throw() {
  stop_for(k_from_parts);
  await_all();
  for (Parts* parts : {&live_, &leaving_}) {
    for (Part const& part : *parts) add_up(part);
  }
  known_.total = window_.total_pulled();
  known_.skipped += known_.total - begun_;
  known_.elapsed = steady_clock::now() - start_;
  is_at_end_ = true;
  throw_reason();
}

namespace {

// Of a part, in which task i has failed: maybe because another one did, by which the part was
// stopped.
[[noreturn]] void throw_first(StreamPart const& part, std::size_t i, Summary const& summary) {
  std::uint64_t const winner = part.submitted().winner();
  bool const was_task = winner != 0 && winner < Latch::k_reasons_from;
  part.table().throw_error(was_task ? winner - 1 : i, summary);
}

}  // namespace

void StreamRun::throw_reason() const {
  // ORDER O101: StreamRun::stop_for's compare-exchange; which task of the part has failed
  Reason const given = reason_.load(std::memory_order_acquire);
  bool const was_in_time = (given & k_late) == 0;
  Reason const reason = given & ~k_late;
  if (reason == k_thrown) std::rethrow_exception(thrown_);
  if (reason == k_cancelled) control_.throw_if_stopped(Latch::k_cancelled, known_);
  if (reason == k_followed) control_.throw_if_stopped(control_.reason_by_now(), known_);
  // What stops all parts at once also comes before the failures that follow from it; but not a
  // deadline that came while a part had not been stopped yet.
  bool const is_before = why_stopped_ != Latch::k_deadline_exceeded || !was_in_time;
  if (why_stopped_ != 0 && is_before) control_.throw_if_stopped(why_stopped_, known_);
  if (reason != k_from_parts && reason != k_followed) {
    auto const& part = *reinterpret_cast<Part const*>(reason);
    throw_first(part, part.first_failed, known_);
  }
  if (met_.part != nullptr) throw_first(*met_.part, met_.task, known_);
  control_.throw_if_stopped(Latch::k_cancelled, known_);
}

}  // namespace reactor::engine
