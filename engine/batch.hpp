// SPDX-License-Identifier: BSD-3-Clause
// One run's control block, recycled for ever. Protocol B in README.md.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/bench.hpp"
#include "engine/counters.hpp"
#include "engine/env.hpp"
#include "engine/epoch.hpp"
#include "engine/error_latch.hpp"
#include "engine/keeper.hpp"
#include "engine/limits.hpp"
#include "engine/offers.hpp"
#include "engine/pace.hpp"
#include "engine/parker.hpp"
#include "engine/seat.hpp"
#include "reactor/detail/job.hpp"

namespace reactor::engine {

template <class Env>
class Batch {
 public:
  using Word = typename Env::template atomic<std::uint64_t>;
  using Frame = detail::BasicFrame<typename ErrorLatch<Env>::State, detail::BasicSeat<Word>>;
  using RunOwner = detail::BasicRunOwner<detail::SharedCount<Word>>;
  using Job = detail::BasicJob<Frame, RunOwner>;

  // What the caller did of the run before anybody else could.
  struct Head {
    std::uint64_t begun = 0;
    std::uint64_t failed = 0;
    ErrorLatch<Env>* latch = nullptr;  // not tripped
  };

  // Allocates all that the batch will ever use; throws std::bad_alloc.
  Batch(std::vector<RangeQueue<Env>>& queues, std::uint32_t number) : offers_(queues, number) {}

  // ---- owner only: the thread in run(), or the first inside where there is a keeper ----

  // Precondition: closed and quiescent. Returns the epoch that the run's ranges carry. The owner is
  // inside then, if it helps or there is a keeper.
  std::uint64_t open(Job const& job, std::uint32_t caller, std::uint32_t benched, bool caller_helps,
                     Keeper* keeper = nullptr, Head const& head = {},
                     Batch const* around = nullptr) noexcept {
    job_ = job;
    caller_ = caller;
    caller_helps_ = caller_helps;
    keeper_ = keeper;
    is_closing_.store(false, std::memory_order_relaxed);
    bench_.open(benched, around == nullptr ? nullptr : &around->bench_);
    // Before the latch, which keeps a stopped run's from being wanted.
    offers_.forget(caller_helps && !job.has_timeout() ? caller : k_nobody);
    latch_.reset();
    if (head.latch != nullptr) latch_.take_notice(*head.latch);
    remaining_.store(job.total - head.begun, std::memory_order_relaxed);
    failed_.store(head.failed, std::memory_order_relaxed);
    timed_out_.store(0, std::memory_order_relaxed);
    task_ns_.store(0, std::memory_order_relaxed);
    expected_ns_.store(job.task_ns, std::memory_order_relaxed);
    total_.store(job.total, std::memory_order_relaxed);
    std::uint64_t const epoch = epoch_.open(caller_helps || keeper != nullptr);
    limits_.open(job.deadline_ns, job.timeout_ns);
    offers_.drop_stale(caller, epoch);
    return epoch;
  }

  bool close() noexcept {
    limits_.forget_deadline();
    return epoch_.close(caller_helps_);
  }
  bool was_quiescent() const noexcept { return epoch_.was_quiescent(); }

  // No task is left to begin or to finish, or nobody shall begin any.
  bool was_decided() const noexcept {
    // ORDER O20: Batch::account's fetch_sub; after Parker::announce's store
    return remaining_.load(std::memory_order_seq_cst) == 0 || latch_.has_winner();
  }

  // Exact once quiescent.
  std::uint64_t failed() const noexcept { return failed_.load(std::memory_order_relaxed); }
  std::uint64_t timed_out() const noexcept { return timed_out_.load(std::memory_order_relaxed); }
  ErrorLatch<Env>& latch() noexcept { return latch_; }
  Parker<Env>& caller_parker() noexcept { return caller_parker_; }
  Seat<Env>& caller_seat() noexcept { return caller_seat_; }  // if it runs tasks with a limit
  Counters<Env>& counters() noexcept { return counters_; }

  // ---- who keeps the batch from being reused: it is inside, or the owner waits for it ----

  // Nobody begins a task of this run from here on. True for the first who gives a reason.
  bool stop(std::uint64_t reason) noexcept {
    // A stream's stop leaves the last word to who is unwound, not to what comes after that.
    if (reason == ErrorLatch<Env>::k_with_stream) limits_.forget_deadline();
    if (!ErrorLatch<Env>::trip_for(latch_.state(), reason)) return false;
    // ORDER O44: Batch::was_decided's load; why it was stopped; before Parker::claim's load
    remaining_.fetch_sub(0, std::memory_order_seq_cst);
    tell_that_decided();
    return true;
  }

  // ---- any thread ----

  Limits<Env>& limits() noexcept { return limits_; }

  // Stops the run if its deadline has come.
  void stop_if_late(std::uint64_t now_ns) noexcept {
    if (try_enter() == 0) return;
    // It may be another run's by now.
    if (limits_.take_deadline(now_ns)) stop(ErrorLatch<Env>::k_deadline_exceeded);
    leave();
  }
  // Stops the run if its tasks have a limit, but nobody is left to run them.
  void stop_if_limited() noexcept {
    if (limits_.timeout_ns_approx() == k_forever_ns || try_enter() == 0) return;
    if (job_.has_timeout()) stop(ErrorLatch<Env>::k_no_thread);
    leave();
  }
  // Stops the run if there is no caller to finish it.
  void stop_if_kept() noexcept {
    if (try_enter() == 0) return;
    if (keeper_ != nullptr) stop(ErrorLatch<Env>::k_no_worker);
    leave();
  }

  // ---- any worker ----

  // Is there something in it for worker `self`? A hint, unless it comes after Parker::announce.
  bool wants(std::uint32_t self) const noexcept { return wants_anybody() && benched() != self; }
  bool wants_anybody() const noexcept {
    // Only a run that was stopped leaves something queued when it is closed (or one in a forked
    // child, where nobody looks). Who believes an old look is refused when it enters.
    return has_queued() && !latch_.was_tripped();
  }

  std::uint64_t try_enter() noexcept { return epoch_.try_enter(); }
  // After this the batch may be reused at any time; the parker belongs to the slab and stays.
  void leave() noexcept {
    if (Keeper* const keeper = leave_to_keeper()) keeper->quiescent();
  }
  // The same, but for who leaves last where there is a keeper: it has to tell that, in its own
  // time. Null: there is nothing to tell.
  [[nodiscard]] Keeper* leave_to_keeper() noexcept {
    Keeper* const keeper = keeper_;
    if (!epoch_.leave()) return nullptr;
    if (keeper == nullptr) caller_parker_.unpark();
    return keeper;
  }

  // Of this run or, for who is not inside, perhaps of another. `remaining`: exact once quiescent.
  std::uint32_t benched() const noexcept { return bench_.worker(); }
  std::uint32_t benched_in_nested() const noexcept { return bench_.nested_worker(); }
  std::uint64_t epoch_approx() const noexcept { return epoch_.count_approx(); }
  std::uint64_t inside_approx() const noexcept { return epoch_.inside_approx(); }
  bool is_overdue() const noexcept { return offers_.is_overdue(epoch_approx()); }
  void note_look() noexcept { offers_.note_look(epoch_approx()); }
  std::uint64_t remaining() const noexcept { return remaining_.load(std::memory_order_relaxed); }
  std::uint64_t total_approx() const noexcept { return total_.load(std::memory_order_relaxed); }
  std::uint64_t task_ns_approx() const noexcept { return task_ns_.load(std::memory_order_relaxed); }
  // Before the pace is known: as it was the last time, or 0.
  std::uint64_t expected_task_ns_approx() const noexcept {
    std::uint64_t const known_ns = task_ns_approx();
    return known_ns != 0 ? known_ns : expected_ns_.load(std::memory_order_relaxed);
  }

  // ---- who is inside ----

  Job const& job() const noexcept { return job_; }
  void learn_task_ns(std::uint64_t ns) noexcept { task_ns_.store(ns, std::memory_order_relaxed); }
  // As Offers has it. Lets others steal `range`, and tells the caller.
  bool offer(std::uint32_t self, Range const& range) noexcept {
    if (!offers_.push(self, range)) return false;
    if (caller_helps_ && self != caller_) caller_parker_.unpark();
    return true;
  }
  bool take_from(std::uint32_t from, std::uint64_t epoch, Range& range) noexcept {
    return offers_.take_from(from, epoch, range);
  }
  bool take(std::uint32_t self, std::uint64_t epoch, Range& range, bool& stolen) noexcept {
    return offers_.take(self, epoch, range, stolen);
  }
  void uncount(Range& range) noexcept { offers_.uncount(range); }
  bool has_queued() const noexcept { return offers_.has_any(); }

  // Books tasks that `self` has run. Wakes the caller if they were the last, or the run is stopped.
  void account(std::uint32_t self, std::uint64_t executed, std::uint64_t failed,
               std::uint64_t timed_out = 0) noexcept {
    if (executed == 0) return;
    if (timed_out != 0) timed_out_.fetch_add(timed_out, std::memory_order_relaxed);
    if (failed != 0) failed_.fetch_add(failed, std::memory_order_relaxed);
    // The last, by the caller: nobody else has any to book, nor waits for it.
    if (caller_helps_ && self == caller_ && remaining() == executed) {
      return remaining_.store(0, std::memory_order_relaxed);
    }
    // ORDER O23: Batch::was_decided's load; the tasks' results; before Parker::claim's load
    bool const last = remaining_.fetch_sub(executed, std::memory_order_seq_cst) == executed;
    if (last || latch_.has_winner()) tell_that_decided();
  }

 private:
  // Nobody is to begin a task any more: the caller closes, or whoever is the first to say so.
  void tell_that_decided() noexcept {
    if (keeper_ == nullptr) {
      caller_parker_.unpark();
    } else if (!is_closing_.exchange(true, std::memory_order_relaxed)) {
      close();
    }
  }

  // immutable while open
  Job job_;
  std::uint32_t caller_ = k_nobody;
  bool caller_helps_ = true;
  Keeper* keeper_ = nullptr;
  Counters<Env> counters_;  // written by the owner
  Offers<Env> offers_;
  // shared: written by whoever enters or leaves
  alignas(k_line_bytes) Epoch<Env> epoch_;
  Parker<Env> caller_parker_;
  Bench<Env> bench_{caller_parker_};
  typename Env::template atomic<bool> is_closing_{false};
  Limits<Env> limits_;
  // shared: written when a thread runs dry or a task fails, read between tasks
  alignas(k_line_bytes) ErrorLatch<Env> latch_;
  alignas(k_line_bytes) Word remaining_{0};
  Word failed_{0};
  Word timed_out_{0};
  Word task_ns_{0};
  Word expected_ns_{0};
  Word total_{0};
  alignas(k_line_bytes) Seat<Env> caller_seat_;  // shared with the watchdog
};

}  // namespace reactor::engine
