// SPDX-License-Identifier: BSD-3-Clause
// The thread in run(): it opens a batch, helps, waits for what it cannot do itself, closes, and
// makes sure that nothing of the run executes any more. Protocol B in README.md.
#pragma once

#include <algorithm>
#include <cstdint>
#include <new>
#include <string>

#include "engine/batch.hpp"
#include "engine/env.hpp"
#include "engine/head_start.hpp"
#include "engine/participant.hpp"
#include "engine/run_counts.hpp"
#include "engine/shared.hpp"
#include "engine/solo.hpp"
#include "reactor/error.hpp"

namespace reactor::engine {

template <class Env>
class Caller {
 public:
  using Job = typename Batch<Env>::Job;

  // `self` is the worker that this thread is, or shared.workers. `benched` is the worker whose
  // place it takes while it helps, so that no more than `workers` threads are ever inside. `around`
  // is the run that this one is nested in, if the place that its caller takes counts here, too.
  Caller(Shared<Env>& shared, std::uint32_t self, std::uint32_t benched, bool helps,
         Batch<Env> const* around = nullptr)
      : shared_(shared),
        self_(self),
        benched_(helps ? benched : k_nobody),
        helps_(helps),
        around_(around) {}

  // Blocks until the run is over. Allocates only when more batches are open than ever before;
  // throws before any task was begun: std::bad_alloc, or Error when that are too many. What
  // `attach` returns for the batch that is used may call Batch::stop as long as it lives.
  template <class Attach>
  RunCounts run(Job const& job, std::uint64_t start_ns, Attach const& attach) {
    auto* const entry = shared_.acquire_batch();
    if (entry == nullptr) {
      if (!helps_ || job.is_controlled) {
        throw Error("run: " + std::to_string(Shared<Env>::BatchSlab::k_entries_max) +
                    " runs are in flight on this Reactor; allowed are no more, unless callers "
                    "participate and set neither a deadline nor a stop token");
      }
      return run_alone(job);
    }
    Stay stay(*this, *entry);
    return stay.run(job, start_ns, attach);
  }
  RunCounts run(Job const& job, std::uint64_t start_ns) {
    std::uint32_t const benched = around_ != nullptr ? around_->benched_in_nested() : benched_;
    std::uint64_t const alone_ns =
        helps_ ? choose_head_start_ns(shared_, job, start_ns, benched_, benched) : 0;
    if (alone_ns != 0) return run_after_head_start(job, start_ns, alone_ns);
    return run(job, start_ns, [](Batch<Env>&) { return nullptr; });
  }

  // On this thread and no other.
  RunCounts run_alone(Job const& job) {
    Solo<Env> solo(shared_, job, self_);
    solo.run(job.total);
    return solo.counts();
  }

 private:
  // It may be another pace this time, so the clock is asked after the first task, and then before
  // three times as many go unwatched as have been short.
  RunCounts run_after_head_start(Job const& job, std::uint64_t start_ns,
                                 std::uint64_t head_start_ns) {
    Solo<Env> solo(shared_, job, self_);
    for (std::uint64_t tasks = 1; solo.run(tasks); tasks = 3 * solo.begun()) {
      std::uint64_t const now_ns = Env::ticks_ns();
      std::uint64_t const spent_ns = now_ns - start_ns;  // for ever, if the clock went back
      if (spent_ns < head_start_ns) continue;
      if (auto* const entry = acquire_batch_or_null()) {
        Stay stay(*this, *entry);
        return stay.run(solo, now_ns, spent_ns);
      }
    }
    return solo.counts();
  }

  // Where it is not needed: a run that was begun alone can go on so.
  typename Shared<Env>::BatchSlab::Entry* acquire_batch_or_null() noexcept {
    try {
      return shared_.acquire_batch();
    } catch (std::bad_alloc const&) {
      return nullptr;
    }
  }

  // The use of one batch for one run. Its destructor also ends a run whose caller is being unwound
  // by pthread_exit or cancellation.
  class Stay {
   public:
    Stay(Caller& caller, typename Shared<Env>::BatchSlab::Entry& entry)
        : caller_(caller), shared_(caller.shared_), entry_(entry), batch_(*entry.value) {
      batch_.counters().runs.add(1);
    }
    Stay(Stay const&) = delete;
    Stay& operator=(Stay const&) = delete;

    ~Stay() {
      if (is_open_) {
        batch_.latch().trip(0);
        finish();
      }
      // In a forked child threads that no longer exist may still be counted inside: never reuse it.
      if (!shared_.is_forked()) shared_.slab.release(&entry_);
    }

    template <class Attach>
    RunCounts run(Job const& job, std::uint64_t start_ns, Attach const& attach) {
      std::uint64_t const epoch = batch_.open(job, caller_.self_, caller_.benched_, caller_.helps_,
                                              nullptr, {}, caller_.around_);
      is_open_ = true;
      shared_.watch_over(batch_, job);
      [[maybe_unused]] auto const attached = attach(batch_);
      Range whole{epoch, 0, job.total};
      if (caller_.helps_) {
        help(whole, start_ns);
      } else {
        delegate(whole);
      }
      return end();
    }

    // What is left of it after spent_ns.
    RunCounts run(Solo<Env>& solo, std::uint64_t now_ns, std::uint64_t spent_ns) {
      Range rest = solo.hand_over(batch_, caller_.self_, caller_.benched_, caller_.around_);
      is_open_ = true;
      batch_.learn_task_ns(spent_ns / rest.lo + 1);
      help(rest, now_ns);
      return end();
    }

   private:
    RunCounts end() {
      finish();
      return {batch_.remaining(),      batch_.failed(),     batch_.timed_out(),
              batch_.latch().winner(), shared_.is_forked(), batch_.task_ns_approx()};
    }

    // Runs what it can get, waits for what others have got.
    void help(Range& range, std::uint64_t start_ns) {
      std::uint64_t const epoch = range.epoch;
      Participant<Env> participant(shared_, batch_, epoch, caller_.self_, batch_.counters(),
                                   &batch_.caller_seat());
      participant.work(range, false, start_ns);
      bool stolen = false;
      while (await_work(epoch, range, stolen)) participant.work(range, stolen, Env::ticks_ns());
    }

    // True with a range to run, false when the run is decided.
    bool await_work(std::uint64_t epoch, Range& range, bool& stolen) {
      bool taken = false;
      auto const is_stopped = [&] { return batch_.latch().was_tripped(); };
      auto const done = [&] {
        if (is_decided()) return true;
        return !is_stopped() && (taken = batch_.take(caller_.self_, epoch, range, stolen));
      };
      // An empty look proves nothing: as long as something is counted as queued, look again.
      await(done, [&] { return !batch_.has_queued() || is_stopped(); });
      return taken;
    }

    void delegate(Range const& whole) {
      // Nothing else is in the producer: stale ranges were dropped when the batch was opened.
      REACTOR_ASSERT(batch_.offer(caller_.self_, whole), "a fresh batch has no room for its tasks");
      shared_.call_for_help(batch_, caller_.self_, Shared<Env>::k_at_any_cost,
                            batch_.counters().wakes);
      await([&] { return is_decided() || shared_.is_deserted(); }, [] { return true; });
      Range range;
      bool stolen = false;
      if (await_work(whole.epoch, range, stolen)) help(range, Env::ticks_ns());
    }

    bool is_decided() const noexcept { return batch_.was_decided() || shared_.is_forked(); }

    // From here on nobody begins a task of this run; wait for those that have begun one.
    void finish() noexcept {
      is_open_ = false;
      if (!batch_.close()) {
        await([&] { return batch_.was_quiescent() || shared_.is_forked(); }, [] { return true; });
      }
      batch_.limits().forget_timeout();
    }

    // Polls for a while, then sleeps if it may. Who makes `done` true or `may_sleep` false unparks.
    template <class Done, class MaySleep>
    void await(Done const& done, MaySleep const& may_sleep) {
      std::uint64_t since_ns = 0;
      for (std::uint32_t turn = 0;; ++turn) {
        if (done()) return;
        Env::relax();
        if (turn % Env::k_turns_per_look != 0) continue;
        std::uint64_t const now_ns = Env::ticks_ns();
        if (since_ns == 0) since_ns = now_ns;
        if (now_ns - since_ns < shared_.spin_ns) continue;
        batch_.caller_parker().announce();
        bool const is_done = done();
        if (is_done || !may_sleep()) {
          batch_.caller_parker().withdraw();
          if (is_done) return;
          Env::yield();
          continue;
        }
        // Nested runs have done without the worker whose place this is.
        if (caller_.helps_) shared_.call_for_others(caller_.self_, true, batch_.counters().wakes);
        batch_.counters().parks.add(1);
        shared_.sleep(batch_);
        since_ns = 0;
      }
    }

    Caller& caller_;
    Shared<Env>& shared_;
    typename Shared<Env>::BatchSlab::Entry& entry_;
    Batch<Env>& batch_;
    bool is_open_ = false;
  };

  Shared<Env>& shared_;
  std::uint32_t const self_;
  std::uint32_t const benched_;  // where nothing is around; nearest to this thread in any case
  bool const helps_;
  Batch<Env> const* const around_;
};

}  // namespace reactor::engine
