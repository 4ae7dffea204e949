// SPDX-License-Identifier: BSD-3-Clause
// What all threads of one Reactor share, and the one rule by which they call each other for help.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/alarm.hpp"
#include "engine/alone_row.hpp"
#include "engine/batch.hpp"
#include "engine/crowd.hpp"
#include "engine/env.hpp"
#include "engine/idle.hpp"
#include "engine/in_flight_count.hpp"
#include "engine/inbox.hpp"
#include "engine/pace.hpp"
#include "engine/parker.hpp"
#include "engine/queued_deadlines.hpp"
#include "engine/slab.hpp"
#include "engine/solo_runs.hpp"

namespace reactor::engine {

template <class Env>
struct Shared {
  using BatchSlab = Slab<Env, Batch<Env>>;

  Shared(std::uint32_t worker_count, std::uint64_t spin, std::uint32_t cpus = 0)
      : workers(worker_count),
        spin_ns(spin),
        queues(worker_count),
        cpu_loans(worker_count),
        idle(worker_count),
        crowd(worker_count, cpus) {}

  typename BatchSlab::Entry* acquire_batch() {
    return slab.acquire(
        [this](std::uint32_t number) { return std::make_unique<Batch<Env>>(queues, number); });
  }

  static constexpr std::uint64_t k_unused_poll_ns = 1'000'000;
  static constexpr std::uint64_t k_at_any_cost = ~std::uint64_t{0};

  // Call after offering `left` tasks of `batch`. Nobody is woken while somebody is looking for work
  // anyway, nor for work that may not be worth it as long as a sleeper keeps watch. `myself`: 1 for
  // a searcher, who does not count as one.
  void call_for_help(Batch<Env> const& batch, std::uint32_t self, std::uint64_t left,
                     Counter<Env>& counter, std::uint32_t myself = 0) noexcept {
    if (!wake_for(batch, self, left, counter, myself)) return;
    // The one woken may have found something else before it was counted as searching, and whoever
    // offered meanwhile relied on it.
    call_for_others(self, true, counter);
  }

  // Who stops searching or watching takes over what others left to it: there may be more work than
  // it found, or work that it may not do because its CPU is the caller's. Patient: if a sleeper
  // keeps watch, that will do for what is not worth a wake.
  void call_for_others(std::uint32_t self, bool patient, auto& counter) noexcept {
    auto const wake_for_it = [&](Batch<Env> const& batch) {
      std::uint64_t const left = patient ? batch.remaining() : k_at_any_cost;
      return batch.wants_anybody() && wake_for(batch, self, left, counter, 0);
    };
    for (;;) {
      auto const look = idle.look();
      if (look.asleep == 0 || look.searching != 0) return;
      if (has_submitted() && wake_for_inbox(self, counter)) continue;
      if (slab.find_if(wake_for_it) == nullptr) return;
    }
  }

  // Shall a searcher join without waiting whether it is over first? As far as is known.
  bool is_worth_sharing(Batch<Env> const& batch) const noexcept {
    return is_longer(batch.remaining(), batch.expected_task_ns_approx(), help_cost.worth_ns());
  }

  // The caller of `batch`, which has announced it, sleeps until it is unparked. Whoever it waits
  // for may have no CPU: it looks, ever less often.
  void sleep(Batch<Env>& batch) noexcept {
    auto const has_news = [&batch] { return !batch.caller_parker().was_parked(); };
    for (std::uint64_t patience_ns = Env::cpu_loan::k_patience_ns;; patience_ns *= 2) {
      Env::cpu_loan::offer(cpu_loans, &batch, has_news);
      if (batch.caller_parker().wait(patience_ns)) return;
    }
  }

  // Hands `item` to the workers. Any thread; lock-free; a system call if it wakes one.
  void submit(InboxItem<Env>& item, std::uint32_t self) noexcept { push(inbox, item, self); }

  // The same, and it comes before what was submitted, as a rule.
  void submit_first(InboxItem<Env>& item, std::uint32_t self) noexcept {
    if (is_deserted()) return item.refuse();  // at once: refuse_all() may be who calls
    push(first_inbox, item, self);
  }

  bool has_submitted() const noexcept { return first_inbox.has_any() || inbox.has_any(); }

  InboxItem<Env>* next_submitted(bool in_turn = false) noexcept {
    Inbox<Env>& one = in_turn ? inbox : first_inbox;
    Inbox<Env>& other = in_turn ? first_inbox : inbox;
    InboxItem<Env>* const item = one.has_any() ? one.pop() : nullptr;
    return item != nullptr ? item : other.pop();
  }

  // Call when one that was submitted has been begun by who did not take it, before its end.
  void begun_in_inbox() noexcept {
    if (auto const left = first_inbox.begun_in_here() + inbox.begun_in_here()) in_flight.end(left);
  }

  // Call when the last worker is lost, or after a push if it was.
  void refuse_all() noexcept {
    while (has_submitted()) {
      InboxItem<Env>* const item = next_submitted();
      if (item == nullptr) Env::yield();  // somebody else is at it
      if (item != nullptr) item->refuse(), in_flight.end();
    }
  }

  // Is this a child of the process that made the Reactor? Its other threads don't exist here.
  bool is_forked() const noexcept { return Env::generation() != generation; }

  bool is_stopping() const noexcept {
    // ORDER O33: Shared::stop's store; after Parker::announce's store
    return stopping.load(std::memory_order_seq_cst);
  }

  // No worker is left: callers that counted on them must help themselves.
  bool is_deserted() const noexcept {
    // ORDER O34: Crew::lose_one's fetch_add; after Parker::announce's store
    return lost.load(std::memory_order_seq_cst) == workers;
  }

  // A worker is stuck: a run that cannot wait for it must not begin.
  bool is_stuck() const noexcept {
    // ORDER O57: Shared::add_stuck's fetch_add; after the run has been published
    return stuck.load(std::memory_order_seq_cst) != 0;
  }
  // Call when a run has been opened: it may have to be stopped.
  void watch_over(Batch<Env>& batch, typename Batch<Env>::Job const& job) noexcept {
    if (job.deadline_ns != k_forever_ns) alarm.expect(job.deadline_ns);
    if (!job.has_timeout()) return;
    alarm.expect(Env::now_ns() + look_period_ns(job.timeout_ns));
    if (is_stuck()) batch.stop(ErrorLatch<Env>::k_no_thread);
  }
  void remove_stuck() noexcept {
    stuck.fetch_sub(1, std::memory_order_relaxed);
    in_flight.end();  // who ends all waits for this, and the watchdog goes after that
  }
  void add_stuck() noexcept {
    // ORDER O58: Shared::is_stuck's load; before the look at what runs there are
    stuck.fetch_add(1, std::memory_order_seq_cst);
    slab.find_if([](Batch<Env>& batch) {
      batch.stop_if_limited();
      return false;
    });
  }

  // Is nobody in the middle of a run? What goes on elsewhere is looked for where it was first: runs
  // that are begun alone are handed to a batch, and tasks submit what outlives them.
  bool was_unused() const noexcept {
    return solo_runs.was_all_over() && slab.was_all_free() && in_flight.was_none();
  }

  // Polled: a run's last touch is to say that it is over, so there is nobody to wake us after it.
  void await_unused() const noexcept {
    Parker<Env> nobody_unparks;
    for (int turn = 0; turn < Env::k_unused_turns && !was_unused(); ++turn) Env::relax();
    for (auto ns = k_unused_poll_ns / 64; !was_unused(); ns = std::min(2 * ns, k_unused_poll_ns)) {
      nobody_unparks.announce();
      nobody_unparks.wait(ns);
    }
  }

  // Changes whenever a run that workers may help with begins or ends.
  std::uint64_t use_approx() const noexcept {
    std::uint64_t sum = 0;
    slab.find_if([&sum](Batch<Env> const& batch) {
      sum += batch.epoch_approx();
      return false;
    });
    return sum;
  }

  // Ends every worker's loop once it has no batch to help, and the watchdog's.
  void stop() noexcept {
    // ORDER O35: Shared::is_stopping's load; before Parker::claim's load
    stopping.store(true, std::memory_order_seq_cst);
    for (std::uint32_t worker = 0; worker < workers; ++worker) idle.wake(worker);
    alarm.expect(0);
  }

  // immutable after construction
  std::uint32_t const workers;  // a caller that is no worker goes by this number
  std::uint64_t const spin_ns;
  std::uint64_t const generation = Env::generation();
  std::vector<RangeQueue<Env>> queues;  // outlives the batches, whose producers point into it
  std::vector<typename Env::cpu_loan> cpu_loans;  // by worker
  // shared
  BatchSlab slab;
  alignas(k_line_bytes) SoloRuns<Env> solo_runs;
  Idle<Env> idle;
  Crowd<Env> crowd;
  Alarm<Env> alarm;
  QueuedDeadlines<Env> queued_deadlines;
  Inbox<Env> first_inbox;  // who wants to be told of an end
  Inbox<Env> inbox;
  alignas(k_line_bytes) InFlightCount<Env> in_flight;
  alignas(k_line_bytes) AloneRow<Env> alone_row;
  typename Env::help_cost help_cost;
  SharedCounter<Env> wakes;         // by who submits, or begins a run alone
  SharedCounter<Env> helped_calls;  // that who waits for them has made
  SharedCounter<Env> helped_errors;
  typename Env::template atomic<bool> stopping{false};
  // Workers that could not be replaced: their thread has ended, or was given up on and is stuck.
  typename Env::template atomic<std::uint32_t> lost{0};
  typename Env::template atomic<std::uint32_t> stuck{0};

 private:
  void push(Inbox<Env>& to, InboxItem<Env>& item, std::uint32_t self) noexcept {
    in_flight.begin(2);  // the item, until it has come back, and this thread, until it is through
    to.push(item);
    if (is_deserted()) refuse_all();
    if (wake_for_inbox(self, wakes)) call_for_others(self, true, wakes);
    in_flight.end();
  }

  // Who submits does not work on it, so a worker is woken though another keeps watch.
  bool wake_for_inbox(std::uint32_t near, auto& counter) noexcept {
    auto const look = idle.look();
    if (look.asleep == 0 || look.searching != 0 || !idle.wake_one(near, k_nobody)) return false;
    counter.add(1);
    return true;
  }

  bool wake_for(Batch<Env> const& batch, std::uint32_t self, std::uint64_t left, auto& counter,
                std::uint32_t myself) noexcept {
    auto const look = idle.look();
    if (look.asleep == 0 || look.searching > myself) return false;
    bool const is_worth_it =
        left == k_at_any_cost || is_longer(left, batch.expected_task_ns_approx(), k_wake_worth_ns);
    if (look.watched && !is_worth_it) return false;
    if (crowd.keeps_out_of(batch, idle)) return false;
    std::uint32_t const near = self < workers ? self : batch.benched();  // where such a caller is
    if (!idle.wake_one(near, batch.benched())) return false;
    counter.add(1);
    return true;
  }
};

}  // namespace reactor::engine
