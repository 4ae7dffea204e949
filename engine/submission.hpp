// SPDX-License-Identifier: BSD-3-Clause
// One run that was handed to the workers: queued, then begun by one of them (or by who waits for it
// in a task), over when the last has left. Protocol Q in README.md.
#pragma once

#include <cstdint>
#include <new>

#include "engine/batch.hpp"
#include "engine/end_signal.hpp"
#include "engine/env.hpp"
#include "engine/error_latch.hpp"
#include "engine/inbox.hpp"
#include "engine/participant.hpp"
#include "engine/queued_deadlines.hpp"
#include "engine/run_counts.hpp"
#include "engine/shared.hpp"
#include "engine/try_lock.hpp"
#include "reactor/detail/shared_count.hpp"

namespace reactor::engine {

// Freed with the last of its shares, which at first are three: the inbox's, the run's, and that of
// who made it.
template <class Env>
class Submission : public InboxItem<Env>, public Keeper, public QueuedDeadlines<Env>::Run {
 public:
  using Job = typename Batch<Env>::Job;
  using Latch = ErrorLatch<Env>;
  using Begun = typename InboxItem<Env>::Begun;

  explicit Submission(Shared<Env>& shared) noexcept : shared_(shared) { share(), share(); }

  // Once, by who made it; cancel() may have been called before. `self`: the worker that this thread
  // is, or shared.workers. Lock-free; allocates nothing.
  void submit(Job const& job, std::uint32_t self) noexcept {
    job_ = job;
    shared_.in_flight.begin();
    // It may be over before this thread is through.
    typename InFlightCount<Env>::Stay const submitting(shared_.in_flight);
    // ORDER O70: Submission::claim's exchange; the job; before the look at the reason
    is_claimed_.store(false, std::memory_order_seq_cst);
    if (job.deadline_ns != k_forever_ns) list_deadline();
    if (job.total != 0 && reason() == 0) return shared_.submit(*this, self);
    if (claim()) end_unbegun(reason());
    drop();  // the inbox's
  }

  // ---- who has a share ----

  // The first reason wins. A run that is queued is over when this returns, or soon, by whoever gave
  // that. Lock-free but for what its end calls. Not while the Reactor is being destroyed.
  void cancel(std::uint64_t why) noexcept {
    std::uint64_t none = 0;
    // ORDER O71: Submission::reason's load; before the look whether the run can be claimed
    if (!reason_.compare_exchange_strong(none, why, std::memory_order_seq_cst,
                                         std::memory_order_relaxed)) {
      return;
    }
    if (claim()) return shared_.begun_in_inbox(), end_unbegun(why);
    if (Visit const visit(*this); visit.is_inside()) batch_->stop(why);
  }

  // By who waits for the run in a task: runs what it can get, so that its wait keeps no thread from
  // what it waits for, until is_enough(). False when there was nothing to do.
  template <class IsEnough>
  bool help(IsEnough const& is_enough) {
    // What is a caller's in a batch is one visitor's at a time. Even a worker's thread comes as a
    // visitor, and has a visitor's number: it may be put aside, and its own be another's.
    typename TryLock<Env>::Hold const place(visitor_);
    if (!place.is_mine()) return false;
    if (claim()) {
      shared_.begun_in_inbox();
      Begun const begun = open(shared_.workers);
      if (begun.batch == nullptr) return true;
      Visit const visit(*begun.batch, begun.epoch);
      work({begun.epoch, 0, job_.total}, false, is_enough);
      return true;
    }
    Visit const visit(*this);
    Range range;
    bool stolen = false;
    if (!visit.is_inside() || !batch_->take(shared_.workers, visit.epoch(), range, stolen)) {
      return false;
    }
    work(range, stolen, is_enough);
    return true;
  }

  void share() noexcept { shares_.add(); }
  void drop() noexcept {
    if (shares_.drop()) delete this;
  }

  bool is_over() const noexcept { return end_.was_given(); }
  // Blocks until the run is over: then true. False when timeout_ns have passed.
  bool await_end(std::uint64_t timeout_ns) noexcept { return end_.await(timeout_ns); }

  // ---- what the crew calls ----

  Begun begin(std::uint32_t self, Counters<Env>&) final {
    Begun begun;
    if (claim()) begun = open(self);
    drop();  // the inbox's
    return begun;
  }

  void refuse() noexcept final {
    cancel(Latch::k_no_worker);
    drop();  // the inbox's
  }

  bool has_begun() const noexcept final { return is_claimed_.load(std::memory_order_relaxed); }
  bool needs_watch() const noexcept final {
    return !has_begun() && reason_.load(std::memory_order_relaxed) == 0;
  }
  void expire() noexcept final { cancel(Latch::k_deadline_exceeded); }
  void leave_list() noexcept final { drop(); }

  void quiescent() noexcept final {
    batch_->limits().forget_timeout();
    complete({batch_->remaining(), batch_->failed(), batch_->timed_out(), batch_->latch().winner(),
              false});
    shared_.slab.release(entry_);
    end();
  }

 protected:
  virtual ~Submission() = default;

  // On the thread that ends the run: before anybody knows, and when everybody does. The Reactor is
  // there in both.
  virtual void complete(RunCounts const& counts) noexcept = 0;
  virtual void tell() noexcept {}

  Shared<Env>& shared() const noexcept { return shared_; }

 private:
  using Entry = typename Shared<Env>::BatchSlab::Entry;

  // A stay in the batch while it is this run's.
  class Visit {
   public:
    Visit(Batch<Env>& batch, std::uint64_t entered) noexcept : batch_(&batch), epoch_(entered) {}
    explicit Visit(Submission& of) noexcept {
      // ORDER O74: Submission::open's store; the batch; after what makes the opener look
      std::uint64_t const epoch = of.epoch_.load(std::memory_order_seq_cst);
      if (epoch == 0) return;
      batch_ = of.batch_;
      epoch_ = batch_->try_enter();
      if (epoch_ == 0 || epoch_ == epoch) return;
      batch_->leave();  // it is another run's by now
      epoch_ = 0;
    }
    Visit(Visit const&) = delete;
    Visit& operator=(Visit const&) = delete;
    ~Visit() {
      if (epoch_ != 0) batch_->leave();
    }
    bool is_inside() const noexcept { return epoch_ != 0; }
    std::uint64_t epoch() const noexcept { return epoch_; }

   private:
    Batch<Env>* batch_ = nullptr;
    std::uint64_t epoch_ = 0;
  };

  void list_deadline() noexcept {
    share();
    bool const is_crowded = shared_.queued_deadlines.push(*this, job_.deadline_ns);
    shared_.alarm.expect(is_crowded ? 0 : job_.deadline_ns);
  }

  // True for the one that shall open the run, or end it before it has begun.
  bool claim() noexcept {
    // ORDER O73: Submission::submit's store; the job; after the reason of who cancels
    return !is_claimed_.exchange(true, std::memory_order_seq_cst);
  }

  // Why it shall end, or 0.
  std::uint64_t reason() const noexcept {
    // ORDER O75: Submission::cancel's compare-exchange; after who cancels can find what there is
    return reason_.load(std::memory_order_seq_cst);
  }

  // Having claimed it. The calling thread is inside then, or the run is over.
  Begun open(std::uint32_t lane) noexcept {
    std::uint64_t const why = why_not_to_open();
    if (why != 0) return end_unbegun(why), Begun{};
    batch_ = entry_->value.get();
    batch_->counters().runs.add(1);
    std::uint64_t const epoch = batch_->open(job_, lane, k_nobody, false, this);
    // ORDER O76: Submission::Visit's load; the batch; before the look at the reason
    epoch_.store(epoch, std::memory_order_seq_cst);
    shared_.watch_over(*batch_, job_);
    if (reason() != 0) batch_->stop(reason());
    return {batch_, epoch};
  }

  // 0 when there is a batch.
  std::uint64_t why_not_to_open() noexcept {
    if (std::uint64_t const why = reason(); why != 0) return why;
    if (job_.deadline_ns <= Env::now_ns()) return Latch::k_deadline_exceeded;
    try {
      entry_ = shared_.acquire_batch();
    } catch (std::bad_alloc const&) {
      return Latch::k_no_memory;
    }
    return entry_ == nullptr ? Latch::k_no_batch : 0;
  }

  template <class IsEnough>
  void work(Range range, bool stolen, IsEnough const& is_enough) {
    Participant<Env> participant(shared_, *batch_, range.epoch, shared_.workers, batch_->counters(),
                                 &batch_->caller_seat());
    participant.work(range, stolen, Env::ticks_ns(), is_enough);
  }

  void end_unbegun(std::uint64_t why) noexcept {
    shared_.solo_runs.begin();  // it counts as a run all the same
    shared_.solo_runs.end(0, 0);
    complete({job_.total, 0, 0, why, false});
    end();
  }

  void end() noexcept {
    end_.give();
    tell();
    shared_.in_flight.end();
    drop();  // the run's
  }

  Shared<Env>& shared_;
  detail::SharedCount<typename Batch<Env>::Word> shares_;

  // immutable once submitted, and opened
  Job job_;
  Entry* entry_ = nullptr;
  Batch<Env>* batch_ = nullptr;

  // shared
  typename Env::template atomic<bool> is_claimed_{true};
  typename Batch<Env>::Word reason_{0};
  typename Batch<Env>::Word epoch_{0};  // of the batch that is this run's; 0: none yet
  TryLock<Env> visitor_;
  EndSignal<Env> end_;
};

}  // namespace reactor::engine
