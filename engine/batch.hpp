// SPDX-License-Identifier: BSD-3-Clause
// One run's control block, recycled for ever. Protocol B in README.md.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/counters.hpp"
#include "engine/env.hpp"
#include "engine/epoch.hpp"
#include "engine/error_latch.hpp"
#include "engine/parker.hpp"
#include "engine/range_queue.hpp"
#include "engine/seat.hpp"
#include "reactor/detail/job.hpp"

namespace reactor::engine {

inline constexpr std::uint32_t k_nobody = ~std::uint32_t{0};

template <class Env>
class Batch {
 public:
  using Word = typename Env::template atomic<std::uint64_t>;
  using Frame = detail::BasicFrame<typename ErrorLatch<Env>::State, detail::BasicSeat<Word>>;
  using RunOwner = detail::BasicRunOwner<detail::SharedCount<Word>>;
  using Job = detail::BasicJob<Frame, RunOwner>;

  // One producer for each worker, in its own queue, and one for a caller that is no worker.
  // Allocates all that the batch will ever use; throws std::bad_alloc.
  Batch(std::vector<RangeQueue<Env>>& queues, std::uint32_t number) {
    producers_.reserve(queues.size() + 1);
    for (auto& queue : queues) producers_.emplace_back(queue);
    producers_.emplace_back(queues[number % queues.size()]);
  }

  // ---- owner only: the thread in run() ----

  // Precondition: closed and quiescent. Returns the epoch that the run's ranges carry.
  std::uint64_t open(Job const& job, std::uint32_t caller, std::uint32_t benched,
                     bool caller_helps) noexcept {
    job_ = job;
    caller_ = caller;
    caller_helps_ = caller_helps;
    benched_.store(benched, std::memory_order_relaxed);
    // Before the latch: what a stopped run has left is not wanted again.
    queued_.store(0, std::memory_order_relaxed);
    latch_.reset();
    remaining_.store(job.total, std::memory_order_relaxed);
    failed_.store(0, std::memory_order_relaxed);
    timed_out_.store(0, std::memory_order_relaxed);
    task_ns_.store(0, std::memory_order_relaxed);
    std::uint64_t const epoch = epoch_.open(caller_helps);
    // ORDER O42: Batch::deadline_ns_approx's load; before Alarm::expect's load
    if (job.deadline_ns != k_forever_ns)
      deadline_ns_.store(job.deadline_ns, std::memory_order_seq_cst);
    // ORDER O55: Batch::timeout_ns_approx's load; before Alarm::expect's load
    if (job.has_timeout()) timeout_ns_.store(job.timeout_ns, std::memory_order_seq_cst);
    drop_stale(epoch);
    return epoch;
  }

  bool close() noexcept {
    deadline_ns_.store(k_forever_ns, std::memory_order_relaxed);
    return epoch_.close(caller_helps_);
  }
  bool was_quiescent() const noexcept { return epoch_.was_quiescent(); }
  // Once quiescent: nobody needs to be looked after any more.
  void forget_timeout() noexcept { timeout_ns_.store(k_forever_ns, std::memory_order_relaxed); }

  // No task is left to begin or to finish, or nobody shall begin any.
  bool was_decided() const noexcept {
    // ORDER O20: Batch::account's fetch_sub; after Parker::announce's store
    return remaining_.load(std::memory_order_seq_cst) == 0 || latch_.winner() != 0;
  }

  // Exact once quiescent.
  std::uint64_t failed() const noexcept { return failed_.load(std::memory_order_relaxed); }
  std::uint64_t timed_out() const noexcept { return timed_out_.load(std::memory_order_relaxed); }
  ErrorLatch<Env>& latch() noexcept { return latch_; }
  Parker<Env>& caller_parker() noexcept { return caller_parker_; }
  // Of a caller that runs tasks which have a limit.
  Seat<Env>& caller_seat() noexcept { return caller_seat_; }
  Counters<Env>& counters() noexcept { return counters_; }
  Counters<Env> const& counters() const noexcept { return counters_; }

  // ---- who keeps the batch from being reused: it is inside, or the owner waits for it ----

  // Nobody begins a task of this run from here on. True for the first who gives a reason.
  bool stop(std::uint64_t reason) noexcept {
    if (!ErrorLatch<Env>::trip_for(latch_.state(), reason)) return false;
    // ORDER O44: Batch::was_decided's load; why it was stopped; before Parker::claim's load
    remaining_.fetch_sub(0, std::memory_order_seq_cst);
    caller_parker_.unpark();
    return true;
  }

  // ---- any thread ----

  // Of the run that is open; k_forever_ns: none.
  std::uint64_t deadline_ns_approx() const noexcept {
    // ORDER O43: Batch::open's store; after Alarm::sleep's store
    return deadline_ns_.load(std::memory_order_seq_cst);
  }

  // The limit of each of its tasks, until the last of them has ended.
  std::uint64_t timeout_ns_approx() const noexcept {
    // ORDER O56: Batch::open's store; after Alarm::sleep's store
    return timeout_ns_.load(std::memory_order_seq_cst);
  }

  // Stops the run if its deadline has come.
  void stop_if_late(std::uint64_t now_ns) noexcept {
    if (try_enter() == 0) return;
    // It may be another run by now.
    if (deadline_ns_.load(std::memory_order_relaxed) <= now_ns) {
      deadline_ns_.store(k_forever_ns, std::memory_order_relaxed);
      stop(ErrorLatch<Env>::k_deadline_exceeded);
    }
    leave();
  }

  // Stops the run if its tasks have a limit, but nobody is left to run them.
  void stop_if_limited() noexcept {
    if (timeout_ns_approx() == k_forever_ns || try_enter() == 0) return;
    if (job_.has_timeout()) stop(ErrorLatch<Env>::k_no_thread);
    leave();
  }

  // ---- any worker ----

  // Is there something in it for worker `self`? Only a hint, unless it comes after
  // Parker::announce.
  bool wants(std::uint32_t self) const noexcept {
    return wants_anybody() && benched_.load(std::memory_order_relaxed) != self;
  }
  bool wants_anybody() const noexcept {
    // Only a run that was stopped leaves something queued when it is closed (or one in a forked
    // child, where nobody looks). Who believes an old look is refused when it enters.
    return has_queued() && !latch_.was_tripped();
  }

  std::uint64_t try_enter() noexcept { return epoch_.try_enter(); }

  // After this the batch may be reused at any time; the parker belongs to the slab and stays.
  void leave() noexcept {
    if (epoch_.leave()) caller_parker_.unpark();
  }

  // Of this run or, for who is not inside, perhaps of another. `remaining` is exact for the owner
  // once quiescent, `benched` for who is inside.
  std::uint64_t epoch_approx() const noexcept { return epoch_.count_approx(); }
  std::uint64_t remaining() const noexcept { return remaining_.load(std::memory_order_relaxed); }
  std::uint32_t benched() const noexcept { return benched_.load(std::memory_order_relaxed); }
  std::uint64_t task_ns_approx() const noexcept { return task_ns_.load(std::memory_order_relaxed); }

  // ---- who is inside ----

  Job const& job() const noexcept { return job_; }
  void learn_task_ns(std::uint64_t ns) noexcept { task_ns_.store(ns, std::memory_order_relaxed); }

  // Lets others steal `range`; lock-free, allocates nothing. False when there is no room: keep it.
  // `self` is the only thread that pushes through its producer.
  bool offer(std::uint32_t self, Range const& range) noexcept {
    // Counted before it is there: who sees zero knows that nothing pushed before is left.
    // ORDER O21: Batch::has_queued's load; before the pusher's look at the sleepers
    queued_.fetch_add(1, std::memory_order_seq_cst);
    if (producers_[self].push(range)) {
      if (caller_helps_ && self != caller_) caller_parker_.unpark();
      return true;
    }
    queued_.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }

  // Only what was offered by `from`, oldest first.
  bool take_from(std::uint32_t from, std::uint64_t epoch, Range& range) noexcept {
    if (!pop_current<Env>(producers_[from], epoch, range)) return false;
    queued_.fetch_sub(1, std::memory_order_relaxed);
    return true;
  }

  // Takes back what `self` offered, or steals, nearest neighbour first. False proves nothing: only
  // the counts say when a run is over.
  bool take(std::uint32_t self, std::uint64_t epoch, Range& range, bool& stolen) noexcept {
    auto const count = static_cast<std::uint32_t>(producers_.size());
    for (std::uint32_t i = 0; i < count && has_queued(); ++i) {
      std::uint32_t const from = self + i < count ? self + i : self + i - count;
      if (take_from(from, epoch, range)) {
        stolen = i != 0;
        return true;
      }
    }
    return false;
  }

  bool has_queued() const noexcept {
    // ORDER O22: Batch::offer's fetch_add; after Parker::announce's store
    return queued_.load(std::memory_order_seq_cst) > 0;
  }

  // Books tasks as begun and finished. Wakes the caller when they were the last, or the run is
  // stopped.
  void account(std::uint64_t executed, std::uint64_t failed, std::uint64_t timed_out = 0) noexcept {
    if (executed == 0) return;
    if (timed_out != 0) timed_out_.fetch_add(timed_out, std::memory_order_relaxed);
    if (failed != 0) failed_.fetch_add(failed, std::memory_order_relaxed);
    // ORDER O23: Batch::was_decided's load; the tasks' results; before Parker::claim's load
    bool const last = remaining_.fetch_sub(executed, std::memory_order_seq_cst) == executed;
    if (last || latch_.was_tripped()) caller_parker_.unpark();
  }

 private:
  // A caller offers before it takes, so nothing else would ever empty its producer of what stopped
  // runs left there. Workers take first.
  void drop_stale(std::uint64_t epoch) noexcept {
    Range stale;
    pop_current<Env>(producers_[caller_], epoch, stale);
  }

  // immutable while open
  Job job_;
  std::uint32_t caller_ = k_nobody;
  bool caller_helps_ = true;
  std::vector<RangeProducer<Env>> producers_;
  Counters<Env> counters_;  // written by the owner

  // shared: written by whoever offers or takes a range, enters or leaves
  alignas(k_line_bytes) Epoch<Env> epoch_;
  typename Env::template atomic<std::int64_t> queued_{0};
  // The worker whose place the caller takes.
  typename Env::template atomic<std::uint32_t> benched_{k_nobody};
  Parker<Env> caller_parker_;
  Word deadline_ns_{k_forever_ns};
  Word timeout_ns_{k_forever_ns};

  // shared: written when a thread runs dry or a task fails, read between tasks
  alignas(k_line_bytes) ErrorLatch<Env> latch_;
  alignas(k_line_bytes) Word remaining_{0};
  Word failed_{0};
  Word timed_out_{0};
  Word task_ns_{0};

  // shared with the watchdog
  alignas(k_line_bytes) Seat<Env> caller_seat_;
};

}  // namespace reactor::engine
