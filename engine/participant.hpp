// SPDX-License-Identifier: BSD-3-Clause
// One thread inside one batch: it runs ranges, keeps their rests stealable, and books what it did.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "engine/assert.hpp"
#include "engine/batch.hpp"
#include "engine/env.hpp"
#include "engine/pace.hpp"
#include "engine/seat.hpp"
#include "engine/shared.hpp"

namespace reactor::engine {

// Precondition: the thread has entered the batch (or owns it) and stays until this is destroyed.
// The destructor makes up for a task that ended its thread: what was left of its block is offered
// to the others, what was done is booked. In a run whose tasks may be given up on, the watchdog
// does this in the place of a thread that has a seat; then the thread must not touch the batch
// again, and so is told by its seat.
template <class Env>
class Participant {
 public:
  Participant(Shared<Env>& shared, Batch<Env>& batch, std::uint64_t epoch, std::uint32_t self,
              Counters<Env>& counters, Seat<Env>* seat = nullptr)
      : shared_(shared), batch_(batch), counters_(counters), epoch_(epoch) {
    frame_.latch = &batch.latch().state();
    frame_.slots = batch.job().slots;
    frame_.stop_on_error = batch.job().stop_on_error;
    frame_.worker = self;
    if (seat == nullptr || !batch.job().has_timeout()) return;
    frame_.seat = seat;
    owner_ = batch.job().owner;
    seat->participant = this;
    seat->timeout_ns.store(batch.job().timeout_ns, std::memory_order_relaxed);
    seat->first_index.store(batch.job().first_index, std::memory_order_relaxed);
  }

  Participant(Participant const&) = delete;
  Participant& operator=(Participant const&) = delete;

  ~Participant() {
    if (was_taken()) return;
    if (frame_.seat != nullptr) forget_notice();  // of a task that ended its thread
    if (block_.size() != 0) give_up_block();
    settle();
  }

  // Runs `range` and then all else of this batch that can be had, in the same place: what is copied
  // while it is being written waits for that. Returns when nothing is to be found or the run has
  // been stopped. now_ns: by the tick clock, when it was got.
  void work(Range& range, bool stolen, std::uint64_t now_ns) {
    work(range, stolen, now_ns, [] { return false; });
  }
  // The same, but returns as well when is_enough(), which is asked after each block.
  template <class IsEnough>
  void work(Range& range, bool stolen, std::uint64_t now_ns, IsEnough const& is_enough) {
    now_ns_ = now_ns;
    learned_from_ = 0;
    if (frame_.seat != nullptr) frame_.seat->clear();
    has_let_go_ = false;
    bool const is_help = stolen;
    while (!batch_.latch().was_tripped()) {
      if (stolen) counters_.steals.add(1);
      run_block(range, stolen);
      if (was_taken()) return;
      stolen = false;
      if (batch_.latch().was_tripped() || shared_.is_forked()) break;
      if (range.size() == 0 && (is_enough() || !batch_.take(self(), epoch_, range, stolen))) break;
      if (range.size() > 1 || learned_from_ > 1) learn();
    }
    // Of a run of two tasks, say, the helper alone knows how long one takes: the next time help may
    // be worth more, or less.
    if (is_help && learned_from_ != 0 && batch_.task_ns_approx() == 0) learn();
    settle();
  }

  // The watchdog, which has taken the task that the seat says, and with it all that the thread had
  // in hand: does what it can no longer do. Then it may leave the batch in its place.
  // Returns whom to tell that this has stopped the run, when it has been left.
  std::optional<typename Env::stop_source> abandon(std::uint64_t ran_ns) noexcept {
    std::optional<typename Env::stop_source> tell;
    typename Batch<Env>::Job const& job = batch_.job();
    job.owner->share();
    std::uint64_t const task = frame_.seat->task();
    if (job.stop_on_error) tell = ErrorLatch<Env>::trip_quietly(*frame_.latch, task);
    job.give_up(frame_, task, ran_ns, job.timeout_ns);  // and tells of it, if it was the first
    frame_.reached = task + 1;
    timed_out_ = 1;
    give_up_block();
    settle();
    return tell;
  }
  Batch<Env>& batch() noexcept { return batch_; }

 private:
  // Waits for the watchdog to be done, which it soon is. Then all that is left to do is to let go
  // of what the run owns.
  bool was_taken() noexcept {
    if (frame_.seat == nullptr || !frame_.seat->was_given_up()) return false;
    while (!frame_.seat->was_released() && !shared_.is_forked()) Env::yield();
    if (shared_.is_forked()) return true;  // there is no watchdog here
    forget_notice();
    if (!std::exchange(has_let_go_, true)) owner_->drop();
    return true;
  }

  std::uint32_t self() const noexcept { return frame_.worker; }

  // Leaves in `range` what could not be offered to others.
  void run_block(Range& range, bool stolen) {
    block_ = Range{epoch_, range.lo, range.lo + block_length(range.size())};
    range.lo = block_.hi;
    bool const splits = stolen && !batch_.job().in_order;
    if (range.size() != 0) offer(range, splits);
    batch_.uncount(range);
    if (range.size() != 0) kept_ = range;
    frame_.reached = block_.lo;
    frame_.unwatched = unwatched_tasks(batch_.task_ns_approx());
    batch_.job().execute(batch_.job().context, block_.lo, block_.hi, frame_);
    if (was_taken()) return;
    end_block();
    if (frame_.seat != nullptr) forget_notice();
    kept_ = {};
  }

  void forget_notice() noexcept {
    StopNotice<Env, typename Env::task_stop_source>::reset(frame_.seat->notice);
  }

  // While there are no more tasks than threads, a task never waits behind another one.
  std::uint64_t block_length(std::uint64_t left) const noexcept {
    if (batch_.job().total <= shared_.workers) return 1;
    return block_tasks(left, batch_.task_ns_approx(), shared_.workers);
  }

  // Being robbed is how a thread learns that others are hungry: so a thief splits what it stole,
  // and both halves can be stolen again. Whoever takes back its own leaves it whole.
  void offer(Range& rest, bool split) noexcept {
    std::uint64_t const left = rest.size();
    if (split && left > 1) {
      std::uint64_t const middle = middle_of(rest);
      if (batch_.offer(self(), Range{epoch_, middle, rest.hi})) rest.hi = middle;
    }
    if (batch_.offer(self(), rest)) rest = {};
    if (rest.size() != left) shared_.call_for_help(batch_, self(), left, counters_.wakes);
  }

  // Where the halves are long, so that no line of status bytes is in both.
  static constexpr std::uint64_t middle_of(Range const& rest) noexcept {
    std::uint64_t const middle = rest.lo + (rest.size() + 1) / 2;
    return rest.size() > 4 * k_line_bytes ? middle / k_line_bytes * k_line_bytes : middle;
  }

  void end_block() noexcept {
    executed_ += frame_.reached - block_.lo;
    learned_from_ += frame_.reached - block_.lo;
    if (frame_.failed != 0) failed_ += std::exchange(frame_.failed, 0);
    block_.lo = block_.hi;
  }

  // Forced unwind: the task that ended the thread was the last one begun. What was not offered
  // before is offered now, joined with what lies beside it in the own queue: so a thread that ends
  // leaves no more ranges there than it found, or two where it found none because it stole; and the
  // queue does not fill, however many end.
  void give_up_block() noexcept {
    Range left{epoch_, frame_.reached, block_.hi};
    end_block();
    if (kept_.size() != 0) left.hi = std::exchange(kept_, Range{}).hi;
    while (left.size() != 0 && !batch_.latch().was_tripped()) {
      left = rejoined(left);
      if (batch_.offer(self(), left)) {
        shared_.call_for_help(batch_, self(), Shared<Env>::k_at_any_cost, counters_.wakes);
        return;
      }
      Env::yield();  // what was to be joined was not found, because others are taking, too
    }
  }

  Range rejoined(Range left) noexcept {
    Range other;
    for (int looks = 0; looks < k_looks_max && batch_.take_from(self(), epoch_, other); ++looks) {
      if (other.lo == left.hi || other.hi == left.lo) {
        batch_.uncount(left);  // two are one from here on
        return {epoch_, std::min(left.lo, other.lo), std::max(left.hi, other.hi), 1};
      }
      while (!batch_.offer(self(), left)) Env::yield();  // to the end of the queue
      left = other;
    }
    return left;
  }

  // The pace of the last block tells how long the next should be. One look at the clock a block,
  // but none between one task and one more, as the last two of a run may be: there is nothing to
  // choose.
  void learn() noexcept {
    REACTOR_ASSERT_INTERNAL(learned_from_ != 0);
    std::uint64_t const now_ns = Env::ticks_ns();
    std::uint64_t const before_ns = std::exchange(now_ns_, now_ns);
    std::uint64_t const tasks = std::exchange(learned_from_, 0);
    if (now_ns < before_ns) return;  // the clock went back
    batch_.learn_task_ns(std::max<std::uint64_t>(1, (now_ns - before_ns) / tasks));
  }

  // Books what was done since the last time. One read-modify-write a stay, not one a task.
  void settle() noexcept {
    counters_.tasks.add(executed_);
    counters_.errors.add(failed_);
    if (timed_out_ != 0) counters_.timeouts.add(timed_out_);
    batch_.account(self(), std::exchange(executed_, 0), std::exchange(failed_, 0),
                   std::exchange(timed_out_, 0));
  }

  // The whole of a queue and more: each look takes the oldest of it.
  static constexpr int k_looks_max = 64;

  Shared<Env>& shared_;
  Batch<Env>& batch_;
  Counters<Env>& counters_;
  std::uint64_t const epoch_;
  typename Batch<Env>::Frame frame_;
  Range block_;  // being run
  Range kept_;   // behind it, when there was no room to offer it
  std::uint64_t executed_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t timed_out_ = 0;
  typename Batch<Env>::RunOwner* owner_ = nullptr;  // who takes the task takes a share for us,
  bool has_let_go_ = false;                         // until then
  std::uint64_t learned_from_ = 0;                  // tasks since now_ns_
  std::uint64_t now_ns_ = 0;
};

}  // namespace reactor::engine
